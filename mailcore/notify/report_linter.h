// report_linter.h: is this report as the RFCs want it?
//
//   for (const Violation& v : LintReport(content)) {
//     std::cout << v.line << ": " << v.rfc << ": " << v.message << "\n";
//   }

#ifndef MAILCORE_NOTIFY_REPORT_LINTER_H_
#define MAILCORE_NOTIFY_REPORT_LINTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mailsec::notify {

// Thread safety: a value.
struct Violation {
  enum class Severity { kError, kWarning };  // MUST, SHOULD.
  Severity severity;
  int line;             // 1-based; of the message.
  std::string rule;     // "status.missing": stable.
  std::string rfc;      // "RFC 3464, 2.3.4".
  std::string message;  // What is wrong, and what belongs there.
};

// All violations, by line; empty for a report without fault. What is no
// report at all is one violation.
std::vector<Violation> LintReport(absl::string_view content);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_REPORT_LINTER_H_
