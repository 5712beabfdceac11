// clock.h: what time is it?
//
// The core asks no clock of its own accord: code that needs the time is given a
// clock, or the time itself. io::SystemClock is the real one,
// ManualClock is the one that tests turn by hand.
//
//   if (clock.Uptime() - started > absl::Minutes(5)) GiveUp();
//   log += absl::FormatTime(clock.Now());

#ifndef MAILCORE_BASE_CLOCK_H_
#define MAILCORE_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace mailsec::base {

// Thread safety: implementations must allow concurrent calls.
class Clock {
 public:
  virtual ~Clock() = default;

  // The time of day. It may jump in both directions (an administrator or NTP
  // sets it), so use it for what people read and for what must survive a
  // restart, never to measure how long something took.
  virtual absl::Time Now() const = 0;

  // Time since an arbitrary moment; never goes back. For time limits.
  virtual absl::Duration Uptime() const = 0;
};

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_CLOCK_H_
