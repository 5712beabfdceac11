// local_delivery.h: is the message in its mailbox?

#ifndef MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_
#define MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// One message for one Maildir. Thread safety: a value.
struct LocalMail {
  spool::QueueId id;
  address::ReversePath sender;
  absl::Time received;
  address::Address mailbox;  // Whose.
  size_t recipient = 0;      // Its index in the envelope.
  std::string root;          // Of the Maildirs.
  std::string host_name;     // For the file's name.
  // The content if it is in memory; null: from the spool.
  std::shared_ptr<const std::string> content;
};

// Delivers it; blocks on the disk. 250 if it is there durably, 550 5.1.1 if
// the directory does not know the mailbox any more, 554 5.4.6 if a Delivered-To
// field says that the message has been there before, 4yz for everything else.
// Idempotent: the same mail for the same mailbox is there once.
smtp::Reply DeliverLocally(const LocalMail& mail, const spool::Spool& spool,
                           policy::RecipientDirectory& directory);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_LOCAL_DELIVERY_H_
