#include "mailcore/message/charset.h"

#include "absl/strings/match.h"
#include "mailcore/base/utf8.h"

namespace mailsec::message {
namespace {

enum class Charset { kAscii, kUtf8, kWindows1252, kUnknown };

struct CharsetName {
  const char* name;
  Charset charset;
} constexpr kNames[] = {
    {"us-ascii", Charset::kAscii},
    {"ascii", Charset::kAscii},
    {"ansi_x3.4-1968", Charset::kAscii},
    {"utf-8", Charset::kUtf8},
    {"utf8", Charset::kUtf8},
    {"iso-8859-1", Charset::kWindows1252},
    {"iso8859-1", Charset::kWindows1252},
    {"iso_8859-1", Charset::kWindows1252},
    {"latin1", Charset::kWindows1252},
    {"l1", Charset::kWindows1252},
    {"windows-1252", Charset::kWindows1252},
    {"cp1252", Charset::kWindows1252},
};

// What windows-1252 has at 0x80 to 0x9F; null where it has nothing.
constexpr const char* kWindows1252[] = {
    "€", nullptr, "‚",     "ƒ", "„",     "…",     "†", "‡",     "ˆ", "‰", "Š",
    "‹", "Œ",     nullptr, "Ž", nullptr, nullptr, "‘", "’",     "“", "”", "•",
    "–", "—",     "˜",     "™", "š",     "›",     "œ", nullptr, "ž", "Ÿ"};

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.

Charset FindCharset(absl::string_view name) {
  for (const CharsetName& row : kNames) {
    if (absl::EqualsIgnoreCase(row.name, name)) return row.charset;
  }
  return Charset::kUnknown;
}

void Replace(DecodedText* out) {
  out->utf8.append(kReplacement.data(), kReplacement.size());
  out->well_formed = false;
}

void FromUtf8(absl::string_view octets, DecodedText* out) {
  while (!octets.empty()) {
    const base::Utf8Character c = base::NextUtf8(octets);
    if (c.valid) {
      out->utf8.append(octets.data(), c.octets);
    } else {
      Replace(out);
    }
    octets.remove_prefix(c.octets);
  }
}

void FromAscii(absl::string_view octets, DecodedText* out) {
  for (const char c : octets) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out->utf8 += c;
    } else {
      Replace(out);
    }
  }
}

void FromWindows1252(absl::string_view octets, DecodedText* out) {
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x80) {
      out->utf8 += c;
    } else if (octet >= 0xA0) {
      out->utf8 += static_cast<char>(0xC0 | octet >> 6);
      out->utf8 += static_cast<char>(0x80 | (octet & 0x3F));
    } else if (const char* text = kWindows1252[octet - 0x80]) {
      out->utf8 += text;
    } else {
      Replace(out);
    }
  }
}

}  // namespace

DecodedText ToUtf8(absl::string_view octets, absl::string_view charset) {
  DecodedText out;
  out.utf8.reserve(octets.size());
  switch (FindCharset(charset)) {
    case Charset::kAscii:
      FromAscii(octets, &out);
      break;
    case Charset::kUtf8:
      FromUtf8(octets, &out);
      break;
    case Charset::kWindows1252:
      FromWindows1252(octets, &out);
      break;
    case Charset::kUnknown:
      FromUtf8(octets, &out);
      out.known_charset = false;
      break;
  }
  return out;
}

}  // namespace mailsec::message
