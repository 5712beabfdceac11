#include "mailcore/notify/status_part.h"

#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/date_time.h"
#include "mailcore/smtp/xtext.h"

namespace mailsec::notify {
namespace {

using base::IsAscii;
using base::IsValidUtf8;
using base::PrintableAscii;

// Values from strangers that stand on one line each. Ours; RFC 5321, 4.5.3.1
// gives a path 256 octets, RFC 3461, 4.4 an ENVID 100.
constexpr size_t kMaxValueOctets = 800;
// One line of a reply; RFC 5321, 4.5.3.1.5 gives it 512.
constexpr size_t kMaxReplyLineOctets = 4096;

// RFC 3464, 2.1.2: an atom. Ours may hold letters, digits and hyphens.
std::string TypeWord(absl::string_view type, absl::string_view otherwise) {
  if (type.empty() || type.size() > 40) return std::string(otherwise);
  for (unsigned char c : type) {
    if (!absl::ascii_isalnum(c) && c != '-') return std::string(otherwise);
  }
  return std::string(type);
}

std::string OneLine(absl::string_view value) {
  return PrintableAscii(value, kMaxValueOctets);
}

std::string Address(const TypedValue& address, StatusForm form) {
  const bool utf8 = absl::EqualsIgnoreCase(address.type, "utf-8") ||
                    (!IsAscii(address.value) && IsValidUtf8(address.value));
  if (!utf8 || !IsValidUtf8(address.value)) {
    return absl::StrCat(TypeWord(address.type, "rfc822"), "; ",
                        OneLine(address.value));
  }
  if (form == StatusForm::kGlobal8Bit && base::IsLogSafe(address.value)) {
    return absl::StrCat("utf-8; ", address.value);
  }
  return absl::StrCat("utf-8; ", OneLine(smtp::EncodeUnitext(address.value)));
}

std::string Name(const TypedValue& name) {
  return absl::StrCat(TypeWord(name.type, "dns"), "; ", OneLine(name.value));
}

void AppendField(absl::string_view name, absl::string_view value,
                 std::string& out) {
  absl::StrAppend(&out, name, ": ", value, "\r\n");
}

void AppendDate(absl::string_view name, const std::optional<absl::Time>& time,
                std::string& out) {
  if (time.has_value()) AppendField(name, message::FormatDateTime(*time), out);
}

// All lines of the reply, each on a line of its own and folded where it is
// long.
std::string DiagnosticCode(const TypedValue& code) {
  std::string value = TypeWord(code.type, "smtp") + ";";
  for (absl::string_view line : absl::StrSplit(code.value, '\n')) {
    const std::string blanks = absl::StrReplaceAll(line, {{"\t", " "}});
    absl::StrAppend(&value, value.back() == ';' ? " " : "\n",
                    PrintableAscii(absl::StripAsciiWhitespace(blanks),
                                   kMaxReplyLineOctets));
  }
  return message::FoldedField("Diagnostic-Code", value);
}

// RFC 3464, 2.2.
std::string AboutMessage(const DeliveryReport& report) {
  std::string out;
  if (!report.original_envelope_id.empty()) {
    AppendField("Original-Envelope-Id", OneLine(report.original_envelope_id),
                out);
  }
  AppendField("Reporting-MTA", Name(report.reporting_mta), out);
  if (!report.received_from_mta.empty()) {
    AppendField("Received-From-MTA", Name(report.received_from_mta), out);
  }
  AppendDate("Arrival-Date", report.arrival_date, out);
  return out;
}

// RFC 3464, 2.3.
std::string AboutRecipient(const RecipientStatus& recipient, StatusForm form) {
  std::string out;
  if (!recipient.original_recipient.empty()) {
    AppendField("Original-Recipient",
                Address(recipient.original_recipient, form), out);
  }
  AppendField("Final-Recipient", Address(recipient.final_recipient, form), out);
  AppendField("Action", ActionName(recipient.action), out);
  AppendField("Status", StatusOf(recipient).ToString(), out);
  if (!recipient.remote_mta.empty()) {
    AppendField("Remote-MTA", Name(recipient.remote_mta), out);
  }
  if (!recipient.diagnostic_code.value.empty()) {
    out += DiagnosticCode(recipient.diagnostic_code);
  }
  AppendDate("Last-Attempt-Date", recipient.last_attempt, out);
  if (!recipient.final_log_id.empty()) {
    AppendField("Final-Log-ID", OneLine(recipient.final_log_id), out);
  }
  // RFC 3464, 2.3.9: only of what is tried again.
  if (recipient.action == Action::kDelayed) {
    AppendDate("Will-Retry-Until", recipient.will_retry_until, out);
  }
  return out;
}

}  // namespace

smtp::EnhancedStatus StatusOf(const RecipientStatus& recipient) {
  const smtp::EnhancedStatus& given = recipient.status;
  switch (recipient.action) {
    case Action::kFailed:
      if (given.class_code == 4 || given.class_code == 5) return given;
      return {5, 0, 0};
    case Action::kDelayed:
      if (given.class_code == 4) return given;
      return {4, 0, 0};
    case Action::kDelivered:
    case Action::kRelayed:
    case Action::kExpanded:
      if (given.class_code == 2) return given;
      return {2, 0, 0};
  }
  return {5, 0, 0};
}

bool NeedsGlobal(const DeliveryReport& report) {
  for (const RecipientStatus& recipient : report.recipients) {
    if (!IsAscii(recipient.final_recipient.value) ||
        !IsAscii(recipient.original_recipient.value)) {
      return true;
    }
  }
  return false;
}

message::MimePart StatusPart(const DeliveryReport& report, StatusForm form) {
  std::string text = AboutMessage(report);
  for (const RecipientStatus& recipient : report.recipients) {
    absl::StrAppend(&text, "\r\n", AboutRecipient(recipient, form));
  }
  return message::EncodeText(form == StatusForm::kAscii
                                 ? "message/delivery-status"
                                 : "message/global-delivery-status",
                             text, form == StatusForm::kGlobal8Bit);
}

}  // namespace mailsec::notify
