// clock_watch.h: has somebody set the clock?
//
//   ClockWatch watch;
//   absl::Duration jump = watch.Look(clock.Now(), clock.Uptime());
//   if (jump != absl::ZeroDuration()) Tell(jump);

#ifndef MAILCORE_SERVER_RUNTIME_CLOCK_WATCH_H_
#define MAILCORE_SERVER_RUNTIME_CLOCK_WATCH_H_

#include <optional>

#include "absl/time/time.h"

namespace mailsec::server {

// Thread safety: none.
class ClockWatch {
 public:
  // How far the time of day has run ahead of the uptime since the last look, or
  // fallen behind it (negative). Zero if that is at most a minute (ours: more
  // than any slewing between two looks), and at the first look. The sleep of a
  // machine is a jump too, as its uptime stands still.
  absl::Duration Look(absl::Time now, absl::Duration uptime) {
    const absl::Time start = now - uptime;
    const absl::Duration jump = start - start_.value_or(start);
    start_ = start;
    return absl::AbsDuration(jump) > absl::Minutes(1) ? jump
                                                      : absl::ZeroDuration();
  }

 private:
  std::optional<absl::Time> start_;  // The time of day when the uptime was 0.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_CLOCK_WATCH_H_
