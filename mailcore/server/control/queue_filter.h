// queue_filter.h: is this one of the messages that the operator means?

#ifndef MAILCORE_SERVER_CONTROL_QUEUE_FILTER_H_
#define MAILCORE_SERVER_CONTROL_QUEUE_FILTER_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mailcore/server/control/control.pb.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// "waiting", "active" or "held". Thread safety: a pure function.
const char* QueueStateName(spool::QueueState state);

// The recipient has no copy yet. Thread safety: a pure function.
bool IsWaiting(const spool::Recipient& recipient);

// InvalidArgument, with what to say instead, if a field cannot be understood:
// a filter that is misread could hit other messages. Thread safety: a pure
// function.
absl::Status CheckQueueFilter(const control::QueueFilter& filter);

// The part of the filter that needs no envelope. Thread safety: pure functions.
bool MatchesEntry(const control::QueueFilter& filter,
                  const spool::QueueEntry& entry, absl::Time now);
bool MatchesEnvelope(const control::QueueFilter& filter,
                     const spool::Envelope& envelope);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_QUEUE_FILTER_H_
