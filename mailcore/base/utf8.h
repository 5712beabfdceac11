// utf8.h: which character comes next?
//
// One decoder for all code that looks at octets of a peer: log text, addresses,
// header fields.
//
//   while (!text.empty()) {
//     const Utf8Character c = NextUtf8(text);
//     Show(c.code_point);
//     text.remove_prefix(c.octets);
//   }

#ifndef MAILCORE_BASE_UTF8_H_
#define MAILCORE_BASE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace mailsec::base {

// Thread safety: a value.
struct Utf8Character {
  char32_t code_point;  // The octet's value if not valid.
  size_t octets;        // 1 to 4; 1 if not valid.
  bool valid;  // Well-formed: shortest form, no surrogate, at most U+10FFFF
               // (RFC 3629, 3).
};

// The first character of `text`, which must not be empty.
Utf8Character NextUtf8(absl::string_view text);

// True if all of `text` is well-formed UTF-8; so is the empty text.
bool IsValidUtf8(absl::string_view text);

// True if no octet is above 0x7F. Fast.
bool IsAscii(absl::string_view text);

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_UTF8_H_
