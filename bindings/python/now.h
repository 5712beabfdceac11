// now.h: which moment does an argument `now` mean?
//
// None means this moment: a binding may look at a clock, unlike the core.

#ifndef BINDINGS_PYTHON_NOW_H_
#define BINDINGS_PYTHON_NOW_H_

#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mailsec::python {

using MaybeTime = std::optional<absl::Time>;

// Thread safety: may run concurrently.
inline absl::Time OrNow(const MaybeTime& time) {
  return time ? *time : absl::Now();
}

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_NOW_H_
