// connection.h: one client's connection, from the greeting to the hang-up.
//
// Pumps octets between a socket and an smtp::ServerSession, puts the session's
// questions to a MailHandler, and keeps the peer to its time limits. An idle
// connection holds no buffer: it waits until the socket is readable and reads
// into a buffer of its thread.
//
// Three sources: connection.cc has the dialogue, connection_turns.cc who speaks
// when, connection_proxy.cc for whom a proxy speaks.

#ifndef MAILCORE_SERVER_RECEIVE_CONNECTION_H_
#define MAILCORE_SERVER_RECEIVE_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/ip/ip_address.h"
#include "mailcore/server/receive/arriving_message.h"
#include "mailcore/server/receive/client_limiter.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/receive/refusal_ledger.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::server {

// How many connections `client` may have on this listener (an index as in
// ListenerContext): one that may send to anyone is only counted in all.
// Thread safety: a pure function.
ClientLimiter::Limits LimitsOf(const Snapshot& snapshot, size_t listener,
                               const ip::IpAddress& client);

// What the connections of one listener share. All of it outlives them.
struct ListenerContext {
  const Parts* parts;
  const Current<Snapshot>* current;
  MailHandler* handler;
  RefusalLedger* refusals;  // Of all clients.
  size_t index = 0;  // Its place in Settings::listeners, Snapshot::sessions.
};

// Thread safety: none; lives on the thread of its socket's executor.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `peer` is the socket's remote address, and `place` counts for it, or for
  // the client that it names if it is a proxy. `snapshot` is the one in force;
  // each message takes the one in force when it begins.
  Connection(boost::asio::ip::tcp::socket socket, ip::IpAddress peer,
             ClientLimiter::Ticket place,
             std::shared_ptr<const Snapshot> snapshot, ListenerContext context);

  // Serves the client until one of the two hangs up. Never throws.
  boost::asio::awaitable<void> Run();

  // Says `reply` (421) and hangs up: at once if `now` or if no message is under
  // way, else after that message.
  void Stop(const smtp::Reply& reply, bool now);

  // To be called about once a second: ends the session if its time is over.
  void CheckTime(absl::Duration uptime);

  const ip::IpAddress& client() const { return info_.client; }

  const std::string& session_id() const { return info_.id; }

 private:
  boost::asio::awaitable<bool> ReadProxyHeader();
  // False: the client has too many connections.
  bool TakePlace();
  // Waits until the greeting is due. False: the client has not waited for it,
  // and is not to be served.
  boost::asio::awaitable<bool> AwaitSilence();
  boost::asio::awaitable<void> Talk();
  // Does nothing for so long, or until Stop().
  boost::asio::awaitable<void> Pause(absl::Duration duration);
  // Lets a client wait that was refused often, after it has its answers. False:
  // it is gone.
  boost::asio::awaitable<bool> SlowDown();
  // Lets the client read our last words before the socket is closed.
  boost::asio::awaitable<void> Linger();
  // Hands the session what came before its answer was sent. False: nothing.
  bool TakeEarlyInput();
  void TellEarlyTalker(const char* before);
  // The client has hung up where the session cannot know it.
  void NoteGone();
  // What the session has refused by itself.
  void TellRefused();
  // Has the ledger know what the client was refused.
  void AddRefusals();
  // Strangers only: our own may be refused as often as they like, one session
  // after the other.
  bool IsAuthorised() const {
    return settings().authorised_networks.Contains(info_.client);
  }
  // Sends what the session wants to say. False: the peer is gone.
  boost::asio::awaitable<bool> Flush();
  // Waits for octets and hands them to the session.
  boost::asio::awaitable<void> Receive();
  template <typename Question>
  boost::asio::awaitable<policy::Decision> Ask(Question question);
  boost::asio::awaitable<void> OnMail(smtp::MailFrom mail);
  boost::asio::awaitable<void> OnRcpt(smtp::RcptTo rcpt);
  void OnDataBegin();
  template <typename Work>
  boost::asio::awaitable<void> WorkOnMessage(Work work);
  boost::asio::awaitable<void> OnDataChunk(absl::string_view octets);
  boost::asio::awaitable<void> OnDataEnd(size_t replies);
  boost::asio::awaitable<std::vector<smtp::Reply>> HandOver(size_t replies);
  // An event that has no method of its own. False: the last one.
  bool OnOther(const smtp::ServerEvent& event);
  void Respond(const policy::Decision& decision);
  bool StopIsDue() const;
  void RestartTime();
  void LogClosed();
  // What holds for the message under way, and between messages.
  const SessionSettings& settings() const {
    return info_.snapshot->sessions[context_.index];
  }

  boost::asio::ip::tcp::socket socket_;
  const ListenerContext context_;
  const Parts& parts_;  // The same as *context_.parts.
  SessionInfo info_;
  ClientLimiter::Ticket place_;
  std::optional<ip::IpAddress> proxy_;  // That speaks for the client.
  std::optional<smtp::ServerSession> session_;
  std::unique_ptr<ArrivingMessage> message_;  // Of the open transaction.
  absl::Duration command_start_;  // Uptime when the current command began.
  absl::Duration message_start_;  // Uptime at the start or the last message.
  std::string close_reason_;
  const char* waiting_for_ = "greeting";
  bool more_input_ = false;  // The last read filled the buffer.
  bool heard_ = false;       // The client has said something.
  bool gone_ = false;        // The client has hung up.
  bool timed_out_ = false;
  bool busy_ = false;          // The client waits for us.
  bool may_be_early_ = false;  // Who speaks out of turn is served.
  bool told_early_ = false;    // TellEarlyTalker() was called.
  boost::asio::steady_timer* pause_ = nullptr;  // Pause()'s, while it waits.
  std::optional<smtp::Reply> stop_;             // Say this and hang up.
  bool stop_now_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_CONNECTION_H_
