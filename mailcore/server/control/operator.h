// operator.h: who has asked for this?

#ifndef MAILCORE_SERVER_CONTROL_OPERATOR_H_
#define MAILCORE_SERVER_CONTROL_OPERATOR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/base/event.h"

namespace mailsec::server {

// The user on the other side of the control socket, as the kernel knows it
// (SO_PEERCRED). Thread safety: a value.
struct Operator {
  std::string user = {};  // The login name; empty: nobody has that uid.
  uint32_t uid = 0;
  int32_t pid = 0;
};

// An event about what `by` has asked for: "queue.hold", "absence.set". Thread
// safety: a pure function.
inline base::Event OperatorEvent(const base::EventType& type, absl::Time now,
                                 const Operator& by, absl::string_view action) {
  return base::Event(type, now)
      .With("user", by.user)
      .With("uid", static_cast<int64_t>(by.uid))
      .With("pid", static_cast<int64_t>(by.pid))
      .With("action", action);
}

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_OPERATOR_H_
