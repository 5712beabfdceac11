#include "mailcore/policy/decision_event.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "mailcore/policy/policy_events.h"

namespace mailsec::policy {

using base::Event;
using base::EventType;

const EventType* EventTypeOf(const Decision& decision) {
  if (decision.accepted()) return nullptr;
  const EventType* own = decision.rule->refusal;
  return own == nullptr ? &events::kPolicyRefused : own;
}

std::optional<Event> EventOf(const Decision& decision, absl::Time time) {
  const EventType* type = EventTypeOf(decision);
  if (type == nullptr) return std::nullopt;
  Event event = Event(*type, time)
                    .With("reply", decision.reply.ToString())
                    .With("rule", decision.rule->name);
  if (event.type().log_class == base::LogClass::kOperational) return event;
  for (const char* key : {"client", "sender", "recipient"}) {
    for (const auto& [name, value] : decision.inputs) {
      if (name == key) std::move(event).With(key, value);  // Adds in place.
    }
  }
  return event;
}

}  // namespace mailsec::policy
