#include "mailcore/ip/ip_address.h"

#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mailsec::ip {
namespace {

constexpr int kGroups = 8;  // An IPv6 address has 8 groups of 16 bits.

absl::Status Malformed(absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("not an IP address: ", reason));
}

// RFC 3986, 3.2.2, whose rule is the strict one (RFC 5321's Snum lets "010"
// pass):
//   IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet
//   dec-octet   = 0 to 255, without leading zeros
absl::StatusOr<uint32_t> ParseV4(absl::string_view text) {
  uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text[0] != '.') {
        return Malformed("a dotted quad has four parts of digits");
      }
      text.remove_prefix(1);
    }
    uint32_t octet = 0;
    size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      octet = octet * 10 + static_cast<uint32_t>(text[digits] - '0');
      if (++digits > 3 || octet > 255) return Malformed("a part exceeds 255");
    }
    if (digits == 0) return Malformed("a dotted quad has four parts of digits");
    if (digits > 1 && text[0] == '0') {
      return Malformed("a leading zero is octal to some and decimal to others");
    }
    text.remove_prefix(digits);
    value = value << 8 | octet;
  }
  if (!text.empty()) return Malformed("something follows the dotted quad");
  return value;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

using Groups = std::array<uint16_t, kGroups>;

// The groups as written, and where "::" stood.
struct V6Parts {
  Groups groups{};
  int count = 0;
  std::optional<int> gap;  // How many groups are before the "::".
};

// Reads one group or, as the last part, a dotted quad, off the front.
absl::Status TakeV6Part(absl::string_view& text, V6Parts& parts) {
  const size_t end = text.find(':');
  const absl::string_view part = text.substr(0, end);
  if (part.find('.') != absl::string_view::npos) {
    if (end != absl::string_view::npos) {
      return Malformed("a dotted quad is the last part or none");
    }
    if (parts.count + 2 > kGroups) return Malformed("too many groups");
    const absl::StatusOr<uint32_t> quad = ParseV4(part);
    if (!quad.ok()) return quad.status();
    parts.groups[parts.count++] = static_cast<uint16_t>(*quad >> 16);
    parts.groups[parts.count++] = static_cast<uint16_t>(*quad);
  } else {
    if (parts.count + 1 > kGroups) return Malformed("too many groups");
    if (part.empty()) return Malformed("an empty group");
    if (part.size() > 4) return Malformed("a group has at most four digits");
    uint16_t group = 0;
    for (const char c : part) {
      const int digit = HexDigit(c);
      if (digit < 0) return Malformed("a group holds hexadecimal digits only");
      group = static_cast<uint16_t>(group << 4 | digit);
    }
    parts.groups[parts.count++] = group;
  }
  text.remove_prefix(part.size());
  return absl::OkStatus();
}

// RFC 4291, 2.2: groups parted by ':', one "::" for one or more groups of
// zeros, the last 32 bits perhaps as a dotted quad.
//
// RFC 5321's IPv6-comp wants two groups or more behind a "::", which RFC 4291
// does not: one is taken.
absl::StatusOr<Groups> ParseV6(absl::string_view text) {
  V6Parts parts;
  if (text.substr(0, 2) == "::") {
    parts.gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const absl::Status taken = TakeV6Part(text, parts);
    if (!taken.ok()) return taken;
    if (text.empty()) break;
    text.remove_prefix(1);  // TakeV6Part() stopped at ':'.
    if (text.empty()) return Malformed("it ends in a colon");
    if (text[0] == ':') {
      if (parts.gap) return Malformed("a second \"::\"");
      parts.gap = parts.count;
      text.remove_prefix(1);
    }
  }
  if (!parts.gap) {
    if (parts.count < kGroups) return Malformed("too few groups");
    return parts.groups;
  }
  if (parts.count == kGroups) return Malformed("\"::\" stands for no group");
  Groups groups{};
  for (int i = 0; i < parts.count; ++i) {
    const int to = i < *parts.gap ? i : kGroups - parts.count + i;
    groups[to] = parts.groups[i];
  }
  return groups;
}

std::array<uint8_t, 16> ToOctets(const Groups& groups) {
  std::array<uint8_t, 16> octets;
  for (int i = 0; i < kGroups; ++i) {
    octets[2 * i] = static_cast<uint8_t>(groups[i] >> 8);
    octets[2 * i + 1] = static_cast<uint8_t>(groups[i]);
  }
  return octets;
}

// RFC 5952, 4: lower case, no leading zeros, "::" for the first of the longest
// runs of two or more groups of zeros.
std::string V6ToString(const Groups& groups) {
  int run_at = -1;
  int run_length = 1;
  for (int i = 0; i < kGroups;) {
    int end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > run_length) {
      run_at = i;
      run_length = end - i;
    }
    i = end + 1;
  }
  std::string out;
  for (int i = 0; i < kGroups; ++i) {
    if (i == run_at) {
      out += "::";
      i += run_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    absl::StrAppend(&out, absl::Hex(groups[i]));
  }
  return out;
}

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(base::StringView text) {
  if (text.empty()) return Malformed("it is empty");
  for (const char c : text) {
    switch (c) {
      case '%':
        return Malformed("a zone id means something on one host only");
      case '/':
        return Malformed("a prefix length makes it a network");
      case '[':
      case ']':
        return Malformed("brackets belong to address literals");
      case ' ':
        return Malformed("it holds a space");
      default:
        break;
    }
  }
  if (text.find(':') == absl::string_view::npos) {
    const absl::StatusOr<uint32_t> v4 = ParseV4(text);
    if (!v4.ok()) return v4.status();
    return IpAddress(0, *v4, true);
  }
  const absl::StatusOr<Groups> v6 = ParseV6(text);
  if (!v6.ok()) return v6.status();
  return FromV6(ToOctets(*v6));
}

IpAddress IpAddress::FromV4(std::array<uint8_t, 4> octets) {
  uint64_t low = 0;
  for (const uint8_t octet : octets) low = low << 8 | octet;
  return IpAddress(0, low, true);
}

IpAddress IpAddress::FromV6(std::array<uint8_t, 16> octets) {
  uint64_t high = 0;
  uint64_t low = 0;
  for (int i = 0; i < 8; ++i) {
    high = high << 8 | octets[i];
    low = low << 8 | octets[i + 8];
  }
  if (high == 0 && low >> 32 == 0xFFFF) {
    return IpAddress(0, low & 0xFFFFFFFF, true);
  }
  return IpAddress(high, low, false);
}

std::array<uint8_t, 16> IpAddress::ToV6Octets() const {
  const uint64_t low = v4_ ? low_ | uint64_t{0xFFFF} << 32 : low_;
  std::array<uint8_t, 16> octets;
  for (int i = 0; i < 8; ++i) {
    octets[i] = static_cast<uint8_t>(high_ >> (56 - 8 * i));
    octets[i + 8] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  return octets;
}

std::string IpAddress::ToString() const {
  if (v4_) {
    return absl::StrCat(low_ >> 24, ".", low_ >> 16 & 255, ".", low_ >> 8 & 255,
                        ".", low_ & 255);
  }
  Groups groups;
  for (int i = 0; i < 4; ++i) {
    groups[i] = static_cast<uint16_t>(high_ >> (48 - 16 * i));
    groups[i + 4] = static_cast<uint16_t>(low_ >> (48 - 16 * i));
  }
  return V6ToString(groups);
}

bool IpAddress::IsLoopback() const {
  return v4_ ? low_ >> 24 == 127 : high_ == 0 && low_ == 1;
}

bool IpAddress::IsUnspecified() const { return high_ == 0 && low_ == 0; }

}  // namespace mailsec::ip
