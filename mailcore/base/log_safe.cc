#include "mailcore/base/log_safe.h"

#include <cstdint>

#include "mailcore/base/utf8.h"

namespace mailsec::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Characters that a terminal or an editor acts upon instead of showing them.
bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
         c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool IsSafe(const Utf8Character& c) {
  return c.valid && c.code_point != U'\\' && !IsControl(c.code_point);
}

void AppendHex(absl::string_view octets, std::string& out) {
  for (const char octet : octets) {
    const auto value = static_cast<uint8_t>(octet);
    out += {'\\', 'x', kHex[value >> 4], kHex[value & 15]};
  }
}

}  // namespace

std::string LogSafe(absl::string_view text, size_t max_octets) {
  constexpr absl::string_view kCut = "...";
  std::string out;
  size_t cut_at = 0;  // The longest whole part that leaves room for kCut.
  while (!text.empty()) {
    const Utf8Character c = NextUtf8(text);
    const absl::string_view octets = text.substr(0, c.octets);
    if (IsSafe(c)) {
      out.append(octets.data(), octets.size());
    } else {
      AppendHex(octets, out);
    }
    if (out.size() > max_octets) {
      out.resize(cut_at);
      if (kCut.size() <= max_octets) out.append(kCut.data(), kCut.size());
      return out;
    }
    if (out.size() + kCut.size() <= max_octets) cut_at = out.size();
    text.remove_prefix(c.octets);
  }
  return out;
}

bool IsLogSafe(absl::string_view text) {
  if (text.size() > kMaxLogSafeOctets) return false;
  while (!text.empty()) {
    const Utf8Character c = NextUtf8(text);
    if (!IsSafe(c)) return false;
    text.remove_prefix(c.octets);
  }
  return true;
}

std::string PrintableAscii(absl::string_view text, size_t max_octets) {
  std::string out;
  bool replaced = false;  // The octet before was replaced.
  for (const char octet : text) {
    const bool printable = octet >= 0x20 && octet < 0x7F;
    if (!printable && replaced) continue;
    if (out.size() == max_octets) break;
    out += printable ? octet : '?';
    replaced = !printable;
  }
  return out;
}

}  // namespace mailsec::base
