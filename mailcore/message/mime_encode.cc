#include "mailcore/message/mime_encode.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/utf8.h"

namespace mailsec::message {
namespace {

using base::NextUtf8;
using base::Utf8Character;

constexpr char kHex[] = "0123456789ABCDEF";
constexpr size_t kQuotedLineOctets = 76;   // RFC 2045, 6.7, rule 5.
constexpr size_t kEncodedWordOctets = 75;  // RFC 2047, 2.
// A word that fills no line better is cut here. Ours.
constexpr size_t kMaxWordOctets = 900;

bool IsPlain(unsigned char c) { return (c >= 0x20 && c <= 0x7E) || c == '\t'; }

// Applies `is_plain` to each line.
template <typename Predicate>
bool HasPlainLines(absl::string_view text, Predicate is_plain) {
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (end == absl::string_view::npos || end > kMaxLineOctets ||
        !is_plain(text.substr(0, end))) {
      return false;
    }
    text.remove_prefix(end + 2);
  }
  return true;
}

void AppendQuoted(unsigned char c, std::string& out) {
  out += '=';
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// One line of quoted-printable, without its end.
void AppendQuotedLine(absl::string_view line, std::string& out) {
  size_t column = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const unsigned char c = line[i];
    const bool last = i + 1 == line.size();
    const bool blank = c == ' ' || c == '\t';
    const bool quoted = !IsPlain(c) || c == '=' || (blank && last);
    const size_t width = quoted ? 3 : 1;
    if (column + width + 1 > kQuotedLineOctets) {  // Room for a soft break.
      out += "=\r\n";
      column = 0;
    }
    column += width;
    if (quoted) {
      AppendQuoted(c, out);
    } else {
      out += static_cast<char>(c);
    }
  }
}

// A character as it stands in an encoded-word; RFC 2047, 4.2 and 5 (3).
std::string WordCharacter(absl::string_view octets, const Utf8Character& c) {
  if (!c.valid) return "=EF=BF=BD";
  if (c.code_point <= 0x20 || c.code_point == 0x7F) return "_";
  if (c.code_point < 0x80 && c.code_point != '=' && c.code_point != '?' &&
      c.code_point != '_') {
    return std::string(octets);
  }
  std::string out;
  for (unsigned char octet : octets) AppendQuoted(octet, out);
  return out;
}

// Takes up to `room` octets off `word`, whole characters.
absl::string_view TakePiece(absl::string_view& word, size_t room) {
  size_t octets = 0;
  while (octets < word.size()) {
    const size_t next = NextUtf8(word.substr(octets)).octets;
    if (octets + next > room) break;
    octets += next;
  }
  const absl::string_view piece = word.substr(0, octets);
  word.remove_prefix(octets);
  return piece;
}

// True if `text` needs no encoded-word.
bool IsPlainWords(absl::string_view text) {
  for (unsigned char c : text) {
    if (c == '\t' || !IsPlain(c)) return false;
  }
  return text.find("=?") == absl::string_view::npos;
}

// Encoded-words, of which the first has at most `first_octets`.
std::string InWords(absl::string_view text, size_t first_octets) {
  std::string out;
  std::string word = "=?utf-8?Q?";
  size_t room = first_octets;
  while (!text.empty()) {
    const Utf8Character c = NextUtf8(text);
    const std::string encoded = WordCharacter(text.substr(0, c.octets), c);
    if (word.size() + encoded.size() + 2 > room) {
      absl::StrAppend(&out, word, "?=\r\n ");
      word = "=?utf-8?Q?";
      room = kEncodedWordOctets;
    }
    word += encoded;
    text.remove_prefix(c.octets);
  }
  return absl::StrCat(out, word, "?=");
}

std::string WithoutControls(absl::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\t') {
      c = ' ';
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      c = '?';
    }
  }
  return out;
}

}  // namespace

bool IsPlain7Bit(absl::string_view text) {
  return HasPlainLines(text, [](absl::string_view line) {
    for (unsigned char c : line) {
      if (!IsPlain(c)) return false;
    }
    return true;
  });
}

bool IsPlain8Bit(absl::string_view text) {
  return HasPlainLines(text, [](absl::string_view line) {
    while (!line.empty()) {
      const Utf8Character c = NextUtf8(line);
      const bool plain =
          c.octets == 1 ? IsPlain(line[0]) : c.code_point >= 0xA0;
      if (!c.valid || !plain) return false;
      line.remove_prefix(c.octets);
    }
    return true;
  });
}

std::string EncodeQuotedPrintable(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    AppendQuotedLine(text.substr(0, end), out);
    if (end == absl::string_view::npos) return out + "=\r\n";
    out += "\r\n";
    text.remove_prefix(end + 2);
  }
  return out;
}

std::string EncodeWords(absl::string_view text) {
  return IsPlainWords(text) ? std::string(text)
                            : InWords(text, kEncodedWordOctets);
}

std::string EncodedField(absl::string_view name, absl::string_view text) {
  const size_t room = kGoodLineOctets - std::min<size_t>(name.size() + 2, 42);
  bool plain = IsPlainWords(text);
  bool first = true;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    plain = plain && word.size() <= (first ? room : kGoodLineOctets - 1);
    first = false;
  }
  if (plain) return FoldedField(name, text);
  return absl::StrCat(
      name, ": ", InWords(text, std::min(room, kEncodedWordOctets)), "\r\n");
}

std::string FoldedField(absl::string_view name, absl::string_view value) {
  std::string out = absl::StrCat(name, ":");
  size_t column = out.size();
  bool empty = true;
  bool first = true;  // The next word is the first of its line.
  for (absl::string_view line : absl::StrSplit(value, '\n')) {
    for (absl::string_view word :
         absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      while (!word.empty()) {
        const absl::string_view piece = TakePiece(word, kMaxWordOctets);
        const bool fold =
            first ? !empty : column + 1 + piece.size() > kGoodLineOctets;
        if (fold) column = 0;
        absl::StrAppend(&out, fold ? "\r\n " : " ", WithoutControls(piece));
        column += 1 + piece.size();
        first = false;
        empty = false;
      }
    }
    first = true;
  }
  return out + "\r\n";
}

std::string MimePart::ToString() const {
  return absl::StrCat(FoldedField("Content-Type", content_type),
                      FoldedField("Content-Transfer-Encoding", encoding),
                      other_fields, "\r\n", body);
}

MimePart EncodeText(absl::string_view content_type, absl::string_view text,
                    bool may_8bit) {
  MimePart part;
  part.content_type = std::string(content_type);
  if (IsPlain7Bit(text)) {
    part.encoding = "7bit";
    part.body = std::string(text);
  } else if (may_8bit && IsPlain8Bit(text)) {
    part.encoding = "8bit";
    part.body = std::string(text);
  } else {
    part.encoding = "quoted-printable";
    part.body = EncodeQuotedPrintable(text);
  }
  return part;
}

}  // namespace mailsec::message
