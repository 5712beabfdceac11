// client_session.h: the client's side of one SMTP or LMTP dialogue, without
// I/O.
//
// A ClientSession hands messages to a server over a connection that its caller
// makes. The caller's loop:
//
//   send(session.TakeOutput());
//   ClientEvent event = session.NextEvent();
//   if (std::holds_alternative<NeedInput>(event)) session.Receive(recv());
//   if (std::holds_alternative<Ready>(event)) (void)session.Begin(transaction);
//   if (std::holds_alternative<ContentWanted>(event)) {
//     (void)session.Content(content);  // Piece by piece.
//     (void)session.ContentEnd();
//   }
//   if (auto* done = std::get_if<TransactionDone>(&event)) Show(done->outcomes);
//   if (std::holds_alternative<ClientClosed>(event)) hang_up();
//
// What goes out holds no bare CR or LF and every line that begins with a dot
// is stuffed, whatever the content was (RFC 5321, 2.3.8, 4.5.2). What comes in
// may be anything: malformed or endless replies, 421 at any moment, a hang-up
// between any two octets.

#ifndef MAILCORE_SMTP_CLIENT_SESSION_H_
#define MAILCORE_SMTP_CLIENT_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/path.h"
#include "mailcore/base/string_view.h"
#include "mailcore/smtp/capabilities.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/protocol.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::smtp {

struct ClientOptions {
  std::string hostname = {};  // Said in EHLO.
  Protocol protocol = Protocol::kSmtp;
  size_t max_reply_octets = 64 * 1024;  // One reply, all its lines. Ours.
};

struct OutgoingRecipient {
  address::ForwardPath path;
  RcptParameters parameters = {};
};

struct Transaction {
  address::ReversePath sender = {};
  MailParameters parameters = {};  // declared_size: the content's octets.
  std::vector<OutgoingRecipient> recipients = {};  // At least one.
  bool has_8bit = false;      // An octet above 0x7F in the content.
  bool headers_utf8 = false;  // In the header section: needs SMTPUTF8.
  // Only asks: MAIL, RCPT and RSET, no content. A positive outcome then means
  // that the server would take the message for this recipient.
  bool probe = false;
};

// How far a recipient got when its fate was decided.
enum class Stage { kConnect, kGreeting, kHello, kMail, kRcpt, kData, kContent };
absl::string_view StageName(Stage stage);

// What the verdict about a recipient speaks of.
enum class About {
  // The recipient, the sender or the content: no other host need be asked.
  kMail,
  // The host, which broke off (421, connection lost, a time limit, a protocol
  // error) before it can have taken the message: another host may be asked (RFC
  // 5321, 5.1).
  kHost,
  // The whole content was sent, and no answer came: the host may have the
  // message, so that nobody else may be given it now (RFC 5321, 4.5.3.2.6).
  kUnclear,
};

// 2yz: the next hop has it. 4yz: try again. 5yz: never. `from_peer` is false
// where the verdict is ours (connection lost: 4.4.2; a capability is missing:
// 5.6.7, 5.6.3; larger than SIZE allows: 5.3.4; a protocol error: 4.5.0).
struct RecipientOutcome {
  Reply reply;
  Stage stage;
  bool from_peer = false;
  About about = About::kMail;
};

// Events.
struct Ready {};  // Greeted and idle: Begin() or Quit().
struct ContentWanted {};
struct TransactionDone {
  // In the order of the recipients.
  std::vector<RecipientOutcome> outcomes = {};
};
struct ClientClosed {
  Reply reply;         // The last word, the peer's or ours.
  bool clean = false;  // After our QUIT.
  Stage stage;
};

using ClientEvent = std::variant<NeedInput, Ready, ContentWanted,
                                 TransactionDone, ClientClosed>;

// Thread safety: none. A session belongs to one thread at a time.
class ClientSession {
 public:
  explicit ClientSession(ClientOptions options);
  ClientSession(ClientSession&&) noexcept;
  ClientSession& operator=(ClientSession&&) noexcept;
  ~ClientSession();

  // Copies in octets from the server; empty means that it has closed.
  void Receive(base::StringView octets);
  ClientEvent NextEvent();

  // Starts a message. FailedPrecondition unless the last event was Ready;
  // InvalidArgument if there is no recipient.
  absl::Status Begin(Transaction transaction);

  // Content as stored: CRLF lines, not stuffed; in pieces cut anywhere. A bare
  // CR or LF becomes CRLF. FailedPrecondition unless content is wanted.
  absl::Status Content(base::StringView octets);
  absl::Status ContentEnd();

  // The content cannot be had (a read error): ends without the final dot and
  // closes, so that the server keeps nothing.
  void AbandonContent();

  // Says QUIT; Closed follows.
  void Quit();

  // The caller's time limit ran out: Closed, and 4.4.2 for the undecided.
  void TimedOut();

  std::string TakeOutput();
  bool HasOutput() const;
  const ServerCapabilities& capabilities() const;
  // Where the dialogue stands: decides the time limit (RFC 5321, 4.5.3.2).
  Stage stage() const;
  // Whole replies so far. Each has a time limit of its own, also if its command
  // was sent together with others (RFC 5321, 4.5.3.2).
  uint64_t replies() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_CLIENT_SESSION_H_
