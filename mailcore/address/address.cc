#include "mailcore/address/address.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"

namespace mailsec::address {
namespace {

using ip::IpAddress;

constexpr size_t kMaxMailboxOctets = kMaxPathOctets - 2;

absl::Status Malformed(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("not an address: ", reason));
}

// RFC 5322, 3.2.3: atext.
constexpr bool IsAtextAscii(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
      (c >= '0' && c <= '9')) {
    return true;
  }
  for (const char special : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '/',
                             '=', '?', '^', '_', '`', '{', '|', '}', '~'}) {
    if (c == special) return true;
  }
  return false;
}

struct AtextTable {
  bool is_atext[128] = {};
  constexpr AtextTable() {
    for (int i = 0; i < 128; ++i) is_atext[i] = IsAtextAscii(char(i));
  }
};
constexpr AtextTable kAtext;

// How many octets at the start of `text` are one UTF8-non-ascii (RFC 6531,
// 3.3). Zero if none is there, or a control that could end or forge a line.
size_t Utf8NonAsciiLength(absl::string_view text) {
  const base::Utf8Character c = base::NextUtf8(text);
  if (!c.valid || c.code_point < 0xA0) return 0;
  if (c.code_point == 0x2028 || c.code_point == 0x2029) return 0;
  return c.octets;
}

// How many octets at the start of `text` are one atext of RFC 6531; or zero.
size_t AtextLength(absl::string_view text) {
  const auto octet = static_cast<uint8_t>(text[0]);
  if (octet < 128) return kAtext.is_atext[octet] ? 1 : 0;
  return Utf8NonAsciiLength(text);
}

// RFC 5321, 4.1.2:
//   Dot-string = Atom *("."  Atom)
//   Atom       = 1*atext
// Returns how many octets at the start of `text` could be one: atext and dots.
size_t DotStringLength(absl::string_view text) {
  size_t length = 0;
  while (length < text.size()) {
    const size_t octets =
        text[length] == '.' ? 1 : AtextLength(text.substr(length));
    if (octets == 0) break;
    length += octets;
  }
  return length;
}

// Given atext and dots only: is each atom there?
bool HasWholeAtoms(absl::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         !absl::StrContains(text, "..");
}

bool IsDotString(absl::string_view text) {
  return DotStringLength(text) == text.size() && HasWholeAtoms(text);
}

// RFC 5321, 4.1.2, with RFC 6531, 3.3:
//   Quoted-string   = DQUOTE *QcontentSMTP DQUOTE
//   QcontentSMTP    = qtextSMTP / quoted-pairSMTP
//   quoted-pairSMTP = %d92 %d32-126
//   qtextSMTP       = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii
// Takes one off the front of `text`, which begins with DQUOTE.
absl::StatusOr<std::string> TakeQuotedString(absl::string_view& text) {
  std::string content;
  size_t i = 1;
  while (i < text.size() && text[i] != '"') {
    size_t octets = 1;
    if (text[i] == '\\') {
      if (++i == text.size()) break;
    } else if (static_cast<uint8_t>(text[i]) > 0x7F) {
      octets = Utf8NonAsciiLength(text.substr(i));
      if (octets == 0) return Malformed("it is not UTF-8, or holds a control");
    }
    if (octets == 1 && (text[i] < ' ' || text[i] > '~')) {
      return Malformed("a character that no quoted string may hold");
    }
    absl::StrAppend(&content, text.substr(i, octets));
    i += octets;
  }
  if (i >= text.size()) return Malformed("a quoted string does not end");
  text.remove_prefix(i + 1);
  return content;
}

// Local-part = Dot-string / Quoted-string. Takes one off the front of `text`.
absl::StatusOr<std::string> TakeLocalPart(absl::string_view& text) {
  if (!text.empty() && text.front() == '"') return TakeQuotedString(text);
  const size_t length = DotStringLength(text);
  const absl::string_view local_part = text.substr(0, length);
  if (length == text.size()) return Malformed("it has no '@'");
  if (!HasWholeAtoms(local_part)) {
    return Malformed("an empty part before or after a dot, or no local part");
  }
  text.remove_prefix(length);
  return std::string(local_part);
}

// The wire form: as it is if it is a Dot-string, or quoted.
void AppendLocalPart(absl::string_view local_part, std::string& out) {
  if (IsDotString(local_part)) {
    absl::StrAppend(&out, local_part);
    return;
  }
  out += '"';
  for (const char c : local_part) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// True if a Quoted-string can hold it.
bool IsQuotable(absl::string_view local_part) {
  while (!local_part.empty()) {
    const char c = local_part[0];
    size_t octets = 1;
    if (static_cast<uint8_t>(c) > 0x7F) {
      octets = Utf8NonAsciiLength(local_part);
    } else if (c < ' ' || c > '~') {
      return false;
    }
    if (octets == 0) return false;
    local_part.remove_prefix(octets);
  }
  return true;
}

std::string HostToString(const Address::Host& host) {
  if (const auto* literal = std::get_if<AddressLiteral>(&host)) {
    return literal->ToString();
  }
  const auto& domain = std::get<Domain>(host);
  return domain.needs_smtputf8() ? domain.ToUnicode() : domain.ascii();
}

}  // namespace

// RFC 5321, 4.1.3:
//   address-literal      = "[" ( IPv4-address-literal /
//                          IPv6-address-literal ) "]"
//   IPv4-address-literal = Snum 3("."  Snum)
//   IPv6-address-literal = "IPv6:" IPv6-addr
absl::StatusOr<AddressLiteral> AddressLiteral::Parse(base::StringView text) {
  constexpr absl::string_view kTag = "IPv6:";
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return Malformed("an address literal stands in brackets");
  }
  text = text.substr(1, text.size() - 2);
  const bool tagged = absl::StartsWithIgnoreCase(text, kTag);
  if (tagged) text.remove_prefix(kTag.size());
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(text);
  if (!ip.ok()) return ip.status();
  if (tagged != absl::StrContains(text, ":")) {
    return Malformed("\"IPv6:\" goes before an IPv6 address and no other");
  }
  return AddressLiteral(*ip);
}

std::string AddressLiteral::ToString() const {
  return absl::StrCat(ip_.is_v4() ? "[" : "[IPv6:", ip_.ToString(), "]");
}

Address::Address(std::string local_part, Host host, std::string text)
    : local_part_(std::move(local_part)),
      host_(std::move(host)),
      text_(std::move(text)),
      needs_smtputf8_(!base::IsAscii(text_)) {}

// RFC 5321, 4.1.2: Mailbox = Local-part "@" ( Domain / address-literal )
absl::StatusOr<Address> Address::Parse(base::StringView text) {
  if (text.size() > kMaxMailboxOctets) return Malformed("it is too long");
  absl::StatusOr<std::string> local_part = TakeLocalPart(text);
  if (!local_part.ok()) return local_part.status();
  if (text.empty() || text.front() != '@') {
    return Malformed("no '@' after the local part");
  }
  text.remove_prefix(1);
  if (text.empty()) return Malformed("no domain after the '@'");
  std::string written;
  written.reserve(local_part->size() + 1 + text.size());
  AppendLocalPart(*local_part, written);
  written += '@';
  if (text.front() == '[') {
    const absl::StatusOr<AddressLiteral> literal = AddressLiteral::Parse(text);
    if (!literal.ok()) return literal.status();
    written += literal->ToString();
    return Address(*std::move(local_part), *literal, std::move(written));
  }
  absl::StatusOr<Domain> domain = Domain::Parse(text);
  if (!domain.ok()) return domain.status();
  absl::StrAppend(&written, text);
  return Address(*std::move(local_part), *std::move(domain),
                 std::move(written));
}

absl::StatusOr<Address> Address::Create(base::StringView local_part,
                                        Host host) {
  if (!IsQuotable(local_part)) {
    return Malformed("a local part is UTF-8 without control characters");
  }
  std::string text;
  AppendLocalPart(local_part, text);
  absl::StrAppend(&text, "@", HostToString(host));
  if (text.size() > kMaxMailboxOctets) return Malformed("it is too long");
  return Address(std::string(local_part), std::move(host), std::move(text));
}

std::string Address::CanonicalKey() const {
  std::string key;
  key.reserve(text_.size());
  for (const char c : local_part_) {
    key += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  key += '@';
  if (const Domain* name = domain()) {
    key += name->ascii();
  } else {
    key += HostToString(host_);
  }
  return key;
}

}  // namespace mailsec::address
