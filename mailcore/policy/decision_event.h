// decision_event.h: how does a decision get into the log?
//
//   sink->Record(EventOf(decision, clock.Now()));

#ifndef MAILCORE_POLICY_DECISION_EVENT_H_
#define MAILCORE_POLICY_DECISION_EVENT_H_

#include "absl/time/time.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/decision.h"

namespace mailsec::policy {

// kPolicyAccepted, or the event that the rule names for its refusals. Its fields
// are the reply, the rule, and what was asked (client, sender, recipient),
// which an event of LogClass::kOperational does without.
// Thread safety: a pure function.
base::Event EventOf(const Decision& decision, absl::Time time);

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_DECISION_EVENT_H_
