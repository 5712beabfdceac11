// server_session.h: the server's side of one SMTP or LMTP dialogue, without
// I/O.
//
// A ServerSession turns octets into events and replies into octets. It opens
// no socket, reads no clock, starts no thread and looks nothing up; its caller
// does, so that one state machine serves a blocking server, an event loop, a
// test and a fuzzer alike. The caller's loop:
//
//   send(session.TakeOutput());
//   ServerEvent event = session.NextEvent();
//   if (std::holds_alternative<NeedInput>(event)) session.Receive(recv());
//   if (auto* rcpt = std::get_if<RcptTo>(&event))
//     session.Respond(policy.Decide(client, rcpt->path).reply);
//
// Output is sent before the next octets are received: a peer that goes on
// before it can have our answer, where it has to wait for it, is refused (503
// 5.5.0) or noted (OutOfTurnPolicy). The greeting is the caller's part: whoever
// speaks before it was sent can be sent away with Refuse().
//
// States and legal commands are one table, kTransitions in transitions.cc
// (RFC 5321, 4.1.4). What needs no decision is answered here and causes no
// event: NOOP, RSET (but TransactionAborted), HELP, VRFY and EXPN (which tell
// nothing, RFC 5321, 7.3), bad syntax (500, 501, 555), wrong order (503), and
// whatever exceeds the limits. TakeRefused() tells the log of it.
//
// Content has one end: CRLF.CRLF. A bare CR, a bare LF or a NUL in it makes
// the message refused after that end (5.6.0) and the connection closed;
// kNormalise instead turns bare line ends into CRLF, for listed networks only.
// With BDAT, the content ends where the chunk's size says (RFC 3030); if nobody
// can know that size (501), or if it is hopelessly large (552), the connection
// is closed, as what follows is no command.

#ifndef MAILCORE_SMTP_SERVER_SESSION_H_
#define MAILCORE_SMTP_SERVER_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/path.h"
#include "mailcore/base/string_view.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/protocol.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Bounds on what one peer can make us hold or do.
struct ServerLimits {
  size_t max_command_octets = 4096;  // A command line with its CRLF (RFC 5321,
                                     // 4.5.3.1.4 and what extensions add).
  size_t max_text_line_octets = 0;   // A line of content with its CRLF; 0: any
                                     // length is taken as it is. RFC 5321,
                                     // 4.5.3.1.6 wants at least 1000.
  size_t max_recipients = 1000;      // A message; then 452 4.5.3. RFC 5321,
                                     // 4.5.3.1.8 wants at least 100.
  uint64_t max_message_octets = 50 * 1024 * 1024;  // Announced by SIZE. Ours.
  size_t max_header_octets = 1024 * 1024;          // Then 552 5.3.4. Ours.
  size_t max_bad_commands = 20;    // Then 421 4.7.0 and Closed. Refused
                                   // recipients and others cost a part of one
                                   // (refusals.h). Ours.
  size_t max_idle_commands = 100;  // NOOP, RSET, VRFY …, and BDAT 0 without
                                   // LAST, between two messages; then 421
                                   // 4.7.0. Ours.
  size_t max_messages = 0;         // A session; 0: no bound. Then 421 4.7.0;
                                   // told by LIMITS MAILMAX (RFC 9422).
};

struct ServerOptions {
  std::string hostname = {};  // Greeted with. Printable ASCII, no spaces.
  Protocol protocol = Protocol::kSmtp;
  LineEndPolicy line_ends = LineEndPolicy::kRefuse;
  OutOfTurnPolicy out_of_turn = OutOfTurnPolicy::kRefuse;
  ServerLimits limits = {};
  // What the peer has spent of max_bad_commands in other sessions, in
  // hundredths of a command; TakeRefusalsSpent() of those has told it.
  uint64_t refusals_before = 0;
  // Advertise PRDR; then be ready for DataEnd::replies above 1. Not with LMTP,
  // which does the same always.
  bool offer_prdr = false;
  bool offer_starttls = false;  // Advertise STARTTLS and emit StartTls.
  // SASL mechanisms to advertise, "PLAIN" …: 1 to 20 capital letters, digits,
  // '-' and '_' (RFC 4422, 3.1). Empty: no AUTH, which gets 502. With
  // offer_starttls, those that give a password or a token away are neither
  // advertised nor taken (538 5.7.11) before TlsEstablished().
  std::vector<std::string> auth_mechanisms = {};
};

// InvalidArgument if a value of `options` could break out of its line: which
// one, and why. Thread safety: a pure function.
absl::Status CheckOptions(const ServerOptions& options);

// Events. After one marked [R] the session waits for Respond().
struct NeedInput {};  // Nothing to report: send TakeOutput(), call Receive().
struct ReplyOwed {};  // NextEvent() was called before Respond().
struct Hello {        // [R] HELO, or EHLO or LHLO if extended.
  // A domain or an address literal, or nearly (ParseHello): printable ASCII,
  // or a valid domain of RFC 6531.
  std::string name = {};
  bool extended = false;
};
struct MailFrom {  // [R] Opens a mail transaction.
  address::ReversePath path = {};
  MailParameters parameters = {};
};
struct RcptTo {  // [R] Once for each recipient.
  address::ForwardPath path;
  RcptParameters parameters = {};
};
// [R] DATA, or the first BDAT: 354 to take the content, or a refusal. (With
// BDAT nothing is sent for a 354; RFC 3030 has no such reply.)
struct DataBegin {
  bool chunked = false;  // BDAT.
};
struct DataChunk {  // Content, dots unstuffed, as stored; many of them.
  absl::string_view octets = {};
};
// [R] The content is whole and well formed. 250 says: the message is ours now.
struct DataEnd {
  // How often to call Respond(). 1, or with LMTP and PRDR once for each
  // recipient that was accepted, in their order.
  size_t replies = 1;
};
struct StartTls {};  // [R] 220, then shake hands and call TlsEstablished().
struct Auth {  // [R] 235, 535 …; 334 with the challenge in base64 as text
               // makes the session emit AuthResponse next.
  std::string mechanism = {};         // Upper case.
  std::string initial_response = {};  // Base64 as sent; may be empty.
  bool has_initial_response = false;
};
struct AuthResponse {  // [R] One line of the exchange; base64 as sent, or "*"
                       // where the client gives up (RFC 4954, 4): 501.
  std::string line = {};
};
// The transaction is void: RSET, a new EHLO, content refused by the session
// itself, or the peer is gone. Drop what was gathered. (Not emitted after
// Respond() to DataEnd, which ends a transaction too.)
struct TransactionAborted {
  std::string reason = {};  // For the log, "bare LF in content" …
};
struct Closed {             // The last event. Send TakeOutput() and hang up.
  std::string reason = {};  // "QUIT", "peer closed the connection" …
};

// A command that the session has refused by itself: its form, its order, or too
// much of something. Thread safety: a value.
struct CommandRefused {
  std::string command;  // "EHLO"; empty: not one of ours.
  // As it came, without its end: its first 200 octets, or 4 if it was too long.
  // Of AUTH only that word, as a password may follow.
  std::string line;
  Reply reply;  // Said, or due when 421 was said in its place.
};

using ServerEvent = std::variant<NeedInput, ReplyOwed, Hello, MailFrom, RcptTo,
                                 DataBegin, DataChunk, DataEnd, StartTls, Auth,
                                 AuthResponse, TransactionAborted, Closed>;

// Thread safety: none. A session belongs to one thread at a time.
class ServerSession {
 public:
  // The greeting (220) is in TakeOutput() at once; Refuse() right after
  // creation replaces it. With options that CheckOptions() refuses, the session
  // says 421 4.3.5 instead and is closed.
  explicit ServerSession(ServerOptions options);
  ServerSession(ServerSession&&) noexcept;
  ServerSession& operator=(ServerSession&&) noexcept;
  ~ServerSession();

  // Copies in octets from the peer; empty means that the peer has closed.
  // Parses nothing: NextEvent() does, so that replies keep step with pipelined
  // commands (RFC 2920).
  void Receive(base::StringView octets);

  // Returns what happened next. Views in an event live until the next call of
  // a non-const method. Malformed input is not an error: it gets its reply in
  // the dialogue, and the event after it is returned.
  ServerEvent NextEvent();

  // Answers the pending [R] event; the reply's class (2 to 5) moves the state
  // machine. A 421 closes after it, whatever is still in the pipeline (RFC
  // 5321, 3.8). FailedPrecondition if no event is pending: that is a bug in
  // the caller, and nothing a peer sends can cause it.
  absl::Status Respond(const Reply& reply);

  // Ends the session from outside: says `reply` (421, or 554 or 521 instead of
  // the greeting) and then Closed, whatever the state.
  void Refuse(const Reply& reply);

  // Call when StartTls was answered 220 and the handshake is done. Forgets all
  // that was learnt in clear text, unread octets included (RFC 3207, 4.2).
  void TlsEstablished();

  // Moves out the octets to send; may be empty.
  std::string TakeOutput();
  bool HasOutput() const;

  // How long to let the peer wait before the next NextEvent(), after the output
  // was sent: zero unless it was refused often (refusals.h). Each call tells
  // only what the calls before it did not.
  absl::Duration TakePause();

  // What refusals have cost since the last call, in hundredths of a bad
  // command; negative if more was forgiven for good mail (refusals.h).
  int64_t TakeRefusalsSpent();

  // For the log: what was refused without an event since the last call, but not
  // what only follows from another refusal, as RCPT behind a refused MAIL does.
  // No session refuses more than its budget allows (refusals.h), and of what
  // nobody takes the first 50 are kept.
  std::vector<CommandRefused> TakeRefused();

  // The output ends with an answer that the peer has to wait for. A caller that
  // can look for octets without waiting for them does so before it sends, and
  // hands them to Receive(): they came out of turn.
  bool peer_must_wait() const;
  bool spoke_out_of_turn() const;  // The peer has, at least once.

  // What the session knows, for trace fields, logs and time limits.
  bool secured() const;                  // TlsEstablished() was called.
  bool extended() const;                 // EHLO or LHLO.
  bool authenticated() const;            // Auth was answered 235.
  const std::string& peer_name() const;  // From the last HELO; may be empty.
  bool in_transaction() const;           // Between MAIL and the end of data.
  bool receiving_content() const;
  uint64_t content_octets() const;  // The current message's, so far.
  // An octet above 0x7F was in it, or it is BINARYMIME and was not looked at.
  // As content_octets(), until the DataEnd is answered.
  bool content_has_8bit() const;
  // Octets of the peer's that are not parsed yet; at most one command line
  // once NextEvent() has returned NeedInput.
  size_t buffered_octets() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_SERVER_SESSION_H_
