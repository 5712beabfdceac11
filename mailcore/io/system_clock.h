// system_clock.h: the clock of this machine.

#ifndef MAILCORE_IO_SYSTEM_CLOCK_H_
#define MAILCORE_IO_SYSTEM_CLOCK_H_

#include "absl/time/time.h"
#include "mailcore/base/clock.h"

namespace mailsec::io {

// Thread safety: all methods may run concurrently.
class SystemClock : public base::Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Uptime() const override;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SYSTEM_CLOCK_H_
