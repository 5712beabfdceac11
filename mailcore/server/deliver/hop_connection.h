// hop_connection.h: does this host take this message?
//
// One connection to one host, by SMTP or LMTP, used for one message after
// another: runs an smtp::ClientSession with the time limits of hop_limits.h,
// and says what became of each recipient. It knows no other host: which one is
// asked next, others decide (host_search.h). Whatever goes wrong before an
// answer is a transient outcome; nothing throws.
//
//   HopConnection hop(&context, smtp::Protocol::kSmtp, executor);
//   if (!co_await hop.ConnectTo(host, others_left))  // No fault.
//     outcomes = co_await hop.Send(transaction, content);

#ifndef MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
#define MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/generic/stream_protocol.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/deliver/host_search.h"
#include "mailcore/server/deliver/slots.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

class HopConnection;

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
};

// What is sent: octets that are in memory, or a message of the spool.
struct HopContent {
  std::shared_ptr<const std::string> octets;  // Null: read `id`.
  spool::QueueId id;
};

// Thread safety: none; lives on the thread of its executor.
class HopConnection : public Slots::Holder {
 public:
  HopConnection(const HopContext* context, smtp::Protocol protocol,
                boost::asio::any_io_executor executor);
  ~HopConnection() override;
  HopConnection(const HopConnection&) = delete;
  HopConnection& operator=(const HopConnection&) = delete;

  // Bounds every time limit from now on: for whoever waits for us.
  void SetPatience(absl::Duration patience) { patience_ = patience; }

  // Connects, and is greeted: nothing, if the host is ready for mail. Whether
  // the address is allowed must have been asked before (R3).
  boost::asio::awaitable<std::optional<HostFault>> ConnectTo(Host host,
                                                             bool others_left);

  // One outcome for each recipient, in order. Needs ready().
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent content);

  // Another message may be sent. After a while without one, the peer may have
  // hung up: asks the socket.
  bool ready();
  // Why the last Send() ended the connection; nothing if it goes on.
  const std::optional<HostFault>& fault() const { return fault_; }
  // It was over because the peer took too long,
  bool timed_out() const { return expired_; }
  // or because others want the place (GiveUp()), also while connecting.
  bool given_up() const { return given_up_; }

  // The one that ConnectTo() was called with last.
  const Host& host() const { return host_; }
  const smtp::ServerCapabilities& capabilities() const;
  // Uptime of the connection, and how many transactions were ended over it.
  absl::Duration connected_at() const { return connected_at_; }
  size_t messages() const { return messages_; }

  // Says QUIT and hangs up without waiting long.
  boost::asio::awaitable<void> Quit();

  // To be called about once a second: ends what waits for too long.
  void CheckTime(absl::Duration uptime);

  absl::Duration waits_since() const override { return waits_since_; }
  bool has_carried() const override { return has_carried_; }
  void GiveUp() override;

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;

  boost::asio::awaitable<std::optional<HostFault>> AwaitReady(bool others_left);
  void StartSession();
  std::vector<smtp::RecipientOutcome> BreakOff(
      const smtp::ClientClosed& closed,
      std::vector<smtp::RecipientOutcome> outcomes, size_t recipients);
  boost::asio::awaitable<bool> Flush();
  boost::asio::awaitable<void> Exchange();
  boost::asio::awaitable<void> SendContent(const HopContent& content);
  bool ReadAvailable();
  void StartLimit(absl::Duration limit);
  void StopLimit();
  void Expire();

  const HopContext* const context_;
  const smtp::Protocol protocol_;
  absl::Duration patience_ = absl::InfiniteDuration();
  Socket socket_;
  std::optional<smtp::ClientSession> session_;
  Host host_;
  // Uptimes; infinite while the peer is not waited for.
  absl::Duration waits_since_ = absl::InfiniteDuration();
  absl::Duration deadline_ = absl::InfiniteDuration();
  absl::Duration transaction_end_ = absl::InfiniteDuration();
  absl::Duration connected_at_;
  size_t messages_ = 0;
  uint64_t replies_ = 0;  // There were so many when the limit began to run.
  bool all_sent_ = true;  // Nothing that the peer shall have was left unsent.
  bool others_left_ = false;
  bool expired_ = false;
  bool given_up_ = false;  // Expired because others wanted the place.
  bool ready_ = false;
  bool has_carried_ = false;
  std::optional<HostFault> fault_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
