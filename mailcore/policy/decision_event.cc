#include "mailcore/policy/decision_event.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "mailcore/policy/policy_events.h"

namespace mailsec::policy {
namespace {

using base::Event;
using base::EventType;

struct RuleEvent {
  absl::string_view rule;
  const EventType* type;
};

// Decisions that refuse. One that accepts is kPolicyAccepted whatever its rule.
constexpr RuleEvent kRuleEvents[] = {
    {"content.cannot-tell", &events::kPolicyScanFailed},
    {"content.malware", &events::kPolicyMalware},
    {"content.spam", &events::kPolicySpam},
    {"content.too-large", &events::kPolicyUnscannable},
    {"content.unscannable", &events::kPolicyUnscannable},
    {"message.too-large", &events::kPolicyTooLarge},
    {"recipient.cannot-tell", &events::kPolicyCannotTell},
    {"recipient.full", &events::kPolicyMailboxFull},
    {"recipient.next-hop-cannot-tell", &events::kPolicyCannotTell},
    {"recipient.next-hop-refuses", &events::kPolicyNextHopRefused},
    {"recipient.no-route", &events::kPolicyNoRoute},
    {"recipient.route-cannot-tell", &events::kPolicyCannotTell},
    {"recipient.too-large", &events::kPolicyTooLarge},
    {"recipient.unknown", &events::kPolicyRecipientUnknown},
    {"relay.cannot-tell", &events::kPolicyCannotTell},
    {"relay.not-authorised", &events::kPolicyRelayRefused},
    {"spool.no-space", &events::kPolicySpaceShort},
};

const EventType& TypeOf(const Decision& decision) {
  if (decision.accepted()) return events::kPolicyAccepted;
  for (const RuleEvent& row : kRuleEvents) {
    if (row.rule == decision.rule) return *row.type;
  }
  return events::kPolicyRefused;
}

}  // namespace

Event EventOf(const Decision& decision, absl::Time time) {
  Event event = Event(TypeOf(decision), time)
                    .With("reply", decision.reply.ToString())
                    .With("rule", decision.rule);
  if (event.type().log_class == base::LogClass::kOperational) return event;
  for (const char* key : {"client", "sender", "recipient"}) {
    for (const auto& [name, value] : decision.inputs) {
      if (name == key) std::move(event).With(key, value);  // Adds in place.
    }
  }
  return event;
}

}  // namespace mailsec::policy
