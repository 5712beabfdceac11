#include "mailcore/message/encoded_word.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "mailcore/message/charset.h"
#include "mailcore/message/mime_decode.h"

namespace mailsec::message {
namespace {

constexpr size_t kMaxEncodedWordOctets = 75;  // RFC 2047, 2.
// What is longer was not meant to be one; it also bounds the time. Ours.
constexpr size_t kMaxReadOctets = 1000;

struct EncodedWord {
  size_t octets = 0;  // With its "=?" and "?=".
  bool complete = false;
  bool well_formed = true;
  DecodedText text;
};

// RFC 2047, 2: token; especials end it.
bool IsTokenChar(char c) {
  return absl::ascii_isgraph(c) &&
         absl::string_view("()<>@,;:\"/[]?.=").find(c) ==
             absl::string_view::npos;
}

// RFC 2047, 4.2. The '.' keeps blanks at the end, which are text here.
std::string DecodeQ(absl::string_view text, bool* well_formed) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '_', ' ');
  DecodedOctets decoded = DecodeQuotedPrintable(spaced + ".");
  *well_formed = *well_formed && decoded.well_formed;
  decoded.octets.pop_back();
  return std::move(decoded.octets);
}

// RFC 2047, 2; RFC 2231, 5:
//   encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text
//                  "?="
// The one with which `text` begins; none if it only begins like one.
std::optional<EncodedWord> ReadEncodedWord(absl::string_view text) {
  text = text.substr(0, kMaxReadOctets);
  size_t at = 2;
  while (at < text.size() && IsTokenChar(text[at])) ++at;
  if (at == 2 || text.size() - at < 3 || text[at] != '?' ||
      text[at + 2] != '?') {
    return std::nullopt;
  }
  const absl::string_view charset = text.substr(2, at - 2);
  const char encoding = absl::ascii_tolower(text[at + 1]);
  const size_t begin = at + 3;
  const size_t end = text.find("?=", begin);
  EncodedWord word;
  if (end == absl::string_view::npos || (encoding != 'b' && encoding != 'q')) {
    word.octets = begin;
    return word;
  }
  const absl::string_view encoded = text.substr(begin, end - begin);
  word.octets = end + 2;
  word.complete = true;
  word.well_formed = word.octets <= kMaxEncodedWordOctets &&
                     encoded.find_first_of(" \t?") == absl::string_view::npos;
  std::string octets;
  if (encoding == 'b') {
    DecodedOctets decoded = DecodeBase64(encoded);
    word.well_formed = word.well_formed && decoded.well_formed;
    octets = std::move(decoded.octets);
  } else {
    octets = DecodeQ(encoded, &word.well_formed);
  }
  word.text = ToUtf8(octets, charset.substr(0, charset.find('*')));
  // With a charset that we do not have, nobody can tell.
  word.well_formed =
      word.well_formed && (word.text.well_formed || !word.text.known_charset);
  return word;
}

bool IsBlankOnly(absl::string_view text) {
  return text.find_first_not_of(" \t\r\n") == absl::string_view::npos;
}

}  // namespace

std::string DecodeEncodedWords(absl::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    size_t begin = text.find("=?");
    const absl::string_view before = text.substr(0, begin);
    if (begin == absl::string_view::npos) {
      return out + ToUtf8(before, "utf-8").utf8;
    }
    const std::optional<EncodedWord> word = ReadEncodedWord(text.substr(begin));
    const bool decoded = word && word->complete && word->text.known_charset;
    if (!decoded || !after_word || !IsBlankOnly(before)) {
      out += ToUtf8(before, "utf-8").utf8;
    }
    if (decoded) out += word->text.utf8;
    const size_t taken = decoded ? word->octets : 2;
    if (!decoded) out += "=?";
    text.remove_prefix(begin + taken);
    after_word = decoded;
  }
  return out;
}

bool HasMalformedEncodedWord(absl::string_view text) {
  for (size_t at = text.find("=?"); at != absl::string_view::npos;
       at = text.find("=?", at)) {
    const std::optional<EncodedWord> word = ReadEncodedWord(text.substr(at));
    if (word && !(word->complete && word->well_formed)) return true;
    at += word ? word->octets : 2;
  }
  return false;
}

}  // namespace mailsec::message
