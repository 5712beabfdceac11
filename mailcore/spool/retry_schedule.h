// retry_schedule.h: when do we try again, and when do we give up?
//
//   const RetrySchedule schedule;
//   if (schedule.IsExpired(received, now)) GiveUp();
//   absl::Time next = schedule.NextAttempt(id, attempts, now);

#ifndef MAILCORE_SPOOL_RETRY_SCHEDULE_H_
#define MAILCORE_SPOOL_RETRY_SCHEDULE_H_

#include <cstdint>

#include "absl/time/time.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::spool {

// Each pause is twice the one before, up to the longest, and up to 20 % longer
// or shorter, by the message's id, so that what failed together does not come
// back together. Thread safety: immutable.
class RetrySchedule {
 public:
  struct Options {
    // After the first attempt. RFC 5321, 4.5.4.1 allows a few quick ones
    // before it asks for at least 30 minutes. Default: 5 minutes.
    absl::Duration first = absl::Minutes(5);
    absl::Duration longest = absl::Hours(4);  // Ours.
    // From reception on; RFC 5321, 4.5.4.1 asks for at least 4-5 days.
    absl::Duration lifetime = absl::Hours(5 * 24);
  };

  RetrySchedule() = default;
  explicit RetrySchedule(const Options& options) : options_(options) {}

  // When to try the message again whose `attempts`-th attempt (1 for the
  // first) has just failed at `now`.
  absl::Time NextAttempt(QueueId id, uint32_t attempts, absl::Time now) const;

  // True if a message received then has been tried for its whole lifetime.
  bool IsExpired(absl::Time received, absl::Time now) const;

 private:
  Options options_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_RETRY_SCHEDULE_H_
