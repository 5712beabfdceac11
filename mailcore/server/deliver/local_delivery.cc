#include "mailcore/server/deliver/local_delivery.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/io/maildir.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/trace_field.h"

namespace mailsec::server {
namespace {

using smtp::Reply;

Reply ToReply(const absl::Status& status) {
  if (status.ok()) return Reply(250, {2, 0, 0}, "Delivered");
  if (absl::IsResourceExhausted(status)) {
    return Reply(452, {4, 2, 2}, status.message());
  }
  if (absl::IsAlreadyExists(status)) {
    return Reply(554, {5, 4, 6}, status.message());
  }
  return Reply(451, {4, 3, 0}, status.message());
}

// Hands out the content piece by piece, wherever it is.
class Source {
 public:
  static absl::StatusOr<Source> Open(const LocalMail& mail,
                                     const spool::Spool& spool) {
    Source source;
    source.octets_ = mail.content;
    if (mail.content != nullptr) return source;
    auto reader = spool.OpenContent(mail.id);
    if (!reader.ok()) return reader.status();
    source.reader_ = *std::move(reader);
    return source;
  }

  absl::StatusOr<absl::string_view> Next() {
    if (reader_ != nullptr) return reader_->Next();
    if (std::exchange(done_, true)) return absl::string_view();
    return absl::string_view(*octets_);
  }

 private:
  std::shared_ptr<const std::string> octets_;
  std::unique_ptr<spool::ContentReader> reader_;
  bool done_ = false;
};

absl::Status Write(const LocalMail& mail, const std::string& mailbox,
                   const spool::Spool& spool) {
  absl::StatusOr<Source> source = Source::Open(mail, spool);
  if (!source.ok()) return source.status();
  io::MaildirDelivery delivery(
      mail.root, mailbox,
      absl::StrCat(absl::ToUnixSeconds(mail.received), ".", mail.id.ToString(),
                   "R", mail.recipient, ".", mail.host_name));
  absl::Status status = delivery.Open();
  if (status.ok()) {
    status = delivery.Append(message::ReturnPathField(mail.sender) +
                             message::DeliveredToField(mail.mailbox));
  }
  for (bool first = true; status.ok(); first = false) {
    const absl::StatusOr<absl::string_view> piece = source->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return delivery.Commit();
    // The header section is in the first piece, or too long to be honest.
    if (first && message::HeaderScanner(*piece).WasDeliveredTo(mail.mailbox)) {
      return absl::AlreadyExistsError(
          absl::StrCat("The message loops: it was delivered to ",
                       mail.mailbox.ToString(), " before"));
    }
    status = delivery.Append(*piece);
  }
  return status;
}

}  // namespace

Reply DeliverLocally(const LocalMail& mail, const spool::Spool& spool,
                     policy::RecipientDirectory& directory) {
  const policy::RecipientAnswer found = directory.Find(mail.mailbox);
  switch (found.answer) {
    case policy::Answer::kYes:
      return ToReply(Write(mail, found.mailbox.name, spool));
    case policy::Answer::kNo:
      return Reply(550, {5, 1, 1}, "There is no such mailbox any more");
    case policy::Answer::kCannotTell:
      break;
  }
  return Reply(451, {4, 3, 0}, "The directory of mailboxes cannot tell");
}

}  // namespace mailsec::server
