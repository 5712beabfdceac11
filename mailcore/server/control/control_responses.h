// control_responses.h: responses that several answers end with.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_RESPONSES_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_RESPONSES_H_

#include "absl/strings/string_view.h"
#include "mailcore/policy/decision.h"
#include "mailcore/server/control/control.pb.h"

namespace mailsec::server {

// A response that says what went wrong, and one that shows a decision.
// Thread safety: pure functions.
control::Response ErrorResponse(absl::string_view message);
control::Response ExplanationResponse(const policy::Decision& decision);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_RESPONSES_H_
