// last_reply.h: what was said to this recipient the last time?

#ifndef MAILCORE_SERVER_QUEUE_LAST_REPLY_H_
#define MAILCORE_SERVER_QUEUE_LAST_REPLY_H_

#include "mailcore/smtp/reply.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// The transient reply that spool::Recipient::last_reply holds as text. If it
// holds something else, as why nobody was asked, 451 4.4.1 with that.
// Thread safety: a pure function.
smtp::Reply LastTransientReply(const spool::Recipient& recipient);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_LAST_REPLY_H_
