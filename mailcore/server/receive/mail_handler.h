// mail_handler.h: who decides about the mail of a session, and takes it?
//
// The seam between the dialogue and everything behind it. PolicyHandler is the
// server's own: policies and the spool. Who links the library can put another
// in its place, or one before it:
//
//   class Impolite : public ForwardingHandler {
//    public:
//     using ForwardingHandler::ForwardingHandler;
//     policy::Decision DecideMail(const SessionInfo& session,
//                                 const smtp::MailFrom& mail) override {
//       policy::Decision decision = next().DecideMail(session, mail);
//       if (decision.accepted() && !session.extended) {
//         decision.verdict = policy::Verdict::kRefuse;
//         decision.reply = smtp::Reply(550, {5, 7, 0}, "Say EHLO");
//       }
//       return decision;
//     }
//   };
//   Impolite handler(own);  // Server::Options::wrap_handler gives `own`.

#ifndef MAILCORE_SERVER_RECEIVE_MAIL_HANDLER_H_
#define MAILCORE_SERVER_RECEIVE_MAIL_HANDLER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mailcore/ip/ip_address.h"
#include "mailcore/policy/decision.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/message_writer.h"

namespace mailsec::server {

struct Snapshot;

// Who is at the other end. Thread safety: a value.
struct SessionInfo {
  std::string id = {};  // Of the session, in all events about it.
  // Of the TCP peer, or as a listed proxy said; 0.0.0.0, which is in no listed
  // network, if the proxy named nobody.
  ip::IpAddress client = {};
  std::string client_name = {};  // Of HELO or EHLO; only claimed.
  smtp::Protocol protocol = smtp::Protocol::kSmtp;
  bool extended = false;  // EHLO or LHLO.
  bool secured = false;
  bool authenticated = false;
  std::string user = {};  // Empty unless authenticated.
  // What was in force when the message under way began, at its MAIL: one message
  // is decided by one configuration. Null: what is in force when the handler is
  // asked.
  std::shared_ptr<const Snapshot> snapshot = nullptr;
};

// One whole message. Thread safety: none; one thread at a time.
struct IncomingMessage {
  spool::Envelope envelope;
  spool::MessageWriter content;
  // Its header section as it came, bounded: without our Received field, but with
  // the fields that were missing.
  std::string head = {};
  std::vector<std::string> added = {};  // The names of those.
  // Each recipient has an answer of its own (LMTP, PRDR).
  bool answers_each = false;
};

// Thread safety: implementations must allow concurrent calls; calls of one
// session follow each other.
class MailHandler {
 public:
  virtual ~MailHandler() = default;

  // True if the two Decide methods may wait for something in this session; then
  // they are called on a bounded pool of threads instead of an event loop.
  virtual bool MayBlock(const SessionInfo& session) const = 0;

  virtual policy::Decision DecideMail(const SessionInfo& session,
                                      const smtp::MailFrom& mail) = 0;

  // `envelope` holds the sender and the recipients accepted before.
  virtual policy::Decision DecideRcpt(const SessionInfo& session,
                                      const spool::Envelope& envelope,
                                      const smtp::RcptTo& rcpt) = 0;

  // A writer for the content of one message that is about to come.
  virtual spool::MessageWriter NewMessage() = 0;

  // Takes a whole message. `done` is called once, on any thread, with one reply
  // for all recipients, or with one for each of the envelope's if
  // `answers_each`: 2yz only if the message is durable or handed on. Must not
  // block.
  virtual void Accept(const SessionInfo& session, IncomingMessage message,
                      std::function<void(std::vector<smtp::Reply>)> done) = 0;
};

// Asks another handler everything: a base for one that changes an answer.
// Whoever overrides Accept() either calls the other's, which calls `done`, or
// has taken or refused the message and calls `done` itself.
class ForwardingHandler : public MailHandler {
 public:
  // `next` is not owned and must outlive this.
  explicit ForwardingHandler(MailHandler* next) : next_(next) {}

  bool MayBlock(const SessionInfo& session) const override {
    return next_->MayBlock(session);
  }
  policy::Decision DecideMail(const SessionInfo& session,
                              const smtp::MailFrom& mail) override {
    return next_->DecideMail(session, mail);
  }
  policy::Decision DecideRcpt(const SessionInfo& session,
                              const spool::Envelope& envelope,
                              const smtp::RcptTo& rcpt) override {
    return next_->DecideRcpt(session, envelope, rcpt);
  }
  spool::MessageWriter NewMessage() override { return next_->NewMessage(); }
  void Accept(const SessionInfo& session, IncomingMessage message,
              std::function<void(std::vector<smtp::Reply>)> done) override {
    next_->Accept(session, std::move(message), std::move(done));
  }

 protected:
  MailHandler& next() const { return *next_; }

 private:
  MailHandler* const next_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_MAIL_HANDLER_H_
