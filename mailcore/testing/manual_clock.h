// manual_clock.h: a clock that a test turns by hand.
//
//   ManualClock clock(absl::FromUnixSeconds(1764064800));
//   clock.Advance(absl::Minutes(5));

#ifndef MAILCORE_TESTING_MANUAL_CLOCK_H_
#define MAILCORE_TESTING_MANUAL_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"
#include "mailcore/base/clock.h"

namespace mailsec {

// Thread safety: all methods may run concurrently.
class ManualClock : public base::Clock {
 public:
  // 2025-11-25T10:00:00Z unless told otherwise.
  explicit ManualClock(absl::Time now = absl::FromUnixSeconds(1764064800))
      : now_(now) {}

  absl::Time Now() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }
  absl::Duration Uptime() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return uptime_;
  }

  // Time passes. `by` must not be negative.
  void Advance(absl::Duration by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_ += by;
    uptime_ += by;
  }

  // Somebody sets the time of day; Uptime() does not move.
  void SetNow(absl::Time now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_ = now;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
  absl::Duration uptime_ = absl::ZeroDuration();
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_MANUAL_CLOCK_H_
