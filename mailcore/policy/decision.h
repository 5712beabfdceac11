// decision.h: what did a policy answer, and why?
//
// A decision is data. The reply that the peer gets, the log line, `mailsec
// explain` and the audit all show the same Decision, and a dry run executes the
// same code as real mail.
//
//   Decision d = policy.Decide(client, rcpt.path);
//   if (!d.accepted()) session.Respond(d.reply);
//   std::cout << d.Explain();

#ifndef MAILCORE_POLICY_DECISION_H_
#define MAILCORE_POLICY_DECISION_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/policy/rule.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::policy {

enum class Verdict {
  kAccept,
  kRefuse,      // For good; the reply is 5yz.
  kCannotTell,  // For now; the reply is 4yz (architecture: fails closed).
};
absl::string_view VerdictName(Verdict verdict);

// Thread safety: a value.
struct Decision {
  Verdict verdict;
  smtp::Reply reply;  // Its class agrees with `verdict`.
  RulePtr rule = {};  // The rule that decided.
  // What was asked: {"client", "192.0.2.7"}, {"recipient", "<b@…>"} …
  std::vector<std::pair<std::string, std::string>> inputs = {};
  // What would have led to another answer, where the rule's own sentence is not
  // exact enough: this one has figures, or depends on settings. Else empty.
  std::string exact_otherwise = {};
  // The decisions of other policies that led to this one, in order.
  std::vector<Decision> because = {};

  bool accepted() const { return verdict == Verdict::kAccept; }
  // What would have led to another answer, in a sentence for the operator.
  absl::string_view otherwise() const {
    return exact_otherwise.empty() ? rule->otherwise
                                   : absl::string_view(exact_otherwise);
  }

  // Several lines for people, log-safe, indented by `indent` spaces.
  std::string Explain(int indent = 0) const;
  // The same as one JSON object.
  std::string ToJson() const;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_DECISION_H_
