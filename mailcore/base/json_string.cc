#include "mailcore/base/json_string.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"

namespace mailsec::base {
namespace {

// Code points that a terminal obeys rather than shows.
bool IsEscapedInJson(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

void AppendJsonString(absl::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const Utf8Character c = NextUtf8(text);
    if (!c.valid) {
      out += "\\ufffd";
    } else if (c.code_point == '"' || c.code_point == '\\') {
      out += '\\';
      out += text[0];
    } else if (IsEscapedInJson(c.code_point)) {
      absl::StrAppend(
          &out, "\\u",
          absl::Hex(static_cast<uint32_t>(c.code_point), absl::kZeroPad4));
    } else {
      absl::StrAppend(&out, text.substr(0, c.octets));
    }
    text.remove_prefix(c.octets);
  }
  out += '"';
}

}  // namespace mailsec::base
