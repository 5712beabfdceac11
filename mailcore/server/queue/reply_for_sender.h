// reply_for_sender.h: what may the sender read of this reply?

#ifndef MAILCORE_SERVER_QUEUE_REPLY_FOR_SENDER_H_
#define MAILCORE_SERVER_QUEUE_REPLY_FOR_SENDER_H_

#include <cstddef>

#include "mailcore/smtp/reply.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// `reply`, about a recipient of the envelope (its index), without the mailboxes
// that stand behind aliases: the recipient's own, and of all others the first
// 20 (ours). Thread safety: a pure function.
smtp::Reply ReplyForSender(const smtp::Reply& reply,
                           const spool::Envelope& envelope, size_t recipient);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_REPLY_FOR_SENDER_H_
