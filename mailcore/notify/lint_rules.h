// lint_rules.h: which rules does the linter of reports know, by name?
//
//   findings.Add(Rule::kStatusMissing, group, "recipient <bob@example.org>");

#ifndef MAILCORE_NOTIFY_LINT_RULES_H_
#define MAILCORE_NOTIFY_LINT_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/notify/report_linter.h"

namespace mailsec::notify {

// In the order of LintRules(), where each is explained.
enum class Rule {
  kReportNone,
  kReportNotTopLevel,
  kReportTypeMissing,
  kReportTypeWrong,
  kPartsCount,
  kPartFirst,
  kPartFirstEmpty,
  kPartSecond,
  kPartThird,
  kReturnedHeaderOnly,
  kReturnedBody,
  kReturnedEmpty,

  kStatusPartEncoding,
  kStatusPartMalformed,
  kStatusPartNotUtf8,
  kGroupsNotParted,
  kGroupsExtraLine,
  kRecipientsMissing,
  kStatusFieldMisplaced,
  kStatusFieldDuplicate,
  kEnvelopeIdEmpty,
  kReportingMtaMissing,
  kReportingMtaMalformed,
  kDsnGatewayMalformed,
  kReceivedFromMtaMalformed,
  kArrivalDateMalformed,
  kOriginalRecipientMalformed,
  kFinalRecipientMissing,
  kFinalRecipientMalformed,
  kActionMissing,
  kActionUnknown,
  kStatusMissing,
  kStatusMalformed,
  kStatusDisagrees,
  kRemoteMtaMalformed,
  kDiagnosticCodeMalformed,
  kLastAttemptDateMalformed,
  kWillRetryUntilMalformed,
  kWillRetryUntilNotDelayed,
  kAddressTypeUnknown,
  kMtaNameTypeUnknown,
  kDiagnosticTypeUnknown,
  kUtf8AddressMalformed,
  kUtf8AddressUntyped,

  kAutoSubmittedMissing,
  kAutoSubmittedNo,
  kAutoSubmittedUnknown,
  kReturnPathNotNull,
  kToMissing,
  kDateMissing,
  kDateMalformed,
  kFromMissing,
  kFromNoAddress,
  kMessageIdMissing,
  kMessageIdMalformed,
  kFieldDuplicate,
  kHeaderMalformed,
  kHeader8Bit,
  kLineTooLong,
  kLineLong,
  kLineBareCr,
  kLineBareLf,
  kLineLfOnly,
  kOctetNul,

  kMimeVersionMissing,
  kMimeVersionWrong,
  kContentTypeMalformed,
  kBoundaryMissing,
  kBoundaryIllegal,
  kBoundaryUnclosed,
  kEncodingUnknown,
  kEncodingOfComposite,
  kEncodingMalformed,
  kEncodingLineTooLong,
  kEncodingOfOuter,
  kOctetsUndeclared,
  kCharsetMismatch,
  kEncodedWordMalformed,
};

// Gathers what breaks a rule. Thread safety: none.
class Findings {
 public:
  // `content` is the message; it must outlive the findings.
  explicit Findings(absl::string_view content) : content_(content) {}

  // `where` is a view into the content, and its begin the place. `detail` is
  // put into the message as it is, made safe for logs. Above
  // kMaxViolationsOfARule of a rule, none is kept.
  void Add(Rule rule, absl::string_view where, absl::string_view detail = "");

  // True if `view` lies within the content.
  bool Holds(absl::string_view view) const;

  // By line; moves them out.
  std::vector<Violation> Take();

 private:
  struct Found {
    size_t offset;
    Rule rule;
    std::string detail;
  };

  absl::string_view content_;
  std::vector<Found> found_;
  std::map<Rule, int> counts_;
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_LINT_RULES_H_
