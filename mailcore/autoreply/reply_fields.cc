#include "mailcore/autoreply/reply_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/base/utf8.h"
#include "mailcore/message/encoded_word.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/mime_encode.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using base::NextUtf8;
using message::HeaderField;
using message::HeaderScanner;

// More of a field's value is not looked at. Ours: enough for the characters
// and the ids that are kept, with all their encoding and folding.
constexpr size_t kMaxSubjectOctets = 8 * 1024;
constexpr size_t kMaxReferencesOctets = 64 * 1024;
// Octets of UTF-8 in an encoded-word of base64: 60 and 12 around them are
// below the 75 of RFC 2047, 2.
constexpr size_t kPhraseWordOctets = 45;

// Blanks, C0, DEL, C1, line and paragraph separator, and what turns the
// direction of writing (as in base/log_safe.h).
bool IsBlank(char32_t c) {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 ||
         c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool IsMessageId(absl::string_view id) {
  if (id.size() > kMaxMessageIdOctets) return false;
  for (const unsigned char c : id) {
    if (!absl::ascii_isgraph(c)) return false;
  }
  const size_t at = id.find('@');
  return at != absl::string_view::npos && at > 1 && at + 2 < id.size();
}

// phrase = 1*word: as it is, as a quoted string, or as encoded-words. Those
// are of base64, whose signs may stand in a phrase (RFC 2047, 5 (3)).
std::string Phrase(absl::string_view name) {
  if (!base::IsAscii(name)) {
    std::vector<std::string> words;
    while (!name.empty()) {
      size_t octets = 0;
      while (octets < name.size()) {
        const size_t next = NextUtf8(name.substr(octets)).octets;
        if (octets + next > kPhraseWordOctets) break;
        octets += next;
      }
      words.push_back(absl::StrCat(
          "=?utf-8?B?", absl::Base64Escape(name.substr(0, octets)), "?="));
      name.remove_prefix(octets);
    }
    return absl::StrJoin(words, " ");
  }
  bool plain = true;
  std::string quoted = "\"";
  for (const char c : name) {
    plain = plain && (absl::ascii_isalnum(c) || c == ' ' || c == '-');
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return plain ? std::string(name) : quoted + "\"";
}

}  // namespace

std::string OneLine(absl::string_view text, size_t max_characters) {
  std::string out;
  size_t characters = 0;
  size_t cut = 0;  // Where the ellipsis would go.
  bool blank = false;
  while (!text.empty()) {
    const base::Utf8Character c = NextUtf8(text);
    const absl::string_view octets = text.substr(0, c.octets);
    text.remove_prefix(c.octets);
    if (!c.valid || IsBlank(c.code_point)) {
      blank = true;
      continue;
    }
    const size_t needed = blank && !out.empty() ? 2 : 1;
    if (characters + needed > max_characters) {
      return absl::StrCat(out.substr(0, cut), "\xE2\x80\xA6");
    }
    if (needed == 2) out += ' ';
    absl::StrAppend(&out, octets);
    characters += needed;
    if (characters < max_characters) cut = out.size();
    blank = false;
  }
  return out;
}

std::string SubjectField(const HeaderScanner& original,
                         absl::string_view prefix) {
  std::string text;
  if (const HeaderField* field = original.Find("Subject")) {
    const HeaderField head = {
        .name = field->name,
        .value = field->value.substr(0, kMaxSubjectOctets)};
    text = OneLine(message::DecodeEncodedWords(head.Unfolded()),
                   kMaxSubjectCharacters);
  }
  const std::string doubled = absl::StrCat(prefix, ":");
  if (absl::StartsWithIgnoreCase(text, doubled)) {
    text = std::string(
        absl::StripLeadingAsciiWhitespace(text.substr(doubled.size())));
  }
  if (text.empty()) text = "(no subject)";
  // "Subject: Auto" as the name keeps the prefix out of encoded-words, where
  // those who look for it would not find it.
  return message::EncodedField(absl::StrCat("Subject: ", prefix), text);
}

std::vector<std::string> MessageIdsIn(absl::string_view value) {
  std::vector<std::string> ids;
  value = value.substr(0, kMaxReferencesOctets);
  size_t begin = value.find('<');
  while (begin != absl::string_view::npos) {
    const size_t end = value.find_first_of("<>", begin + 1);
    if (end == absl::string_view::npos) break;
    if (value[end] == '<') {
      begin = end;
      continue;
    }
    const absl::string_view id = value.substr(begin, end + 1 - begin);
    if (IsMessageId(id)) ids.emplace_back(id);
    begin = value.find('<', end);
  }
  return ids;
}

std::string OriginalMessageId(const HeaderScanner& original) {
  if (original.Count("Message-ID") != 1) return "";
  std::vector<std::string> ids =
      MessageIdsIn(original.Find("Message-ID")->value);
  return ids.size() == 1 ? std::move(ids[0]) : "";
}

std::string ThreadFields(const HeaderScanner& original) {
  const std::string id = OriginalMessageId(original);
  if (id.empty()) return "";
  std::vector<std::string> references;
  if (const HeaderField* field = original.Find("References")) {
    references = MessageIdsIn(field->value);
  } else if (const HeaderField* replied = original.Find("In-Reply-To")) {
    references = MessageIdsIn(replied->value);
    if (references.size() > 1) references.clear();  // RFC 5322, 3.6.4.
  }
  references.push_back(id);
  if (references.size() > kMaxReferences) {
    references.erase(references.begin() + 1,
                     references.end() - (kMaxReferences - 1));
  }
  return absl::StrCat("In-Reply-To: ", id,
                      "\r\nReferences: ", absl::StrJoin(references, "\r\n "),
                      "\r\n");
}

std::string FromField(const Address& address, absl::string_view display_name) {
  const std::string path = absl::StrCat("<", address.ToString(), ">");
  const std::string name = OneLine(display_name, display_name.size());
  if (name.empty()) return absl::StrCat("From: ", path, "\r\n");
  // The address is not folded: a quoted local part may hold blanks.
  std::string field = message::FoldedField("From", Phrase(name));
  field.resize(field.size() - 2);
  const size_t column = field.size() - (field.rfind('\n') + 1);
  const bool fits = column + 1 + path.size() <= message::kGoodLineOctets;
  return absl::StrCat(field, fits ? " " : "\r\n ", path, "\r\n");
}

std::string NewMessageId(absl::string_view kind, absl::string_view unique,
                         const Address& owner) {
  const address::Domain* domain = owner.domain();
  return message::NewMessageId(
      kind, unique,
      domain != nullptr
          ? domain->ascii()
          : std::get<address::AddressLiteral>(owner.host()).ToString());
}

}  // namespace mailsec::autoreply
