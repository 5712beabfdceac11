// decision_event.h: how does a decision get into the log?
//
//   sink->Record(EventOf(decision, clock.Now()));

#ifndef MAILCORE_POLICY_DECISION_EVENT_H_
#define MAILCORE_POLICY_DECISION_EVENT_H_

#include "absl/time/time.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/decision.h"

namespace mailsec::policy {

// Thread safety: pure functions.

// kPolicyAccepted, or the event that the rule has for its refusals;
// kPolicyRefused if it has none. Static lifetime.
const base::EventType& EventTypeOf(const Decision& decision);

// An event of that type. Its fields are the reply, the rule, and what was asked
// (client, sender, recipient), which an event of LogClass::kOperational does
// without.
base::Event EventOf(const Decision& decision, absl::Time time);

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_DECISION_EVENT_H_
