#include "mailcore/notify/report_parser.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/message/charset.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/mime_reader.h"
#include "mailcore/notify/report_parts.h"
#include "mailcore/notify/status_fields.h"
#include "mailcore/notify/status_values.h"
#include "mailcore/smtp/xtext.h"

namespace mailsec::notify {
namespace {

using message::HeaderField;
using message::MimeEntity;
using message::ToUtf8;

constexpr size_t kMaxRecipients = 10000;

// True if `line` begins with a reply code and what may follow it.
bool IsReplyLine(absl::string_view line, absl::string_view code) {
  return absl::ConsumePrefix(&line, code) &&
         (line.empty() || line[0] == '-' || line[0] == ' ');
}

// The value in UTF-8, whatever its octets are; where it was folded, with one
// blank. If `code` is not empty, a folded line that begins with that reply code
// is a line of its own.
std::string Text(const HeaderField& field, absl::string_view code = "") {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(field.value, '\n')) {
    const absl::string_view words = absl::StripAsciiWhitespace(line);
    if (words.empty()) continue;
    if (!out.empty()) {
      out += !code.empty() && IsReplyLine(words, code) ? '\n' : ' ';
    }
    out.append(words.data(), words.size());
  }
  std::replace(out.begin(), out.end(), '\r', ' ');
  return ToUtf8(out, "utf-8").utf8;
}

TypedValue Typed(const HeaderField& field) {
  return ParseTypedValue(Text(field));
}

// A reply of several lines is written in as many folded lines.
TypedValue Diagnostic(const HeaderField& field) {
  const TypedValue typed = Typed(field);
  const absl::string_view code = absl::string_view(typed.value).substr(0, 3);
  const bool has_lines =
      code.size() == 3 && typed.value.size() > 3 && typed.value[3] == '-' &&
      std::all_of(code.begin(), code.end(),
                  [](char c) { return absl::ascii_isdigit(c); });
  return has_lines ? ParseTypedValue(Text(field, code)) : typed;
}

// A name of a host may have its address in a comment behind it.
TypedValue MtaName(const HeaderField& field) {
  TypedValue out = Typed(field);
  out.value = std::string(WithoutComments(out.value));
  return out;
}

// Some put brackets around the address; "utf-8" has an encoding of its own
// (RFC 6533, 3).
TypedValue AddressOf(const HeaderField& field) {
  TypedValue out = MtaName(field);
  absl::string_view value = out.value;
  if (absl::ConsumePrefix(&value, "<") && absl::ConsumeSuffix(&value, ">")) {
    out.value = std::string(value);
  }
  if (out.type == "utf-8") {
    if (std::optional<std::string> decoded = smtp::DecodeUnitext(out.value)) {
      out.value = *std::move(decoded);
    }
  }
  return out;
}

std::optional<absl::Time> Date(const HeaderField& field) {
  const std::optional<message::ParsedDateTime> date =
      message::ParseDateTime(field.Unfolded());
  if (!date) return std::nullopt;
  return date->time;
}

// What one field says about the message; false if it says nothing of it.
bool ReadMessageField(const HeaderField& field, DeliveryReport* report) {
  const std::string name = absl::AsciiStrToLower(field.name);
  if (name == "reporting-mta") {
    if (report->reporting_mta.empty()) report->reporting_mta = MtaName(field);
  } else if (name == "received-from-mta") {
    if (report->received_from_mta.empty()) {
      report->received_from_mta = MtaName(field);
    }
  } else if (name == "original-envelope-id") {
    if (report->original_envelope_id.empty()) {
      report->original_envelope_id = Text(field);
    }
  } else if (name == "arrival-date") {
    if (!report->arrival_date) report->arrival_date = Date(field);
  } else {
    return false;
  }
  return true;
}

// Gathers the fields of one recipient; the first of a name counts.
// Thread safety: none.
class RecipientReader {
 public:
  bool names_recipient() const {
    return !out_.final_recipient.empty() || !out_.original_recipient.empty();
  }

  // True if `field` begins the next recipient, where the empty line between
  // them is missing.
  bool IsNext(const HeaderField& field) const {
    if (absl::EqualsIgnoreCase(field.name, "Final-Recipient")) {
      return !out_.final_recipient.empty();
    }
    return absl::EqualsIgnoreCase(field.name, "Original-Recipient") &&
           names_recipient() && has_action_;
  }

  void Read(const HeaderField& field) {
    const std::string name = absl::AsciiStrToLower(field.name);
    if (name == "original-recipient") {
      if (out_.original_recipient.empty()) {
        out_.original_recipient = AddressOf(field);
      }
    } else if (name == "final-recipient") {
      out_.final_recipient = AddressOf(field);
    } else if (name == "action") {
      ReadAction(field);
    } else if (name == "status") {
      ReadStatus(field);
    } else if (name == "remote-mta") {
      if (out_.remote_mta.empty()) out_.remote_mta = MtaName(field);
    } else if (name == "diagnostic-code") {
      if (out_.diagnostic_code.empty())
        out_.diagnostic_code = Diagnostic(field);
    } else if (name == "last-attempt-date") {
      if (!out_.last_attempt) out_.last_attempt = Date(field);
    } else if (name == "will-retry-until") {
      if (!out_.will_retry_until) out_.will_retry_until = Date(field);
    } else if (name == "final-log-id") {
      if (out_.final_log_id.empty()) out_.final_log_id = Text(field);
    }
  }

  RecipientStatus Take() {
    if (!has_action_) out_.action = ActionOfClass(out_.status.class_code);
    RecipientStatus taken = std::move(out_);
    *this = RecipientReader();
    return taken;
  }

 private:
  static Action ActionOfClass(int class_code) {
    if (class_code == 2) return Action::kDelivered;
    return class_code == 4 ? Action::kDelayed : Action::kFailed;
  }

  void ReadAction(const HeaderField& field) {
    const std::optional<Action> action = ParseAction(field.Unfolded());
    if (!action || has_action_) return;
    out_.action = *action;
    has_action_ = true;
  }

  void ReadStatus(const HeaderField& field) {
    const std::optional<ParsedStatus> status = ParseStatus(field.Unfolded());
    if (status && out_.status.IsNone()) out_.status = status->status;
  }

  RecipientStatus out_;
  bool has_action_ = false;
};

DeliveryReport ReadReport(absl::string_view body) {
  DeliveryReport report;
  for (const StatusGroup& group : ReadStatusFields(body).groups) {
    RecipientReader recipient;
    const auto keep = [&] {
      if (recipient.names_recipient() &&
          report.recipients.size() < kMaxRecipients) {
        report.recipients.push_back(recipient.Take());
      }
    };
    for (const HeaderField& field : group.fields) {
      if (ReadMessageField(field, &report)) continue;
      if (recipient.IsNext(field)) keep();
      recipient.Read(field);
    }
    keep();
  }
  return report;
}

void ReadReturned(const MimeEntity& part, ParsedReport* out) {
  const std::string octets = part.Octets();
  const message::HeaderScanner header(
      octets,
      {.other_lines = message::HeaderScanner::OtherLines::kEndsSection});
  out->original_headers =
      ToUtf8(absl::string_view(octets).substr(0, header.header_octets()),
             "utf-8")
          .utf8;
  if (const HeaderField* id = header.Find("Message-ID")) {
    out->original_message_id = Text(*id);
  }
}

}  // namespace

absl::StatusOr<ParsedReport> ParseReport(base::StringView content) {
  const message::MimeReader message(content);
  const std::optional<ReportParts> parts = FindReportParts(message);
  if (!parts) {
    return absl::NotFoundError("not a delivery status notification");
  }
  ParsedReport out;
  if (parts->status != nullptr) {
    out.report = ReadReport(parts->status->Octets());
  }
  if (out.report.recipients.empty()) {
    return absl::InvalidArgumentError("the report names no recipient");
  }
  if (parts->explanation != nullptr) {
    const MimeEntity* text = FindText(message, *parts->explanation);
    if (text != nullptr) out.explanation = text->Text();
  }
  if (parts->returned != nullptr) ReadReturned(*parts->returned, &out);
  return out;
}

}  // namespace mailsec::notify
