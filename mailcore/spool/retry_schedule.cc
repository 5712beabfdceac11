#include "mailcore/spool/retry_schedule.h"

#include <algorithm>

namespace mailsec::spool {
namespace {

// Spreads ids evenly (the finaliser of SplitMix64).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

absl::Duration RetrySchedule::Pause(QueueId id, uint32_t attempts) const {
  absl::Duration pause = options_.first;
  for (uint32_t i = 1; i < attempts && pause < options_.longest; ++i) {
    pause *= 2;
  }
  pause = std::min(pause, options_.longest);
  const uint64_t step = Mix(id.value() * 0x9E3779B97F4A7C15 + attempts) % 401;
  return pause * (0.8 + static_cast<double>(step) / 1000);
}

absl::Duration RetrySchedule::LongestPause() const {
  return options_.longest * 1.2;
}

}  // namespace mailsec::spool
