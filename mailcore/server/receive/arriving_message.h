// arriving_message.h: what has come of this message so far?
//
// One mail transaction of a connection, from MAIL to the end of the content:
// the envelope, the content as it is stored, and its header section.
//
//   ArrivingMessage message(std::move(mail));  // MAIL was accepted.
//   message.AddRecipient(std::move(to), "recipient.exists");
//   message.BeginContent(handler.NewMessage(), session, origin);
//   message.Append(octets);                    // For each piece.
//   message.EndContent(false);
//   if (message.status().ok()) Accept(std::move(message).Take(false));

#ifndef MAILCORE_SERVER_RECEIVE_ARRIVING_MESSAGE_H_
#define MAILCORE_SERVER_RECEIVE_ARRIVING_MESSAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/message/field_remover.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/message_writer.h"

namespace mailsec::server {

// Thread safety: none; the calls of one message may come from several threads,
// one after the other.
class ArrivingMessage {
 public:
  // What the server says about the way that the message took.
  struct Origin {
    std::string hostname;  // Our own, for the Received field.
    // Header fields that nobody outside may write (SessionSettings).
    std::vector<std::string> removed_fields;
    // The client is one of ours: Date and Message-ID are added if they are
    // missing (message/missing_fields.h).
    bool adds_missing_fields = false;
    absl::Time now;
  };

  explicit ArrivingMessage(smtp::MailFrom mail);

  // `rule` is the name of the rule that accepted the recipient.
  void AddRecipient(smtp::RcptTo rcpt, absl::string_view rule);

  // Once, after the last recipient. Puts a Received field in front.
  void BeginContent(spool::MessageWriter content, const SessionInfo& session,
                    const Origin& origin);

  // The rest may be called after BeginContent() only.

  // Stores a piece of content, without the header fields to be removed. After
  // an error it does nothing.
  void Append(absl::string_view octets);

  // There are no more pieces. `has_8bit`: the content has octets above 0x7F.
  void EndContent(bool has_8bit);

  // True if the next Append() of so many octets, or Finish() if there are none,
  // may wait for the disk: then call it on a thread that may.
  bool MayBlock(size_t octets) const;

  // Makes content that has a file of its own durable before the commit, so that
  // others need not wait for it.
  void Finish();

  // Notes an error, unless there was one before.
  void Fail(const absl::Status& status) { status_.Update(status); }

  // The first error of storing the content.
  const absl::Status& status() const { return status_; }

  // True once more servers have handled the message than a way can have: it is
  // looping (RFC 5321, 6.3). After EndContent().
  bool IsLooping() const;

  const spool::Envelope& envelope() const { return envelope_; }

  // The whole message for MailHandler::Accept(). `answers_each` is passed on.
  IncomingMessage Take(bool answers_each) &&;

 private:
  void Store(absl::string_view octets);
  void GatherHead(absl::string_view octets);
  void Write(absl::string_view octets);
  void WriteHeld();

  spool::Envelope envelope_;
  std::optional<spool::MessageWriter> content_;
  absl::Status status_;
  std::optional<message::FieldRemover> remover_;
  std::string head_;  // The header section of the content, so far.
  bool head_is_whole_ = false;
  // Of whoever writes our Message-ID; empty: nothing is added.
  std::string hostname_;
  // What waits until it is known which fields are missing, for these stand
  // before it: the header section, and the rest of the piece that it ends in.
  std::string held_;
  std::vector<std::string> added_;  // Names of fields.
  size_t hops_ = 0;                 // Received fields.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_ARRIVING_MESSAGE_H_
