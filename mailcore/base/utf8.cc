#include "mailcore/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace mailsec::base {
namespace {

// RFC 3629, 4: UTF8-tail = %x80-BF.
bool IsTail(uint8_t octet) { return (octet & 0xC0) == 0x80; }

// How many octets a character has that starts with `first`; 0 if none can.
size_t SequenceLength(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

}  // namespace

Utf8Character NextUtf8(absl::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const Utf8Character invalid = {first, 1, false};
  const size_t length = SequenceLength(first);
  if (length == 1) return {first, 1, true};
  if (length == 0 || text.size() < length) return invalid;
  char32_t code_point = first & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto octet = static_cast<uint8_t>(text[i]);
    if (!IsTail(octet)) return invalid;
    code_point = code_point << 6 | (octet & 0x3F);
  }
  const bool overlong = (length == 3 && code_point < 0x800) ||
                        (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return invalid;
  return {code_point, length, true};
}

bool IsValidUtf8(absl::string_view text) {
  while (!text.empty()) {
    const Utf8Character c = NextUtf8(text);
    if (!c.valid) return false;
    text.remove_prefix(c.octets);
  }
  return true;
}

bool IsAscii(absl::string_view text) {
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof(word));
    if (word & 0x8080808080808080u) return false;
  }
  for (; i < text.size(); ++i) {
    if (static_cast<uint8_t>(text[i]) > 0x7F) return false;
  }
  return true;
}

}  // namespace mailsec::base
