// retry_schedule.h: when do we try again, and when do we give up?
//
//   const RetrySchedule schedule;
//   if (schedule.IsExpired(age)) GiveUp();
//   absl::Duration pause = schedule.Pause(id, attempts);

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
    // RFC 5321, 4.5.4.1 asks for at least 4-5 days.
    absl::Duration lifetime = absl::Hours(5 * 24);
  };

  RetrySchedule() = default;
  explicit RetrySchedule(const Options& options) : options_(options) {}

  // How long to wait after the `attempts`-th attempt (1 for the first).
  absl::Duration Pause(QueueId id, uint32_t attempts) const;
  // No pause is longer.
  absl::Duration LongestPause() const;

  // True if the message has been tried for its whole lifetime. `age` is not the
  // time since its reception, but Envelope::age: how long it has waited for its
  // attempts, and how long these took. A jump of the clock therefore makes no
  // message old, and after a week in which the server was off a message is
  // still tried as often as any other before it is given up.
  bool IsExpired(absl::Duration age) const { return age >= options_.lifetime; }
  absl::Duration lifetime() const { return options_.lifetime; }

 private:
  Options options_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_RETRY_SCHEDULE_H_
