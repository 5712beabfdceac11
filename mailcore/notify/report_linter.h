// report_linter.h: is this report as the RFCs want it?
//
//   for (const Violation& v : LintReport(content)) {
//     std::cout << v.line << ": " << v.rfc << ": " << v.message << "\n";
//   }
//
// LintRules() lists what it looks at; `mailsec ndn lint --rules` prints that.

#ifndef MAILCORE_NOTIFY_REPORT_LINTER_H_
#define MAILCORE_NOTIFY_REPORT_LINTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"

namespace mailsec::notify {

// Thread safety: a value.
struct Violation {
  enum class Severity { kError, kWarning };  // MUST, SHOULD.
  Severity severity;
  int line = 0;              // 1-based; of the message.
  std::string rule = {};     // "status.missing": stable.
  std::string rfc = {};      // "RFC 3464, 2.3.4".
  std::string message = {};  // What is wrong, and what belongs there. Log-safe.
};

// Thread safety: a value, of literals.
struct LintRule {
  absl::string_view name = {};  // "status.missing": stable, and unique.
  Violation::Severity severity;
  absl::string_view rfc = {};      // "RFC 3464, 2.3.4".
  absl::string_view summary = {};  // What a violation's message begins with.
};

// "error", "warning".
absl::string_view SeverityName(Violation::Severity severity);

// Every rule there is, by subject. Thread safety: a pure function.
std::vector<LintRule> LintRules();

// Violations of one rule in one report above this number are left out. Ours.
inline constexpr int kMaxViolationsOfARule = 20;

// All violations, by line; empty for a report without fault. What is no
// report at all is one violation. What lies in the returned original is the
// original's own, and looked at only as far as it breaks the report. Linear in
// time; bounded as ParseReport() is. Thread safety: a pure function.
std::vector<Violation> LintReport(base::StringView content);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_REPORT_LINTER_H_
