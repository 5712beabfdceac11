#include "mailcore/message/mime_decode.h"

#include <cstdint>

#include "absl/strings/ascii.h"

namespace mailsec::message {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// RFC 2045, 6.8, table 1; -1 if `c` is not in it.
int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// How much of `text` a soft line break takes: "=" *WSP CRLF. 0: it is none.
size_t SoftBreakOctets(absl::string_view text) {
  size_t at = 1;
  while (at < text.size() && IsBlank(text[at])) ++at;
  if (at == text.size()) return at;
  if (text[at] == '\n') return at + 1;
  if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') {
    return at + 2;
  }
  return 0;
}

}  // namespace

DecodedOctets DecodeBase64(absl::string_view text) {
  DecodedOctets out;
  out.octets.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  int digits = 0;
  size_t padding = 0;
  for (const char c : text) {
    if (IsBlank(c) || c == '\r' || c == '\n') continue;
    const int value = Base64Value(c);
    if (c == '=') {
      ++padding;
    } else if (value < 0 || padding > 0) {
      out.well_formed = false;
    } else {
      group = group << 6 | static_cast<uint32_t>(value);
      if (++digits % 4 == 0) {
        out.octets += static_cast<char>(group >> 16 & 0xFF);
        out.octets += static_cast<char>(group >> 8 & 0xFF);
        out.octets += static_cast<char>(group & 0xFF);
        digits = 0;
      }
    }
  }
  if (digits >= 2) {
    group <<= 6 * (4 - digits);
    out.octets += static_cast<char>(group >> 16 & 0xFF);
    if (digits == 3) out.octets += static_cast<char>(group >> 8 & 0xFF);
  }
  const size_t want_padding = digits == 0 ? 0 : static_cast<size_t>(4 - digits);
  if (digits == 1 || padding != want_padding) out.well_formed = false;
  return out;
}

DecodedOctets DecodeQuotedPrintable(absl::string_view text) {
  DecodedOctets out;
  out.octets.reserve(text.size());
  size_t kept = 0;  // Blanks after this many octets may yet be dropped.
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' || (c == '\r' && text.substr(at, 2) == "\r\n")) {
      out.octets.resize(kept);
      out.octets += c;
      if (c == '\r') out.octets += text[++at];
    } else if (IsBlank(c)) {
      out.octets += c;
      continue;
    } else if (c == '=') {
      const absl::string_view rest = text.substr(at);
      const int high = rest.size() > 2 ? HexValue(rest[1]) : -1;
      const int low = rest.size() > 2 ? HexValue(rest[2]) : -1;
      if (const size_t soft = SoftBreakOctets(rest); soft > 0) {
        at += soft - 1;
      } else if (high >= 0 && low >= 0) {
        out.octets += static_cast<char>(high * 16 + low);
        if (absl::ascii_islower(rest[1]) || absl::ascii_islower(rest[2])) {
          out.well_formed = false;
        }
        at += 2;
      } else {
        out.octets += c;
        out.well_formed = false;
      }
    } else {
      out.octets += c;
      if (!absl::ascii_isprint(c)) out.well_formed = false;
    }
    kept = out.octets.size();
  }
  out.octets.resize(kept);
  return out;
}

}  // namespace mailsec::message
