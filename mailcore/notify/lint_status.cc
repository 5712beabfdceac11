// The rules for the fields of message/delivery-status.

#include <optional>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/date_time.h"
#include "mailcore/notify/lint_checks.h"
#include "mailcore/notify/status_fields.h"
#include "mailcore/notify/status_values.h"

namespace mailsec::notify {
namespace {

using base::IsAscii;
using base::IsValidUtf8;
using message::HeaderField;
using message::MimeEntity;

enum class Kind { kText, kMta, kAddress, kDiagnostic, kDate, kAction, kStatus };

// RFC 3464, 2.2 and 2.3.
struct FieldRow {
  absl::string_view name;  // In lower case.
  bool is_of_message;
  Kind kind;
  Rule malformed;
} constexpr kFields[] = {
    {"original-envelope-id", true, Kind::kText, Rule::kEnvelopeIdEmpty},
    {"reporting-mta", true, Kind::kMta, Rule::kReportingMtaMalformed},
    {"dsn-gateway", true, Kind::kMta, Rule::kDsnGatewayMalformed},
    {"received-from-mta", true, Kind::kMta, Rule::kReceivedFromMtaMalformed},
    {"arrival-date", true, Kind::kDate, Rule::kArrivalDateMalformed},
    {"original-recipient", false, Kind::kAddress,
     Rule::kOriginalRecipientMalformed},
    {"final-recipient", false, Kind::kAddress, Rule::kFinalRecipientMalformed},
    {"action", false, Kind::kAction, Rule::kActionUnknown},
    {"status", false, Kind::kStatus, Rule::kStatusMalformed},
    {"remote-mta", false, Kind::kMta, Rule::kRemoteMtaMalformed},
    {"diagnostic-code", false, Kind::kDiagnostic,
     Rule::kDiagnosticCodeMalformed},
    {"last-attempt-date", false, Kind::kDate, Rule::kLastAttemptDateMalformed},
    {"will-retry-until", false, Kind::kDate, Rule::kWillRetryUntilMalformed},
};

const FieldRow* FindRow(const HeaderField& field) {
  for (const FieldRow& row : kFields) {
    if (absl::EqualsIgnoreCase(field.name, row.name)) return &row;
  }
  return nullptr;
}

// The registered types, and those for experiments (RFC 3464, 2.1.2). "unknown"
// comes from 2.3.1, utf-8 from RFC 6533, 6.1.
bool IsAddressType(absl::string_view type) {
  return type == "rfc822" || type == "utf-8" || type == "x400" ||
         type == "unknown" || absl::StartsWith(type, "x-");
}
bool IsMtaNameType(absl::string_view type) {
  return type == "dns" || type == "x400" || absl::StartsWith(type, "x-");
}
bool IsDiagnosticType(absl::string_view type) {
  return type == "smtp" || type == "x400" || absl::StartsWith(type, "x-");
}

// RFC 6533, 3:
//   utf-8-addr-xtext    = 1*(QCHAR / EmbeddedUnicodeChar)
//   utf-8-addr-unitext  = 1*(QUCHAR / EmbeddedUnicodeChar)
//   EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"
// where HEXPOINT is two to six digits. utf-8-address, a Mailbox, may stand in
// its place, so that other characters are not looked at.
bool IsUtf8Address(absl::string_view text, bool must_be_ascii) {
  if (must_be_ascii ? !IsAscii(text) : !IsValidUtf8(text)) return false;
  for (size_t at = text.find('\\'); at != absl::string_view::npos;
       at = text.find('\\', at)) {
    const size_t begin = at + 3;
    if (text.substr(at, 3) != "\\x{") return false;
    at = begin;
    while (at < text.size() && absl::ascii_isxdigit(text[at])) ++at;
    if (at - begin < 2 || at - begin > 6 || text.substr(at, 1) != "}") {
      return false;
    }
  }
  return true;
}

// RFC 3464, 2.3.3 and 2.3.4. What was relayed with some loss may keep the code
// of the conversion (X.6.Y; the note in 2.3.3).
bool Agree(Action action, const smtp::EnhancedStatus& status) {
  switch (action) {
    case Action::kFailed:
      return status.class_code == 4 || status.class_code == 5;
    case Action::kDelayed:
      return status.class_code == 4;
    case Action::kRelayed:
      return status.class_code == 2 || status.subject == 6;
    case Action::kDelivered:
    case Action::kExpanded:
      return status.class_code == 2;
  }
  return true;
}

// Looks at the groups of one delivery status.
// Thread safety: none.
class StatusChecker {
 public:
  StatusChecker(const MimeEntity& part, Findings* findings)
      : part_(part),
        findings_(findings),
        is_global_(part.type.Is("message/global-delivery-status")) {}

  void Check(const StatusFields& status) {
    for (const absl::string_view line : status.malformed_lines) {
      Add(Rule::kStatusPartMalformed, line);
    }
    for (const absl::string_view line : status.extra_empty_lines) {
      Add(Rule::kGroupsExtraLine, line);
    }
    for (size_t i = 0; i < status.groups.size(); ++i) {
      CheckGroup(status.groups[i], /*is_first=*/i == 0);
    }
    if (recipients_ == 0) Add(Rule::kRecipientsMissing, part_.body);
    if (!names_reporter_) Add(Rule::kReportingMtaMissing, part_.body);
  }

 private:
  // What is known of a recipient when its fields have been read.
  struct Recipient {
    absl::string_view begin;
    bool has_final_recipient = false;
    bool has_action = false;
    bool has_status = false;
    std::optional<Action> action;
    std::optional<ParsedStatus> status;
    absl::string_view status_place;
    absl::string_view retry_place;  // Where Will-Retry-Until stands.
  };

  // Where the part is encoded, a field has no place of its own.
  void Add(Rule rule, absl::string_view where, absl::string_view detail = "") {
    findings_->Add(rule, findings_->Holds(where) ? where : part_.body, detail);
  }

  void CheckGroup(const StatusGroup& group, bool is_first) {
    std::optional<Recipient> recipient;
    if (!is_first && !HoldsMessageFieldsOnly(group)) {
      recipient.emplace().begin = group.fields.front().name;
    }
    seen_.clear();
    for (const HeaderField& field : group.fields) {
      const FieldRow* row = FindRow(field);
      if (row == nullptr) continue;
      if (row->is_of_message) {
        if (row->name == "reporting-mta") names_reporter_ = true;
        if (!is_first) Add(Rule::kStatusFieldMisplaced, field.name, field.name);
      } else if (!recipient || BeginsNext(*row, *recipient)) {
        Add(Rule::kGroupsNotParted, field.name, field.name);
        if (recipient) CheckRecipient(*recipient);
        recipient.emplace().begin = field.name;
        seen_.clear();
      }
      CheckField(field, *row, recipient ? &*recipient : nullptr);
    }
    if (recipient) CheckRecipient(*recipient);
  }

  static bool HoldsMessageFieldsOnly(const StatusGroup& group) {
    bool holds_any = false;
    for (const HeaderField& field : group.fields) {
      const FieldRow* row = FindRow(field);
      if (row == nullptr) continue;
      if (!row->is_of_message) return false;
      holds_any = true;
    }
    return holds_any;
  }

  // A whole recipient has been read, and a second one begins.
  static bool BeginsNext(const FieldRow& row, const Recipient& recipient) {
    return (row.name == "final-recipient" ||
            row.name == "original-recipient") &&
           recipient.has_final_recipient && recipient.has_action &&
           recipient.has_status;
  }

  void CheckField(const HeaderField& field, const FieldRow& row,
                  Recipient* recipient) {
    if (!seen_.insert(row.name).second) {
      return Add(Rule::kStatusFieldDuplicate, field.name, field.name);
    }
    const std::string value = field.Unfolded();
    if (!IsWellFormed(field, row, value)) {
      Add(row.malformed, field.name, value);
    }
    if (recipient == nullptr) return;
    if (row.name == "final-recipient") {
      recipient->has_final_recipient = true;
    } else if (row.kind == Kind::kAction) {
      recipient->has_action = true;
      recipient->action = ParseAction(value);
    } else if (row.kind == Kind::kStatus) {
      recipient->has_status = true;
      recipient->status = ParseStatus(value);
      recipient->status_place = field.name;
    } else if (row.name == "will-retry-until") {
      recipient->retry_place = field.name;
    }
  }

  bool IsWellFormed(const HeaderField& field, const FieldRow& row,
                    const std::string& value) {
    switch (row.kind) {
      case Kind::kText:
        return !value.empty();
      case Kind::kAction:
        return ParseAction(value).has_value();
      case Kind::kStatus: {
        const std::optional<ParsedStatus> status = ParseStatus(value);
        return status && status->well_formed;
      }
      case Kind::kDate: {
        const std::optional<message::ParsedDateTime> date =
            message::ParseDateTime(value);
        return date && date->well_formed;
      }
      case Kind::kMta:
      case Kind::kAddress:
      case Kind::kDiagnostic:
        return CheckTyped(field, row.kind, ParseTypedValue(value));
    }
    return true;
  }

  // False if a part of it is missing; other faults are added here.
  bool CheckTyped(const HeaderField& field, Kind kind,
                  const TypedValue& typed) {
    if (typed.type.empty()) return false;
    if (kind == Kind::kDiagnostic) {
      if (!IsDiagnosticType(typed.type)) {
        Add(Rule::kDiagnosticTypeUnknown, field.name, typed.type);
      }
      return true;
    }
    // RFC 3464, 2.3.1 lets the original address be empty.
    if (WithoutComments(typed.value).empty() &&
        !absl::EqualsIgnoreCase(field.name, "Original-Recipient")) {
      return false;
    }
    if (kind == Kind::kAddress) {
      CheckAddress(field, typed);
    } else if (!IsMtaNameType(typed.type)) {
      Add(Rule::kMtaNameTypeUnknown, field.name, typed.type);
    }
    return true;
  }

  void CheckAddress(const HeaderField& field, const TypedValue& typed) {
    if (!IsAddressType(typed.type)) {
      Add(Rule::kAddressTypeUnknown, field.name, typed.type);
    }
    const std::string value(WithoutComments(typed.value));
    if (typed.type == "utf-8") {
      if (!IsUtf8Address(value, /*must_be_ascii=*/!is_global_)) {
        Add(Rule::kUtf8AddressMalformed, field.name, value);
      }
    } else if (is_global_ && !IsAscii(value)) {
      Add(Rule::kUtf8AddressUntyped, field.name, typed.type);
    }
  }

  void CheckRecipient(const Recipient& recipient) {
    ++recipients_;
    if (!recipient.has_final_recipient) {
      Add(Rule::kFinalRecipientMissing, recipient.begin);
    }
    if (!recipient.has_action) Add(Rule::kActionMissing, recipient.begin);
    if (!recipient.has_status) Add(Rule::kStatusMissing, recipient.begin);
    if (recipient.action && recipient.status &&
        !Agree(*recipient.action, recipient.status->status)) {
      Add(Rule::kStatusDisagrees, recipient.status_place,
          absl::StrCat(ActionName(*recipient.action), " with ",
                       recipient.status->status.ToString()));
    }
    if (recipient.retry_place.data() != nullptr && recipient.action &&
        *recipient.action != Action::kDelayed) {
      Add(Rule::kWillRetryUntilNotDelayed, recipient.retry_place,
          ActionName(*recipient.action));
    }
  }

  const MimeEntity& part_;
  Findings* findings_;
  bool is_global_;
  std::set<absl::string_view> seen_;  // Names of kFields, in one group.
  size_t recipients_ = 0;
  bool names_reporter_ = false;
};

}  // namespace

void CheckStatus(const LintSubject& subject, Findings* findings) {
  const MimeEntity* part = subject.parts.status;
  if (part == nullptr) return;
  const HeaderField* encoding = part->header.Find("Content-Transfer-Encoding");
  if (part->type.Is("message/delivery-status") && part->encoding != "7bit") {
    findings->Add(Rule::kStatusPartEncoding,
                  encoding != nullptr ? encoding->name : part->whole,
                  part->encoding);
  }
  const bool is_encoded =
      part->encoding == "base64" || part->encoding == "quoted-printable";
  const std::string decoded = is_encoded ? part->Octets() : "";
  const absl::string_view body =
      is_encoded ? absl::string_view(decoded) : part->body;
  if (part->type.Is("message/global-delivery-status") && !IsValidUtf8(body)) {
    findings->Add(Rule::kStatusPartNotUtf8, part->body);
  }
  StatusChecker(*part, findings).Check(ReadStatusFields(body));
}

}  // namespace mailsec::notify
