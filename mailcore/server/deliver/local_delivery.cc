#include "mailcore/server/deliver/local_delivery.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/io/maildir.h"
#include "mailcore/message/field_remover.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/in_front.h"
#include "mailcore/message/trace_field.h"

namespace mailsec::server {
namespace {

using smtp::Reply;

// Of the host's name, in that of a file: with the rest and an IMAP server's
// flags it has to be shorter than 255 octets.
constexpr size_t kMaxHostOctets = 128;

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

std::string FileName(const LocalMail& mail) {
  return absl::StrCat(
      absl::ToUnixSeconds(mail.received), ".", mail.id.ToString(), "R",
      mail.recipient, ".",
      absl::string_view(mail.host_name).substr(0, kMaxHostOctets));
}

Reply SpoolFault() {
  return Reply(451, {4, 3, 0}, "The message cannot be read from the spool now");
}

Reply Full(const LocalMail& mail) {
  return mail.full_is_transient ? Reply(452, {4, 2, 2}, "The mailbox is full")
                                : Reply(552, {5, 2, 2}, "The mailbox is full");
}

Reply Loop(const address::Address& mailbox) {
  return Reply(554, {5, 4, 6},
               absl::StrCat("The message loops: it was delivered to ",
                            mailbox.ToString(), " before"));
}

// What the fault is, is the operator's business and no sender's: the path and
// the system's words are in the alarm.
Reply ToReply(const absl::Status& stored) {
  if (stored.ok()) return Reply(250, {2, 0, 0}, "Delivered");
  if (absl::IsResourceExhausted(stored)) {
    return Reply(452, {4, 3, 1}, "The mail store is full; the mail waits");
  }
  return Reply(451, {4, 3, 0}, "The mail store has a fault; the mail waits");
}

// A fault of the whole store is told once for all mailboxes.
void Tell(StoreWatch* stores, const std::string& root,
          const std::string& mailbox, const absl::Status& stored) {
  if (stores == nullptr) return;
  const std::string path = absl::StrCat(root, "/", mailbox);
  if (stored.ok()) {
    stores->Saw(root, stored);
    stores->Saw(path, stored);
    return;
  }
  const absl::Status of_root = io::CheckMaildirRoot(root);
  const bool of_all = !of_root.ok() || absl::IsResourceExhausted(stored);
  stores->Saw(of_all ? root : path, stored);
}

Reply Write(const LocalMail& mail, const std::string& mailbox,
            const spool::Spool& spool, StoreWatch* stores) {
  absl::StatusOr<Source> source = Source::Open(mail, spool);
  if (!source.ok()) return SpoolFault();
  io::MaildirDelivery delivery(mail.root, mailbox, FileName(mail));
  absl::Status stored = delivery.Open();
  // What was delivered before needs no room, and is counted already.
  const bool counts = mail.quota.has_value() && !delivery.was_delivered();
  absl::StatusOr<io::MaildirUsage> usage = io::MaildirUsage();
  if (counts && stored.ok()) {
    usage = io::ReadMaildirUsage(mail.root, mailbox, *mail.quota, mail.now);
    stored = usage.status();
    if (stored.ok() && !usage->HasRoomFor(1)) return Full(mail);
  }
  if (stored.ok()) {
    stored = delivery.Append(message::ReturnPathField(mail.sender) +
                             message::DeliveredToField(mail.mailbox));
  }
  // There is one Return-Path, and it says what the envelope says.
  message::FieldRemover remover({.names = {"Return-Path"}, .keeps_ours = true});
  bool is_parted = false;  // From our fields.
  const auto keep = [&](absl::string_view kept) {
    if (!is_parted && message::NeedsEmptyLineBefore(kept)) {
      stored.Update(delivery.Append("\r\n"));
    }
    is_parted = true;
    if (stored.ok()) stored = delivery.Append(kept);
  };
  for (bool first = true; stored.ok(); first = false) {
    const absl::StatusOr<absl::string_view> piece = source->Next();
    if (!piece.ok()) return SpoolFault();
    // The header section is in the first piece, or too long to be honest.
    if (first && message::HeaderScanner(*piece).WasDeliveredTo(mail.mailbox)) {
      return Loop(mail.mailbox);
    }
    if (!piece->empty()) {
      remover.Feed(*piece, keep);
      continue;
    }
    remover.Finish(keep);
    if (counts && stored.ok() && !usage->HasRoomFor(delivery.octets())) {
      usage = io::ReadMaildirUsage(mail.root, mailbox, *mail.quota, mail.now,
                                   delivery.octets());
      stored = usage.status();
      if (stored.ok() && !usage->HasRoomFor(delivery.octets())) {
        return Full(mail);
      }
    }
    if (stored.ok()) stored = delivery.Commit();
    if (counts && stored.ok()) {
      // What is not written down is counted later.
      (void)io::AddToMaildirUsage(mail.root, mailbox, delivery.octets());
    }
    break;
  }
  Tell(stores, mail.root, mailbox, stored);
  return ToReply(stored);
}

}  // namespace

Reply DeliverLocally(const LocalMail& mail,
                     const policy::RecipientAnswer& found,
                     const spool::Spool& spool, StoreWatch* stores) {
  switch (found.answer) {
    case policy::Answer::kYes:
      return Write(mail, found.mailbox.name, spool, stores);
    case policy::Answer::kNo:
      return Reply(550, {5, 1, 1}, "There is no such mailbox any more");
    case policy::Answer::kCannotTell:
      break;
  }
  return Reply(451, {4, 3, 0}, "The directory of mailboxes cannot tell");
}

}  // namespace mailsec::server
