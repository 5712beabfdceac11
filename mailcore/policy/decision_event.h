// decision_event.h: how does a decision get into the log?
//
//   if (auto event = EventOf(decision, clock.Now())) sink->Record(*event);
//
// Only refusals do, as what was accepted is in the log when the message is
// stored (mail.accepted).

#ifndef MAILCORE_POLICY_DECISION_EVENT_H_
#define MAILCORE_POLICY_DECISION_EVENT_H_

#include <optional>

#include "absl/time/time.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/decision.h"

namespace mailsec::policy {

// Thread safety: pure functions.

// The event that the rule has for its refusals; kPolicyRefused if it has none.
// Null if `decision` is none. Static lifetime.
const base::EventType* EventTypeOf(const Decision& decision);

// An event of that type, or nothing. Its fields are the reply, the rule, and
// what was asked (client, sender, recipient), which an event of
// LogClass::kOperational does without.
std::optional<base::Event> EventOf(const Decision& decision, absl::Time time);

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_DECISION_EVENT_H_
