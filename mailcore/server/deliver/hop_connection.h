// hop_connection.h: does this host take this message?
//
// One connection to one host, by SMTP or LMTP, used for one message after
// another. It says what became of each recipient, and knows no other host:
// which one is asked next, others decide (host_search.h). Whatever goes wrong
// before an answer is a transient outcome; nothing throws.
//
//   const std::shared_ptr<HopConnection> hop =
//       context.connect(&context, smtp::Protocol::kSmtp, executor);
//   const auto fault = co_await hop->ConnectTo(host, others_left);
//   if (!fault) outcomes = co_await hop->Send(transaction, content);

#ifndef MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
#define MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/deliver/host_search.h"
#include "mailcore/server/deliver/slots.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

class HopConnection;

struct HopContext;

// Makes a connection that is not connected yet, for the event loop of
// `executor`.
using HopConnector = std::function<std::shared_ptr<HopConnection>(
    const HopContext* context, smtp::Protocol protocol,
    boost::asio::any_io_executor executor)>;

// What connections share. All of it outlives them.
struct HopContext {
  io::WorkerPool* pool;  // Reading large content may block.
  spool::Spool* spool;
  const base::Clock* clock;
  base::EventSink* events;
  std::string hostname;  // Said in EHLO.
  // Those that wait for something: CheckTime() has to be called on them. Of the
  // thread that they live on.
  absl::flat_hash_set<HopConnection*>* open;
  HopConnector connect = {};
};

// What is sent: octets that are in memory, or a message of the spool.
struct HopContent {
  std::shared_ptr<const std::string> octets;  // Null: read `id`.
  spool::QueueId id;
};

// What becomes of a connection is asked by others (carrier.h, slots.h); one over
// a socket is in socket_hop_connection.h.
// Thread safety: none; lives on the thread of its event loop.
class HopConnection : public Slots::Holder {
 public:
  // `context` is not owned and must outlive this.
  explicit HopConnection(const HopContext* context) : context_(context) {
    context_->open->insert(this);
  }
  ~HopConnection() override { context_->open->erase(this); }
  HopConnection(const HopConnection&) = delete;
  HopConnection& operator=(const HopConnection&) = delete;

  // Bounds every time limit from now on: for whoever waits for us.
  virtual void SetPatience(absl::Duration patience) = 0;

  // Connects, and is greeted: nothing, if the host is ready for mail. Whether
  // the address is allowed must have been asked before (R3).
  virtual boost::asio::awaitable<std::optional<HostFault>> ConnectTo(
      Host host, bool others_left) = 0;

  // One outcome for each recipient, in order. Needs ready().
  virtual boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent content) = 0;

  // Says QUIT and hangs up without waiting long.
  virtual boost::asio::awaitable<void> Quit() = 0;

  // Another message may be sent. After a while without one, the peer may have
  // hung up: asks the socket.
  virtual bool ready() = 0;
  // Why the last Send() ended the connection; nothing if it goes on.
  virtual const std::optional<HostFault>& fault() const = 0;
  // The connection is over because the peer took too long,
  virtual bool timed_out() const = 0;
  // or because others want the place (GiveUp()), also while connecting.
  virtual bool given_up() const = 0;

  // The one that ConnectTo() was called with last.
  virtual const Host& host() const = 0;
  virtual const smtp::ServerCapabilities& capabilities() const = 0;
  // Uptime of the connection, and how many transactions were ended over it.
  virtual absl::Duration connected_at() const = 0;
  virtual size_t messages() const = 0;

  // To be called about once a second: ends what waits for too long.
  virtual void CheckTime(absl::Duration uptime) = 0;

 protected:
  const HopContext& context() const { return *context_; }

 private:
  const HopContext* const context_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
