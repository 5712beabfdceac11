#include "mailcore/notify/report_linter.h"

#include <optional>

#include "mailcore/message/mime_reader.h"
#include "mailcore/notify/lint_checks.h"
#include "mailcore/notify/lint_rules.h"
#include "mailcore/notify/report_parts.h"

namespace mailsec::notify {

std::vector<Violation> LintReport(base::StringView content) {
  Findings findings(content);
  const message::MimeReader message(content);
  const std::optional<ReportParts> parts = FindReportParts(message);
  if (!parts) {
    const message::HeaderField* type =
        message.root().header.Find("Content-Type");
    findings.Add(Rule::kReportNone,
                 type != nullptr ? type->name : content.substr(0, 0));
    return findings.Take();
  }
  const LintSubject subject = {content, message, *parts};
  CheckMessageHeader(subject, &findings);
  CheckLines(subject, &findings);
  CheckMime(subject, &findings);
  CheckStructure(subject, &findings);
  CheckStatus(subject, &findings);
  return findings.Take();
}

}  // namespace mailsec::notify
