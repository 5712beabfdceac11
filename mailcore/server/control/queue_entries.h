// queue_entries.h: how does a message of the spool look to an operator?

#ifndef MAILCORE_SERVER_CONTROL_QUEUE_ENTRIES_H_
#define MAILCORE_SERVER_CONTROL_QUEUE_ENTRIES_H_

#include "mailcore/server/control/control.pb.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// `envelope` is null if it cannot be read. Thread safety: pure functions.
void FillEntry(const spool::QueueEntry& entry, const spool::Envelope* envelope,
               control::QueueEntry* out);
void FillDetail(const spool::QueueEntry& entry, const spool::Envelope& envelope,
                control::QueueDetail* out);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_QUEUE_ENTRIES_H_
