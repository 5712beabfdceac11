#include "mailcore/smtp/xtext.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"

namespace mailsec::smtp {
namespace {

using base::NextUtf8;
using base::Utf8Character;

bool IsPrintable(unsigned char c) { return c >= 0x20 && c <= 0x7E; }

// HEXDIG of RFC 3461 is upper case; lower case is seen in the wild.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_toupper(static_cast<unsigned char>(c));
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void AppendUtf8(char32_t c, std::string& out) {
  const auto tail = [c](int shift) {
    return static_cast<char>(0x80 | ((c >> shift) & 0x3F));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

// Takes "\x{HEXPOINT}" off `text`; 0 if it does not stand there.
char32_t TakeHexPoint(absl::string_view& text) {
  const size_t end = text.find('}');
  if (text.substr(0, 3) != "\\x{" || end == absl::string_view::npos ||
      end < 4 || end > 9) {
    return 0;
  }
  char32_t point = 0;
  for (char c : text.substr(3, end - 3)) {
    if (HexValue(c) < 0) return 0;
    point = point * 16 + HexValue(c);
  }
  text.remove_prefix(end + 1);
  return point;
}

}  // namespace

// xtext = *( xchar / hexchar ), hexchar = "+" 2HEXDIG,
// xchar = any of %d33-126 but "+" and "="
std::optional<std::string> DecodeXtext(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = text[i];
    if (c == '+') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<unsigned char>(high * 16 + low);
      i += 2;
    } else if (c == '=' || c == ' ') {
      return std::nullopt;
    }
    if (!IsPrintable(c)) return std::nullopt;
    out += static_cast<char>(c);
  }
  return out;
}

std::string EncodeXtext(absl::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : value) {
    if (c > 0x20 && c < 0x7F && c != '+' && c != '=') {
      out += static_cast<char>(c);
    } else {
      out += '+';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

std::optional<std::string> DecodeUnitext(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    char32_t point = 0;
    if (text[0] == '\\') {
      point = TakeHexPoint(text);
      if (point == 0) return std::nullopt;
    } else {
      const Utf8Character c = NextUtf8(text);
      if (!c.valid) return std::nullopt;
      point = c.code_point;
      text.remove_prefix(c.octets);
    }
    if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return std::nullopt;
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return std::nullopt;
    }
    AppendUtf8(point, out);
  }
  return out;
}

std::string EncodeUnitext(absl::string_view value) {
  std::string out;
  while (!value.empty()) {
    const Utf8Character c = NextUtf8(value);
    value.remove_prefix(c.octets);
    if (c.code_point > 0x20 && c.code_point < 0x7F && c.code_point != '\\' &&
        c.code_point != '+' && c.code_point != '=') {
      out += static_cast<char>(c.code_point);
    } else {
      // HEXPOINT is written with capital letters in RFC 6533, and not all who
      // read it fold them.
      absl::StrAppend(&out, "\\x{",
                      absl::AsciiStrToUpper(absl::StrCat(
                          absl::Hex(static_cast<uint32_t>(c.code_point)))),
                      "}");
    }
  }
  return out;
}

}  // namespace mailsec::smtp
