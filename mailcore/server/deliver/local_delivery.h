// local_delivery.h: is the message in its mailbox?

#ifndef MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_
#define MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/io/maildir_quota.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// One message for one Maildir. Thread safety: a value.
struct LocalMail {
  spool::QueueId id;
  address::ReversePath sender;
  absl::Time received;
  // For whom: with the detail, if it is a subaddress. It stands in Delivered-To.
  address::Address mailbox;
  size_t recipient = 0;   // Its index in the envelope.
  std::string root;       // Of the Maildirs.
  std::string host_name;  // For the file's name.
  // Of the mailbox; nothing: nobody counts what is in it.
  std::optional<io::MaildirQuota> quota = std::nullopt;
  bool full_is_transient = false;  // 452 instead of 552.
  absl::Time now = {};             // Tells the age of what is known of it.
  // The content if it is in memory; null: from the spool.
  std::shared_ptr<const std::string> content;
};

// Delivers it to the mailbox that was `found`; blocks on the disk. Idempotent:
// the same mail for the same recipient is there once. Our Return-Path is the
// first field and the only one of its name (RFC 5321, 4.4). `stores`, which may
// be null, sees whether the store works.
//
//   250 2.0.0  it is there durably
//   550 5.1.1  the directory does not know the mailbox any more
//   554 5.4.6  a Delivered-To field says that it has been there before
//   552 5.2.2  it does not fit into the mailbox's quota; or 452 4.2.2
//   452 4.3.1  disk, inodes or the file system's quota are used up
//   451 4.3.0  every other fault of the mail store, of the spool or of the
//              directory (RFC 3463)
smtp::Reply DeliverLocally(const LocalMail& mail,
                           const policy::RecipientAnswer& found,
                           const spool::Spool& spool, StoreWatch* stores);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_
