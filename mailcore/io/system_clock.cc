#include "mailcore/io/system_clock.h"

#include <time.h>

#include "absl/time/clock.h"

namespace mailsec::io {

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::Duration SystemClock::Uptime() const {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace mailsec::io
