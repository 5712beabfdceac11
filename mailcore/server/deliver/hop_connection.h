// hop_connection.h: does the next hop take this message?
//
// One connection to a next hop, by SMTP or LMTP, used for one message after
// another: connects to the first host that greets us and is ready, runs an
// smtp::ClientSession with the time limits of RFC 5321, 4.5.3.2, and says what
// became of each recipient. Whatever goes wrong before an answer is a transient
// outcome; nothing throws.
//
//   HopConnection hop(&context, smtp::Protocol::kSmtp, executor);
//   if ((co_await hop.Connect(hops, may_connect)).ok())
//     outcomes = co_await hop.Send(transaction, content);

#ifndef MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
#define MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/generic/stream_protocol.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/route/next_hops.h"
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
  std::string hostname;                             // Said in EHLO.
  absl::Duration connect_time = absl::Seconds(30);  // Each address. Ours.
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
class HopConnection {
 public:
  // `patience` bounds every time limit: for whoever waits for us.
  HopConnection(const HopContext* context, smtp::Protocol protocol,
                boost::asio::any_io_executor executor,
                absl::Duration patience = absl::InfiniteDuration());
  ~HopConnection();
  HopConnection(const HopConnection&) = delete;
  HopConnection& operator=(const HopConnection&) = delete;

  // Tries the hops in order, at most five (ours), until one is ready for mail.
  // `may_connect` is asked about each address right before (R3). The status of
  // a failure says which host answered what.
  boost::asio::awaitable<absl::Status> Connect(
      const route::NextHops& hops,
      const std::function<bool(const ip::IpAddress&)>& may_connect);

  // One outcome for each recipient, in order. Needs ready().
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      smtp::Transaction transaction, HopContent content);

  // Another message may be sent. After a while without one, the peer may have
  // hung up: asks the socket.
  bool ready();
  // The last Send() ended without a word from the peer, on a connection that
  // had been used before: another one may fare better at once.
  bool was_stale() const { return stale_; }
  // The peer said 421, or hung up where it should not.
  bool was_cut() const { return cut_; }

  // "mx.example.com [192.0.2.1]"; empty before Connect().
  const std::string& peer() const { return peer_; }
  const smtp::ServerCapabilities& capabilities() const;
  // Uptime of the connection, and how many messages were sent over it.
  absl::Duration connected_at() const { return connected_at_; }
  size_t messages() const { return messages_; }

  // Says QUIT and hangs up without waiting long.
  boost::asio::awaitable<void> Quit();

  // To be called about once a second: ends what waits for too long.
  void CheckTime(absl::Duration uptime);

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;

  boost::asio::awaitable<absl::Status> ConnectTo(const Endpoint& endpoint,
                                                 bool tcp);
  boost::asio::awaitable<absl::Status> AwaitReady();
  boost::asio::awaitable<bool> Flush();
  boost::asio::awaitable<void> Exchange();
  boost::asio::awaitable<void> SendContent(const HopContent& content);
  bool ReadAvailable();
  void StartLimit(absl::Duration limit);
  void StopLimit() { deadline_ = absl::InfiniteDuration(); }

  const HopContext* const context_;
  const smtp::Protocol protocol_;
  const absl::Duration patience_;
  Socket socket_;
  std::optional<smtp::ClientSession> session_;
  std::string peer_;
  absl::Duration deadline_ = absl::InfiniteDuration();  // An uptime.
  absl::Duration connected_at_;
  size_t messages_ = 0;
  uint64_t replies_ = 0;  // That the limit which runs came after.
  bool expired_ = false;
  bool ready_ = false;
  bool stale_ = false;
  bool cut_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_CONNECTION_H_
