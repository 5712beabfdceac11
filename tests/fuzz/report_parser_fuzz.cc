// Parser and linter survive every content. What the parser gives is bounded
// and valid UTF-8; what the linter says lies within the message, in order, is
// one of its rules and safe for a log. They agree: no report means the rule
// report.none and nothing else; a report that breaks no rule is read, and
// each of its recipients has an address, a status and an action that agree.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/mime_reader.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/notify/report_parser.h"

namespace mailsec::notify {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckText(const std::string& text, size_t size) {
  Require(base::IsValidUtf8(text));
  Require(text.size() <= 3 * size);
}

void CheckReport(const ParsedReport& parsed, size_t size) {
  const DeliveryReport& report = parsed.report;
  Require(!report.recipients.empty() && report.recipients.size() <= 10000);
  CheckText(parsed.explanation, size);
  CheckText(parsed.original_headers, size);
  CheckText(parsed.original_message_id, size);
  CheckText(report.reporting_mta.value, size);
  for (const RecipientStatus& r : report.recipients) {
    Require(!r.final_recipient.empty() || !r.original_recipient.empty());
    CheckText(r.final_recipient.value, size);
    CheckText(r.diagnostic_code.value, size);
    Require(r.diagnostic_code.value.find('\r') == std::string::npos);
    Require(r.final_recipient.value.find('\n') == std::string::npos);
  }
}

void CheckViolations(const std::vector<Violation>& found,
                     absl::string_view content) {
  const std::vector<LintRule> rules = LintRules();
  Require(found.size() <= rules.size() * kMaxViolationsOfARule);
  int line = 1;
  for (const Violation& v : found) {
    Require(v.line >= line);
    line = v.line;
    Require(std::any_of(rules.begin(), rules.end(), [&](const LintRule& rule) {
      return rule.name == v.rule && rule.rfc == v.rfc &&
             rule.severity == v.severity;
    }));
    Require(base::IsLogSafe(v.message) ||
            v.message.find('\\') != std::string::npos);
    Require(v.message.find_first_of("\r\n\x1B") == std::string::npos);
  }
  Require(line <=
          static_cast<int>(message::LineNumber(content, content.size())));
}

void CheckSoundReport(const ParsedReport& parsed) {
  Require(!parsed.report.reporting_mta.empty());
  for (const RecipientStatus& r : parsed.report.recipients) {
    Require(!r.final_recipient.type.empty());
    Require(!r.final_recipient.value.empty());
    Require(!r.status.IsNone());
    Require((r.action == Action::kFailed) == (r.status.class_code == 5) ||
            r.status.class_code == 4 || r.action == Action::kRelayed);
  }
}

}  // namespace
}  // namespace mailsec::notify

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace notify = mailsec::notify;
  using notify::Require;
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<notify::ParsedReport> parsed =
      notify::ParseReport(content);
  const std::vector<notify::Violation> found = notify::LintReport(content);
  notify::CheckViolations(found, content);
  const bool is_none = found.size() == 1 && found[0].rule == "report.none";
  Require(absl::IsNotFound(parsed.status()) == is_none);
  if (parsed.ok()) {
    notify::CheckReport(*parsed, size);
  } else {
    Require(is_none || absl::IsInvalidArgument(parsed.status()));
  }
  const bool is_sound =
      std::none_of(found.begin(), found.end(), [](const auto& violation) {
        return violation.severity == notify::Violation::Severity::kError;
      });
  if (is_sound) {
    Require(parsed.ok());
    notify::CheckSoundReport(*parsed);
  }
  return 0;
}
