// last_reply.h: what was said to this recipient the last time?
//
//   recipient.last_reply = KeptReply(reply.ToString(), recipients.size());
//   const smtp::Reply said = LastTransientReply(recipient);

#ifndef MAILCORE_SERVER_QUEUE_LAST_REPLY_H_
#define MAILCORE_SERVER_QUEUE_LAST_REPLY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// Of `text`, what is kept as spool::Recipient::last_reply of a message with
// `recipients` (at least 1), log-safe: up to 1,024 octets, and of many
// recipients less of each, at least 160, so that an envelope stays small
// whatever next hops say. Thread safety: a pure function.
std::string KeptReply(absl::string_view text, size_t recipients);

// The transient reply that spool::Recipient::last_reply holds as text. If it
// holds something else, as why nobody was asked, 451 4.4.1 with that.
// Thread safety: a pure function.
smtp::Reply LastTransientReply(const spool::Recipient& recipient);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_LAST_REPLY_H_
