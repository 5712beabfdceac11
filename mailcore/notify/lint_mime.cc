// The rules for the MIME structure, and for the parts of a report.

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/charset.h"
#include "mailcore/message/encoded_word.h"
#include "mailcore/message/mime_decode.h"
#include "mailcore/notify/lint_checks.h"

namespace mailsec::notify {
namespace {

using message::HeaderField;
using message::HeaderScanner;
using message::MimeEntity;

constexpr size_t kMaxBoundaryCharacters = 70;     // RFC 2046, 5.1.1.
constexpr size_t kMaxEncodedLineCharacters = 76;  // RFC 2045, 6.7 and 6.8.

// The encodings that leave the octets as they are (RFC 2045, 6.2).
bool IsIdentity(absl::string_view encoding) {
  return encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

bool IsEncoded(absl::string_view encoding) {
  return encoding == "base64" || encoding == "quoted-printable";
}

// The field of this name, or the begin of the part.
absl::string_view Place(const MimeEntity& part, absl::string_view name) {
  const HeaderField* field = part.header.Find(name);
  return field != nullptr ? field->name : part.whole.substr(0, 0);
}

absl::string_view TypePlace(const MimeEntity& part) {
  return Place(part, "Content-Type");
}

// RFC 2046, 5.1.1:
//   boundary := 0*69<bchars> bcharsnospace
bool IsBoundary(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxBoundaryCharacters &&
         text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) ||
                  absl::StrContains("'()+_,-./:=? ", c);
         });
}

void CheckMultipart(const LintSubject& subject, const MimeEntity& part,
                    Findings* findings) {
  const std::string* boundary = part.type.Find("boundary");
  if (boundary == nullptr) {
    return findings->Add(Rule::kBoundaryMissing, TypePlace(part));
  }
  if (!IsBoundary(*boundary)) {
    findings->Add(Rule::kBoundaryIllegal, TypePlace(part), *boundary);
  }
  if (!part.is_closed && subject.message.is_complete()) {
    findings->Add(Rule::kBoundaryUnclosed, TypePlace(part), *boundary);
  }
  if (part.encoding != "7bit") return;
  for (const size_t index : part.children) {
    const MimeEntity& child = subject.message.parts()[index];
    if ((child.encoding == "8bit" || child.encoding == "binary") &&
        !base::IsAscii(child.whole)) {
      return findings->Add(Rule::kEncodingOfOuter,
                           Place(part, "Content-Transfer-Encoding"));
    }
  }
}

// RFC 2045, 6.4; RFC 6532 and 6533 allow encodings for the types they add.
// For message/delivery-status, CheckStatus() says it.
bool IsComposite(const message::ContentType& type) {
  return type.IsMultipart() || type.Is("message/rfc822") ||
         type.Is("message/partial") || type.Is("message/external-body");
}

// True if the body is well-formed in its encoding.
bool CheckEncodedBody(const MimeEntity& part, Findings* findings) {
  const message::DecodedOctets decoded =
      part.encoding == "base64" ? message::DecodeBase64(part.body)
                                : message::DecodeQuotedPrintable(part.body);
  if (!decoded.well_formed) {
    findings->Add(Rule::kEncodingMalformed, part.body, part.encoding);
  }
  for (size_t at = 0; at < part.body.size();) {
    size_t end = part.body.find('\n', at);
    if (end == absl::string_view::npos) end = part.body.size();
    absl::string_view line = part.body.substr(at, end - at);
    if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
    if (line.size() > kMaxEncodedLineCharacters) {
      findings->Add(Rule::kEncodingLineTooLong, line);
      break;
    }
    at = end + 1;
  }
  return decoded.well_formed;
}

// True if the octets are such as the encoding allows.
bool CheckEncoding(const MimeEntity& part, Findings* findings) {
  const absl::string_view place = Place(part, "Content-Transfer-Encoding");
  if (!IsIdentity(part.encoding) && !IsEncoded(part.encoding)) {
    findings->Add(Rule::kEncodingUnknown, place, part.encoding);
    return false;
  }
  if (IsComposite(part.type) && IsEncoded(part.encoding)) {
    findings->Add(Rule::kEncodingOfComposite, place, part.type.ToString());
    return false;
  }
  if (IsEncoded(part.encoding)) return CheckEncodedBody(part, findings);
  if (part.encoding != "7bit" || part.type.IsMultipart()) return true;
  const auto octet =
      std::find_if(part.body.begin(), part.body.end(),
                   [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
  if (octet == part.body.end()) return true;
  const auto offset = static_cast<size_t>(octet - part.body.begin());
  findings->Add(Rule::kOctetsUndeclared, part.body.substr(offset));
  return false;
}

// A returned header has the octets of the original, and no charset.
void CheckCharset(const MimeEntity& part, Findings* findings) {
  if (part.type.type != "text" || part.type.subtype == "rfc822-headers") return;
  const std::string* charset = part.type.Find("charset");
  const std::string name = charset != nullptr ? *charset : "us-ascii";
  const message::DecodedText text = message::ToUtf8(part.Octets(), name);
  if (text.known_charset && !text.well_formed) {
    findings->Add(Rule::kCharsetMismatch, TypePlace(part), name);
  }
}

void CheckPart(const LintSubject& subject, const MimeEntity& part,
               Findings* findings) {
  const HeaderScanner& header = part.header;
  if (header.has_other_lines()) {
    findings->Add(Rule::kHeaderMalformed, part.body);
  }
  if (header.Has("Content-Type") && !part.type.well_formed) {
    findings->Add(Rule::kContentTypeMalformed, TypePlace(part));
  }
  for (const HeaderField& field : header.fields()) {
    if (message::HasMalformedEncodedWord(field.Unfolded())) {
      findings->Add(Rule::kEncodedWordMalformed, field.name, field.name);
    }
  }
  const bool is_sound = CheckEncoding(part, findings);
  if (part.type.IsMultipart()) CheckMultipart(subject, part, findings);
  if (is_sound) CheckCharset(part, findings);
}

// RFC 6522, 3: the subtype of the second part. RFC 6533, 4.4 takes the global
// one for equivalent.
bool IsReportType(const std::string& kind, const MimeEntity* status) {
  return absl::EqualsIgnoreCase(kind, "delivery-status") ||
         (status != nullptr &&
          status->type.Is("message/global-delivery-status") &&
          absl::EqualsIgnoreCase(kind, "global-delivery-status"));
}

void CheckReportType(const LintSubject& subject, Findings* findings) {
  const MimeEntity& root = subject.message.root();
  const MimeEntity* report = subject.parts.report;
  if (report != &root || !root.type.Is("multipart/report")) {
    findings->Add(Rule::kReportNotTopLevel, TypePlace(root),
                  root.type.ToString());
  }
  if (report == nullptr || !report->type.Is("multipart/report")) return;
  const std::string* kind = report->type.Find("report-type");
  if (kind == nullptr) {
    findings->Add(Rule::kReportTypeMissing, TypePlace(*report));
  } else if (!IsReportType(*kind, subject.parts.status)) {
    findings->Add(Rule::kReportTypeWrong, TypePlace(*report), *kind);
  }
}

void CheckExplanation(const LintSubject& subject, const MimeEntity& part,
                      Findings* findings) {
  if (part.type.type != "text" && !part.type.IsMultipart()) {
    // If a status stands in the first place, part.second says it.
    if (!IsStatusType(part.type)) {
      findings->Add(Rule::kPartFirst, TypePlace(part), part.type.ToString());
    }
    return;
  }
  const MimeEntity* text = FindText(subject.message, part);
  if (text == nullptr) return;
  const std::string words = text->Text();
  if (absl::StripAsciiWhitespace(words).empty()) {
    findings->Add(Rule::kPartFirstEmpty, TypePlace(*text));
  }
}

void CheckReturned(const MimeEntity& part, Findings* findings) {
  if (!IsReturnedType(part.type) || part.type.Is("message/rfc822-headers")) {
    return findings->Add(Rule::kPartThird, TypePlace(part),
                         part.type.ToString());
  }
  const std::string octets = part.Octets();
  const HeaderScanner header(
      octets, {.other_lines = HeaderScanner::OtherLines::kEndsSection});
  if (header.fields().empty()) {
    return findings->Add(Rule::kReturnedEmpty, TypePlace(part));
  }
  const absl::string_view body =
      absl::string_view(octets).substr(header.body_offset());
  const bool holds_body = header.has_end() && !header.has_other_lines() &&
                          !absl::StripAsciiWhitespace(body).empty();
  const bool is_header = absl::EndsWith(part.type.subtype, "headers");
  if (is_header && holds_body) {
    findings->Add(Rule::kReturnedBody, TypePlace(part), part.type.ToString());
  }
  if (!is_header && !header.has_end()) {
    findings->Add(Rule::kReturnedHeaderOnly, TypePlace(part),
                  part.type.ToString());
  }
}

}  // namespace

void CheckMime(const LintSubject& subject, Findings* findings) {
  const MimeEntity& root = subject.message.root();
  const HeaderField* version = root.header.Find("MIME-Version");
  if (version == nullptr) {
    findings->Add(Rule::kMimeVersionMissing, root.whole.substr(0, 0));
  } else {
    const std::string value = version->Unfolded();
    const absl::string_view number =
        absl::string_view(value).substr(0, value.find('('));
    if (absl::StripAsciiWhitespace(number) != "1.0") {
      findings->Add(Rule::kMimeVersionWrong, version->name, value);
    }
  }
  for (const MimeEntity& part : subject.message.parts()) {
    CheckPart(subject, part, findings);
  }
}

void CheckStructure(const LintSubject& subject, Findings* findings) {
  CheckReportType(subject, findings);
  const MimeEntity* report = subject.parts.report;
  if (report == nullptr || report->type.Find("boundary") == nullptr) return;
  const auto child = [&](size_t i) -> const MimeEntity& {
    return subject.message.parts()[report->children[i]];
  };
  const size_t count = report->children.size();
  if (count != 2 && count != 3) {
    findings->Add(Rule::kPartsCount, TypePlace(*report),
                  absl::StrCat("this one has ", count));
  }
  if (count > 0) CheckExplanation(subject, child(0), findings);
  if (count > 1 && !IsStatusType(child(1).type)) {
    findings->Add(Rule::kPartSecond, TypePlace(child(1)),
                  child(1).type.ToString());
  }
  if (count > 2) CheckReturned(child(2), findings);
}

}  // namespace mailsec::notify
