#include "mailcore/notify/lint_rules.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::notify {
namespace {

constexpr auto kError = Violation::Severity::kError;
constexpr auto kWarning = Violation::Severity::kWarning;
constexpr size_t kMaxDetailOctets = 200;

struct Row {
  Rule rule;
  LintRule text;
};

constexpr Row kRows[] = {
    // The multipart.
    {Rule::kReportNone,
     {"report.none", kError, "RFC 3464, 2",
      "this is no delivery status notification: no multipart/report with a "
      "message/delivery-status"}},
    {Rule::kReportNotTopLevel,
     {"report.not-top-level", kError, "RFC 3464, 2",
      "the type of the message itself must be multipart/report"}},
    {Rule::kReportTypeMissing,
     {"report-type.missing", kError, "RFC 6522, 3",
      "multipart/report needs the parameter report-type"}},
    {Rule::kReportTypeWrong,
     {"report-type.wrong", kError, "RFC 3464, 2; RFC 6522, 3",
      "report-type must be delivery-status, or global-delivery-status if the "
      "second part is that"}},
    {Rule::kPartsCount,
     {"parts.count", kError, "RFC 6522, 3", "a report has two or three parts"}},
    {Rule::kPartFirst,
     {"part.first", kWarning, "RFC 6522, 3",
      "the first part is for people: text, or several of them in a "
      "multipart"}},
    {Rule::kPartFirstEmpty,
     {"part.first-empty", kWarning, "RFC 6522, 3",
      "the first part must explain to people what happened, and is empty"}},
    {Rule::kPartSecond,
     {"part.second", kError, "RFC 3464, 2",
      "the second part must be message/delivery-status or "
      "message/global-delivery-status"}},
    {Rule::kPartThird,
     {"part.third", kWarning, "RFC 6533, 4",
      "the third part should be message/rfc822, text/rfc822-headers, "
      "message/global or message/global-headers"}},
    {Rule::kReturnedHeaderOnly,
     {"returned.header-only", kWarning, "RFC 6522, 4",
      "a header section without its message should be text/rfc822-headers or "
      "message/global-headers"}},
    {Rule::kReturnedBody,
     {"returned.body", kWarning, "RFC 6522, 4",
      "this type holds the header section only, and something follows it"}},
    {Rule::kReturnedEmpty,
     {"returned.empty", kWarning, "RFC 6522, 4",
      "the returned part has no header fields of the original"}},
    // The delivery status.
    {Rule::kStatusPartEncoding,
     {"status-part.encoding", kError, "RFC 3464, 2.1",
      "message/delivery-status must be in the encoding 7bit"}},
    {Rule::kStatusPartMalformed,
     {"status-part.malformed", kError, "RFC 3464, 2.1",
      "this line is neither a field nor a continuation of one"}},
    {Rule::kStatusPartNotUtf8,
     {"status-part.not-utf8", kError, "RFC 6533, 4.1",
      "message/global-delivery-status must be UTF-8"}},
    {Rule::kGroupsNotParted,
     {"groups.not-parted", kError, "RFC 3464, 2.1",
      "an empty line must stand before the fields of each recipient"}},
    {Rule::kGroupsExtraLine,
     {"groups.extra-line", kWarning, "RFC 3464, 2.1",
      "one empty line parts two groups, not several"}},
    {Rule::kRecipientsMissing,
     {"recipients.missing", kError, "RFC 3464, 2.1",
      "the report must have at least one group of fields of a recipient"}},
    {Rule::kStatusFieldMisplaced,
     {"status-field.misplaced", kError, "RFC 3464, 2.2",
      "a field about the message belongs to the first group"}},
    {Rule::kStatusFieldDuplicate,
     {"status-field.duplicate", kError, "RFC 3464, 2.2 and 2.3",
      "a field may occur only once in its group"}},
    {Rule::kEnvelopeIdEmpty,
     {"original-envelope-id.empty", kWarning, "RFC 3464, 2.2.1",
      "Original-Envelope-Id is only for an ENVID that the sender gave"}},
    {Rule::kReportingMtaMissing,
     {"reporting-mta.missing", kError, "RFC 3464, 2.2.2",
      "Reporting-MTA is required in the first group"}},
    {Rule::kReportingMtaMalformed,
     {"reporting-mta.malformed", kError, "RFC 3464, 2.2.2",
      "Reporting-MTA is a type, ';' and a name: dns; mx.example.org"}},
    {Rule::kDsnGatewayMalformed,
     {"dsn-gateway.malformed", kError, "RFC 3464, 2.2.3",
      "DSN-Gateway is a type, ';' and a name: dns; mx.example.org"}},
    {Rule::kReceivedFromMtaMalformed,
     {"received-from-mta.malformed", kError, "RFC 3464, 2.2.4",
      "Received-From-MTA is a type, ';' and a name: dns; mx.example.org"}},
    {Rule::kArrivalDateMalformed,
     {"arrival-date.malformed", kError, "RFC 3464, 2.2.5",
      "Arrival-Date is a date and time with a numeric zone"}},
    {Rule::kOriginalRecipientMalformed,
     {"original-recipient.malformed", kError, "RFC 3464, 2.3.1",
      "Original-Recipient is a type, ';' and an address: rfc822; "
      "bob@example.org"}},
    {Rule::kFinalRecipientMissing,
     {"final-recipient.missing", kError, "RFC 3464, 2.3.2",
      "Final-Recipient is required for each recipient"}},
    {Rule::kFinalRecipientMalformed,
     {"final-recipient.malformed", kError, "RFC 3464, 2.3.2",
      "Final-Recipient is a type, ';' and an address: rfc822; "
      "bob@example.org"}},
    {Rule::kActionMissing,
     {"action.missing", kError, "RFC 3464, 2.3.3",
      "Action is required for each recipient"}},
    {Rule::kActionUnknown,
     {"action.unknown", kError, "RFC 3464, 2.3.3",
      "Action is failed, delayed, delivered, relayed or expanded"}},
    {Rule::kStatusMissing,
     {"status.missing", kError, "RFC 3464, 2.3.4",
      "Status is required for each recipient"}},
    {Rule::kStatusMalformed,
     {"status.malformed", kError, "RFC 3464, 2.3.4",
      "Status is three numbers without leading zeros, the first of them 2, 4 "
      "or 5: 5.1.1"}},
    {Rule::kStatusDisagrees,
     {"status.disagrees", kError, "RFC 3464, 2.3.4",
      "the class of Status must agree with Action: 4 or 5 for failed, 4 for "
      "delayed, else 2"}},
    {Rule::kRemoteMtaMalformed,
     {"remote-mta.malformed", kError, "RFC 3464, 2.3.5",
      "Remote-MTA is a type, ';' and a name: dns; mx.example.com"}},
    {Rule::kDiagnosticCodeMalformed,
     {"diagnostic-code.malformed", kError, "RFC 3464, 2.3.6",
      "Diagnostic-Code is a type, ';' and text: smtp; 550 5.1.1 Unknown"}},
    {Rule::kLastAttemptDateMalformed,
     {"last-attempt-date.malformed", kError, "RFC 3464, 2.3.7",
      "Last-Attempt-Date is a date and time with a numeric zone"}},
    {Rule::kWillRetryUntilMalformed,
     {"will-retry-until.malformed", kError, "RFC 3464, 2.3.9",
      "Will-Retry-Until is a date and time with a numeric zone"}},
    {Rule::kWillRetryUntilNotDelayed,
     {"will-retry-until.not-delayed", kError, "RFC 3464, 2.3.9",
      "Will-Retry-Until may only stand with the Action delayed"}},
    {Rule::kAddressTypeUnknown,
     {"address-type.unknown", kWarning, "RFC 3464, 2.1.2",
      "this type of address is not registered; rfc822, utf-8, x400 and unknown "
      "are, and X- is free"}},
    {Rule::kMtaNameTypeUnknown,
     {"mta-name-type.unknown", kWarning, "RFC 3464, 2.1.2",
      "this type of name is not registered; dns and x400 are, and X- is "
      "free"}},
    {Rule::kDiagnosticTypeUnknown,
     {"diagnostic-type.unknown", kWarning, "RFC 3464, 2.1.2",
      "this type of diagnostic is not registered; smtp and x400 are, and X- is "
      "free"}},
    {Rule::kUtf8AddressMalformed,
     {"utf-8-address.malformed", kError, "RFC 6533, 3",
      "an address of type utf-8 is UTF-8 with \\x{HEX}, and in "
      "message/delivery-status ASCII only"}},
    {Rule::kUtf8AddressUntyped,
     {"utf-8-address.untyped", kError, "RFC 6533, 3",
      "an address that is not ASCII has the type utf-8"}},
    // The message.
    {Rule::kAutoSubmittedMissing,
     {"auto-submitted.missing", kWarning, "RFC 3834, 3.1.7",
      "a message that no person wrote should say Auto-Submitted: "
      "auto-replied"}},
    {Rule::kAutoSubmittedNo,
     {"auto-submitted.no", kError, "RFC 3834, 5",
      "Auto-Submitted: no is for messages that a person wrote"}},
    {Rule::kAutoSubmittedUnknown,
     {"auto-submitted.unknown", kWarning, "RFC 3834, 5",
      "Auto-Submitted is auto-replied or auto-generated"}},
    {Rule::kReturnPathNotNull,
     {"return-path.not-null", kError, "RFC 5321, 4.5.5",
      "a notification is sent from the null path: Return-Path is <>"}},
    {Rule::kToMissing,
     {"to.missing", kError, "RFC 3464, 2",
      "the header must address the original's sender: To is missing"}},
    {Rule::kDateMissing,
     {"date.missing", kError, "RFC 5322, 3.6", "Date is required"}},
    {Rule::kDateMalformed,
     {"date.malformed", kError, "RFC 5322, 3.3",
      "Date is written as in Tue, 25 Nov 2025 10:00:00 +0000"}},
    {Rule::kFromMissing,
     {"from.missing", kError, "RFC 5322, 3.6", "From is required"}},
    {Rule::kFromNoAddress,
     {"from.no-address", kError, "RFC 5322, 3.6.2",
      "From names no mailbox, with a domain"}},
    {Rule::kMessageIdMissing,
     {"message-id.missing", kWarning, "RFC 5322, 3.6.4",
      "each message should have a Message-ID"}},
    {Rule::kMessageIdMalformed,
     {"message-id.malformed", kError, "RFC 5322, 3.6.4",
      "Message-ID is one <left@right>"}},
    {Rule::kFieldDuplicate,
     {"field.duplicate", kError, "RFC 5322, 3.6",
      "this field may occur only once"}},
    {Rule::kHeaderMalformed,
     {"header.malformed", kError, "RFC 5322, 2.2",
      "this line of the header section is no field, and ends it"}},
    {Rule::kHeader8Bit,
     {"header.8bit", kError, "RFC 5322, 2.2; RFC 6532, 3.2",
      "a header field holds octets above 0x7F, which must be encoded words, or "
      "UTF-8 in an internationalised report"}},
    {Rule::kLineTooLong,
     {"line.too-long", kError, "RFC 5322, 2.1.1",
      "a line must not exceed 998 octets"}},
    {Rule::kLineLong,
     {"line.long", kWarning, "RFC 5322, 2.1.1",
      "a line should not exceed 78 characters"}},
    {Rule::kLineBareCr,
     {"line.bare-cr", kError, "RFC 5322, 2.3", "CR may only stand before LF"}},
    {Rule::kLineBareLf,
     {"line.bare-lf", kError, "RFC 5322, 2.3",
      "LF may only stand after CR; other lines end in CRLF"}},
    {Rule::kLineLfOnly,
     {"line.lf-only", kWarning, "RFC 5322, 2.3",
      "all lines end in LF: a stored form; on its way, they end in CRLF"}},
    {Rule::kOctetNul,
     {"octet.nul", kError, "RFC 5322, 2.1", "a message holds no NUL octet"}},
    // MIME.
    {Rule::kMimeVersionMissing,
     {"mime-version.missing", kError, "RFC 2045, 4",
      "MIME-Version: 1.0 is required"}},
    {Rule::kMimeVersionWrong,
     {"mime-version.wrong", kError, "RFC 2045, 4", "MIME-Version is 1.0"}},
    {Rule::kContentTypeMalformed,
     {"content-type.malformed", kError, "RFC 2045, 5.1",
      "Content-Type is written as in text/plain; charset=utf-8"}},
    {Rule::kBoundaryMissing,
     {"boundary.missing", kError, "RFC 2046, 5.1.1",
      "a multipart needs the parameter boundary"}},
    {Rule::kBoundaryIllegal,
     {"boundary.illegal", kError, "RFC 2046, 5.1.1",
      "a boundary has 1 to 70 characters, of letters, digits, blanks (not at "
      "its end) and '()+_,-./:=?"}},
    {Rule::kBoundaryUnclosed,
     {"boundary.unclosed", kError, "RFC 2046, 5.1.1",
      "the multipart lacks its last delimiter"}},
    {Rule::kEncodingUnknown,
     {"encoding.unknown", kError, "RFC 2045, 6.1",
      "Content-Transfer-Encoding is 7bit, 8bit, binary, quoted-printable or "
      "base64"}},
    {Rule::kEncodingOfComposite,
     {"encoding.of-composite", kError, "RFC 2045, 6.4",
      "a multipart or message/rfc822 must not be encoded itself"}},
    {Rule::kEncodingMalformed,
     {"encoding.malformed", kError, "RFC 2045, 6.7 and 6.8",
      "the body is not well-formed in its encoding"}},
    {Rule::kEncodingLineTooLong,
     {"encoding.line-too-long", kError, "RFC 2045, 6.7 and 6.8",
      "a line of an encoded body must not exceed 76 characters"}},
    {Rule::kEncodingOfOuter,
     {"encoding.of-outer", kError, "RFC 2045, 6.4",
      "a multipart that is 7bit has a part that is 8bit or binary"}},
    {Rule::kOctetsUndeclared,
     {"octets.undeclared", kError, "RFC 2045, 6.2",
      "octets above 0x7F need the encoding 8bit"}},
    {Rule::kCharsetMismatch,
     {"charset.mismatch", kError, "RFC 2046, 4.1.2",
      "the text has octets that its charset has not"}},
    {Rule::kEncodedWordMalformed,
     {"encoded-word.malformed", kError, "RFC 2047, 2",
      "this encoded word is too long, has blanks in it or does not decode"}},
};

constexpr bool IsInOrder() {
  size_t next = 0;
  for (const Row& row : kRows) {
    if (static_cast<size_t>(row.rule) != next++) return false;
  }
  return next == static_cast<size_t>(Rule::kEncodedWordMalformed) + 1;
}
static_assert(IsInOrder());

const Row& Find(Rule rule) { return kRows[static_cast<size_t>(rule)]; }

}  // namespace

absl::string_view SeverityName(Violation::Severity severity) {
  switch (severity) {
    case Violation::Severity::kError:
      return "error";
    case Violation::Severity::kWarning:
      return "warning";
  }
  return "";
}

std::vector<LintRule> LintRules() {
  std::vector<LintRule> rules;
  for (const Row& row : kRows) rules.push_back(row.text);
  return rules;
}

bool Findings::Holds(absl::string_view view) const {
  const std::less_equal<const char*> before;
  return before(content_.data(), view.data()) &&
         before(view.data() + view.size(), content_.data() + content_.size());
}

void Findings::Add(Rule rule, absl::string_view where,
                   absl::string_view detail) {
  if (++counts_[rule] > kMaxViolationsOfARule) return;
  found_.push_back({static_cast<size_t>(where.data() - content_.data()), rule,
                    base::LogSafe(detail, kMaxDetailOctets)});
}

std::vector<Violation> Findings::Take() {
  std::stable_sort(
      found_.begin(), found_.end(),
      [](const Found& a, const Found& b) { return a.offset < b.offset; });
  std::vector<Violation> out;
  size_t at = 0;
  int line = 1;
  for (const Found& found : found_) {
    const absl::string_view passed = content_.substr(at, found.offset - at);
    line += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
    at = found.offset;
    const LintRule& text = Find(found.rule).text;
    std::string message(text.summary);
    if (!found.detail.empty())
      absl::StrAppend(&message, " (", found.detail, ")");
    out.push_back({text.severity, line, std::string(text.name),
                   std::string(text.rfc), std::move(message)});
  }
  found_.clear();
  return out;
}

}  // namespace mailsec::notify
