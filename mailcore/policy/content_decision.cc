#include "mailcore/policy/content_decision.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::policy {
namespace {

using base::LogSafe;
using message::VerdictField;

constexpr size_t kMaxOpinionOctets = 256;  // Ours.
constexpr size_t kMaxReportOctets = 1024;  // Ours.
constexpr size_t kMaxShownSymbols = 10;    // Ours, of one opinion.

absl::string_view OutcomeWord(ScanResult::Outcome outcome) {
  switch (outcome) {
    case ScanResult::Outcome::kClean:
      return "clean";
    case ScanResult::Outcome::kSpam:
      return "spam";
    case ScanResult::Outcome::kMalware:
      return "malware";
    case ScanResult::Outcome::kUnscannable:
      return "unscannable";
    case ScanResult::Outcome::kTooLarge:
      return "too large";
    case ScanResult::Outcome::kCannotTell:
      return "cannot tell";
  }
  return "";
}

// Not yet log-safe.
std::string Describe(const ScanResult& result) {
  std::vector<std::string> parts;
  if (!result.signature.empty()) parts.push_back(result.signature);
  if (result.score) parts.push_back(absl::StrCat("score ", *result.score));
  if (result.would_refuse) parts.push_back("would refuse");
  if (!result.symbols.empty()) {
    const size_t shown = std::min(result.symbols.size(), kMaxShownSymbols);
    parts.push_back(
        absl::StrCat("symbols ",
                     absl::StrJoin(result.symbols.begin(),
                                   result.symbols.begin() + shown, ", "),
                     shown < result.symbols.size() ? ", ..." : ""));
  }
  if (!result.why.empty()) parts.push_back(result.why);
  const std::string details = absl::StrJoin(parts, "; ");
  return absl::StrCat(OutcomeWord(result.outcome), details.empty() ? "" : " (",
                      details, details.empty() ? "" : ")");
}

}  // namespace

absl::string_view ContentOutcomeName(ContentOutcome outcome) {
  switch (outcome) {
    case ContentOutcome::kAccept:
      return "accept";
    case ContentOutcome::kMark:
      return "mark";
    case ContentOutcome::kQuarantine:
      return "quarantine";
    case ContentOutcome::kRefuse:
      return "refuse";
    case ContentOutcome::kDefer:
      return "defer";
  }
  return "";
}

std::string ScanOpinion::ToString() const {
  return LogSafe(Describe(result), kMaxOpinionOctets);
}

std::string OpinionsReport(const std::vector<ScanOpinion>& opinions) {
  std::string report;
  for (const ScanOpinion& opinion : opinions) {
    const std::string said = Describe(opinion.result);
    absl::StrAppend(&report, report.empty() ? "" : "; ", opinion.scanner, ": ",
                    said.substr(0, kMaxOpinionOctets));
  }
  return LogSafe(report, kMaxReportOctets);
}

VerdictField OpinionsField(const std::vector<ScanOpinion>& opinions) {
  VerdictField field;
  for (const ScanOpinion& opinion : opinions) {
    const ScanResult& said = opinion.result;
    field.scanners.push_back(opinion.scanner);
    if (said.score && std::isfinite(*said.score)) {
      field.score = std::max(*said.score, field.score.value_or(*said.score));
    }
    if (field.signature.empty()) field.signature = said.signature;
    field.symbols.insert(field.symbols.end(), said.symbols.begin(),
                         said.symbols.end());
  }
  return field;
}

}  // namespace mailsec::policy
