// rule.h: which rule decided, and what does it serve?
//
// A policy has one constant for each of its rules, and a Decision points to the
// one that decided. Compare pointers, not names: the name is for people and for
// the log.
//
//   constexpr Rule kClosed = {"demo.closed", "R14",
//                             "accepted if the office were open"};
//   Decision decision = {.verdict = Verdict::kRefuse,
//                        .reply = smtp::Reply(550, {5, 7, 1}, "Closed"),
//                        .rule = &kClosed};
//   if (decision.rule == &kClosed) Log(decision.rule->name);

#ifndef MAILCORE_POLICY_RULE_H_
#define MAILCORE_POLICY_RULE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "mailcore/base/event.h"

namespace mailsec::policy {

// Thread safety: a value. A constant has static lifetime.
struct Rule {
  absl::string_view name;    // "room.what": stable, and of this rule only.
  absl::string_view source;  // What it serves: "R14", "RFC 5321, 4.5.1".
  // What would have led to another answer, in a sentence for the operator.
  absl::string_view otherwise;
  // The event of a refusal by this rule; null: the one of all other rules.
  const base::EventType* refusal = nullptr;
};

// A pointer to a rule, which is never null. Thread safety: a value.
class RulePtr {
 public:
  RulePtr() : RulePtr(&kNone) {}  // To a rule whose texts are all empty.

  // `constant` is not owned and must have static lifetime. Implicit, so that a
  // Decision may say `.rule = &kClosed`.
  RulePtr(const Rule* constant) : rule_(std::shared_ptr<void>(), constant) {}

  // To a new rule, for callers that know its texts only at run time. It lives
  // as long as the last copy of the pointer.
  static RulePtr Make(std::string name, std::string source = "",
                      std::string otherwise = "");

  const Rule* operator->() const { return rule_.get(); }
  const Rule& operator*() const { return *rule_; }

  // True if both point to the same object, whatever its texts are.
  friend bool operator==(const RulePtr& a, const RulePtr& b) = default;

 private:
  static const Rule kNone;

  explicit RulePtr(std::shared_ptr<const Rule> rule) : rule_(std::move(rule)) {}

  std::shared_ptr<const Rule> rule_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RULE_H_
