// The rules for every message, and for messages that no person wrote.

#include <optional>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/auto_submitted.h"
#include "mailcore/message/date_time.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/notify/lint_checks.h"

namespace mailsec::notify {
namespace {

using message::HeaderField;
using message::HeaderScanner;

// RFC 5322, 2.1.1, without the CRLF.
constexpr size_t kMaxLineOctets = 998;
constexpr size_t kMaxLineCharacters = 78;

// RFC 5322, 3.6: those with a maximum number of 1.
constexpr absl::string_view kSingleFields[] = {
    "date", "from",       "sender",      "reply-to",   "to",     "cc",
    "bcc",  "message-id", "in-reply-to", "references", "subject"};

void CheckDuplicates(const HeaderScanner& header, Findings* findings) {
  std::set<std::string> seen;
  for (const HeaderField& field : header.fields()) {
    const std::string name = absl::AsciiStrToLower(field.name);
    for (const absl::string_view single : kSingleFields) {
      if (name == single && !seen.insert(name).second) {
        findings->Add(Rule::kFieldDuplicate, field.name, field.name);
      }
    }
  }
}

// RFC 5322, 3.6.4:
//   msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]
bool IsMessageId(absl::string_view value) {
  const size_t at = value.find('@');
  return value.size() >= 5 && value.front() == '<' && value.back() == '>' &&
         at > 1 && at < value.size() - 2 &&
         value.find('@', at + 1) == absl::string_view::npos &&
         value.find_first_of(" \t<", 1) == absl::string_view::npos &&
         value.find('>') == value.size() - 1;
}

void CheckAutoSubmitted(const HeaderScanner& header, Findings* findings,
                        absl::string_view begin) {
  const HeaderField* field = header.Find("Auto-Submitted");
  if (field == nullptr) {
    return findings->Add(Rule::kAutoSubmittedMissing, begin);
  }
  const std::string keyword = message::AutoSubmittedWord(*field);
  if (keyword == "no") {
    findings->Add(Rule::kAutoSubmittedNo, field->name);
  } else if (keyword != "auto-replied" && keyword != "auto-generated") {
    findings->Add(Rule::kAutoSubmittedUnknown, field->name, keyword);
  }
}

void CheckDate(const HeaderScanner& header, Findings* findings,
               absl::string_view begin) {
  const HeaderField* field = header.Find("Date");
  if (field == nullptr) return findings->Add(Rule::kDateMissing, begin);
  const std::string value = field->Unfolded();
  const std::optional<message::ParsedDateTime> date =
      message::ParseDateTime(value);
  if (!date || !date->well_formed) {
    findings->Add(Rule::kDateMalformed, field->name, value);
  }
}

void CheckPeople(const HeaderScanner& header, Findings* findings,
                 absl::string_view begin) {
  const HeaderField* from = header.Find("From");
  if (from == nullptr) {
    findings->Add(Rule::kFromMissing, begin);
  } else if (const std::string value = from->Unfolded();
             !absl::StrContains(value, '@')) {
    findings->Add(Rule::kFromNoAddress, from->name, value);
  }
  if (!header.Has("To")) findings->Add(Rule::kToMissing, begin);
  const HeaderField* path = header.Find("Return-Path");
  if (path == nullptr) return;
  if (const std::string value = path->Unfolded(); value != "<>") {
    findings->Add(Rule::kReturnPathNotNull, path->name, value);
  }
}

void CheckMessageId(const HeaderScanner& header, Findings* findings,
                    absl::string_view begin) {
  const HeaderField* field = header.Find("Message-ID");
  if (field == nullptr) return findings->Add(Rule::kMessageIdMissing, begin);
  const std::string value = field->Unfolded();
  if (!IsMessageId(value)) {
    findings->Add(Rule::kMessageIdMalformed, field->name, value);
  }
}

bool IsGlobal(const message::MimeEntity* part) {
  return part != nullptr && absl::StartsWith(part->type.subtype, "global");
}

void CheckOctets(const LintSubject& subject, Findings* findings) {
  const bool may_hold_utf8 =
      IsGlobal(subject.parts.status) || IsGlobal(subject.parts.returned);
  for (const HeaderField& field : subject.message.root().header.fields()) {
    const absl::string_view value = field.value;
    if (!base::IsAscii(value) && !(may_hold_utf8 && base::IsValidUtf8(value))) {
      findings->Add(Rule::kHeader8Bit, field.name, field.name);
    }
  }
}

// Checks one line, without its line end. A CR before LF belongs to that.
void CheckLine(absl::string_view line, bool is_original, Findings* findings) {
  if (line.size() > kMaxLineOctets) {
    findings->Add(Rule::kLineTooLong, line);
  } else if (line.size() > kMaxLineCharacters && !is_original) {
    size_t characters = 0;
    for (const char c : line) {
      characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }
    if (characters > kMaxLineCharacters) findings->Add(Rule::kLineLong, line);
  }
  if (const size_t at = line.find('\r'); at != absl::string_view::npos) {
    findings->Add(Rule::kLineBareCr, line.substr(at));
  }
  if (const size_t at = line.find('\0'); at != absl::string_view::npos) {
    findings->Add(Rule::kOctetNul, line.substr(at));
  }
}

}  // namespace

void CheckMessageHeader(const LintSubject& subject, Findings* findings) {
  const HeaderScanner& header = subject.message.root().header;
  const absl::string_view begin = subject.content.substr(0, 0);
  CheckAutoSubmitted(header, findings, begin);
  CheckPeople(header, findings, begin);
  CheckDate(header, findings, begin);
  CheckMessageId(header, findings, begin);
  CheckDuplicates(header, findings);
  CheckOctets(subject, findings);
}

void CheckLines(const LintSubject& subject, Findings* findings) {
  const absl::string_view content = subject.content;
  const bool lf_only = !absl::StrContains(content, "\r\n");
  if (lf_only && absl::StrContains(content, '\n')) {
    findings->Add(Rule::kLineLfOnly, content);
  }
  absl::string_view returned;
  if (subject.parts.returned != nullptr) {
    returned = subject.parts.returned->body;
  }
  const auto returned_at = static_cast<size_t>(
      returned.data() == nullptr ? 0 : returned.data() - content.data());
  for (size_t at = 0; at < content.size();) {
    const size_t line_feed = content.find('\n', at);
    const bool is_cut = line_feed == absl::string_view::npos;
    absl::string_view line =
        content.substr(at, is_cut ? line_feed : line_feed - at);
    const bool is_original =
        at >= returned_at && at < returned_at + returned.size();
    at = is_cut ? content.size() : line_feed + 1;
    if (!is_cut && absl::EndsWith(line, "\r")) {
      line.remove_suffix(1);
    } else if (!is_cut && !lf_only) {
      findings->Add(Rule::kLineBareLf, line);
    }
    CheckLine(line, is_original, findings);
  }
}

}  // namespace mailsec::notify
