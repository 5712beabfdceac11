// content_decision.h: what was decided about this content, and why?
//
//   ContentDecision made = policy->Decide(request, header, content);
//   envelope.verdict = made.verdict;
//   if (made.outcome == ContentOutcome::kRefuse) Respond(made.decision.reply);
//   else Store(made.fields, content);

#ifndef MAILCORE_POLICY_CONTENT_DECISION_H_
#define MAILCORE_POLICY_CONTENT_DECISION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/message/verdict_field.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/scanner.h"

namespace mailsec::policy {

enum class ContentOutcome {
  kAccept,
  kMark,        // Accepted, with a field that mail programs sort by.
  kQuarantine,  // Accepted and kept for a person; delivered to nobody.
  kRefuse,      // 5yz at the end of the data.
  kDefer,       // 4yz at the end of the data.
};
absl::string_view ContentOutcomeName(ContentOutcome outcome);  // "accept"

// What one scanner said. Thread safety: a value.
struct ScanOpinion {
  std::string scanner = {};
  ScanResult result;

  // One line, log-safe and short: "spam (score 7.2; symbols A, B)".
  std::string ToString() const;
};

// Thread safety: a value.
struct ContentDecision {
  ContentOutcome outcome;
  // For the envelope: all automatic mail depends on it (R22).
  message::ContentVerdict verdict;
  // Rules: content.clean, content.unscanned, content.malware, content.spam,
  // content.cannot-tell, content.too-large, content.unscannable,
  // content.not-configured. kMark and kQuarantine are Verdict::kAccept.
  Decision decision;
  std::vector<ScanOpinion> opinions = {};  // In the order of asking.
  // All opinions in a line for the envelope, log-safe, at most 1024 octets.
  std::string report = {};
  // To put in front of the content (verdict_field.h), each with its CRLF;
  // empty if no scanner is configured, or if the mail is not accepted.
  std::string fields = {};
};

// Thread safety: pure functions.
//
// The report of ContentDecision.
std::string OpinionsReport(const std::vector<ScanOpinion>& opinions);
// All opinions in one field: every scanner and symbol, the worst score, the
// first signature. The verdict is left open.
message::VerdictField OpinionsField(const std::vector<ScanOpinion>& opinions);

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_CONTENT_DECISION_H_
