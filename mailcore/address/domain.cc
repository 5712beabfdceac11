#include "mailcore/address/domain.h"

#include <idn2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/utf8.h"

namespace mailsec::address {
namespace {

using base::IsAscii;

constexpr size_t kMaxDomainOctets = 255;          // RFC 5321, 4.5.3.1.2.
constexpr size_t kMaxLabelOctets = 63;            // RFC 1035, 2.3.4.
constexpr absl::string_view kAcePrefix = "xn--";  // RFC 5890, 2.3.2.1.

absl::Status Malformed(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("not a domain: ", reason));
}

// Folds ASCII only, whatever the locale (RFC 4343).
char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool IsLabelOctet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// RFC 5321, 4.1.2:
//   sub-domain = Let-dig [Ldh-str]
//   Ldh-str    = *( ALPHA / DIGIT / "-" ) Let-dig
// and the underscore, which stands in names that are in use. `label` is folded
// to lower case.
absl::Status CheckLabel(absl::string_view label) {
  if (label.empty()) return Malformed("an empty label");
  if (label.size() > kMaxLabelOctets) {
    return Malformed("a label is longer than 63 octets");
  }
  if (label.front() == '-' || label.back() == '-') {
    return Malformed("a label begins or ends with a hyphen");
  }
  for (const char c : label) {
    if (!IsLabelOctet(c)) {
      return Malformed("a label holds letters, digits and hyphens only");
    }
  }
  return absl::OkStatus();
}

struct Idn2Free {
  void operator()(char* text) const { idn2_free(text); }
};
using Idn2String = std::unique_ptr<char, Idn2Free>;

// IDNA 2008, with the mapping of case and the NFC of UTS 46 that people's
// input needs. Empty if `label` is not a U-label.
std::optional<std::string> ToALabel(const std::string& label) {
  uint8_t* out = nullptr;
  const int result =
      idn2_lookup_u8(reinterpret_cast<const uint8_t*>(label.c_str()), &out,
                     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const Idn2String owned(reinterpret_cast<char*>(out));
  if (result != IDN2_OK) return std::nullopt;
  return std::string(owned.get());
}

std::optional<std::string> ToULabel(const std::string& label) {
  char* out = nullptr;
  const int result = idn2_to_unicode_8z8z(label.c_str(), &out, 0);
  const Idn2String owned(out);
  if (result != IDN2_OK) return std::nullopt;
  return std::string(owned.get());
}

bool HasAcePrefix(absl::string_view folded) {
  return folded.substr(0, kAcePrefix.size()) == kAcePrefix;
}

// RFC 5890, 2.3.2.1: an A-label is what its U-label becomes, and nothing else
// that begins with "xn--" is one.
bool IsALabel(const std::string& label) {
  const std::optional<std::string> unicode = ToULabel(label);
  return unicode && !IsAscii(*unicode) && ToALabel(*unicode) == label;
}

// The A-label or plain label of `label`, which is as it was written.
absl::StatusOr<std::string> ToAsciiLabel(absl::string_view label) {
  std::string folded(label);
  for (char& c : folded) c = ToLower(c);
  if (IsAscii(folded)) {
    if (HasAcePrefix(folded) && !IsALabel(folded)) {
      return Malformed("a label begins with xn-- and is no A-label");
    }
  } else {
    if (!base::IsValidUtf8(folded)) return Malformed("it is not UTF-8");
    // A NUL would hide from libidn2 what is behind it.
    for (const char c : folded) {
      if (static_cast<uint8_t>(c) < 0x80 && !IsLabelOctet(c)) {
        return Malformed("a label holds letters, digits and hyphens only");
      }
    }
    std::optional<std::string> a_label = ToALabel(folded);
    // Full-width letters, the Kelvin sign and the like, which a mapping turns
    // into plain ASCII, are in no U-label.
    if (!a_label || !HasAcePrefix(*a_label)) {
      return Malformed("a label is not valid in IDNA 2008");
    }
    folded = *std::move(a_label);
  }
  const absl::Status checked = CheckLabel(folded);
  if (!checked.ok()) return checked;
  return folded;
}

// RFC 5321, 4.1.2, with RFC 6531, 3.3:
//   Domain      = sub-domain *("." sub-domain)
//   sub-domain =/ U-label
absl::StatusOr<std::string> ToAsciiDomain(absl::string_view text) {
  std::string ascii;
  for (;;) {
    const size_t end = text.find('.');
    const absl::StatusOr<std::string> label = ToAsciiLabel(text.substr(0, end));
    if (!label.ok()) return label.status();
    ascii += *label;
    if (ascii.size() > kMaxDomainOctets) {
      return Malformed("it is longer than 255 octets");
    }
    if (end == absl::string_view::npos) return ascii;
    ascii += '.';
    text.remove_prefix(end + 1);
  }
}

// Folds a domain of plain ASCII labels in one pass. Empty if the slow way must
// look at it: it may be internationalised, or wrong.
std::string FoldPlain(absl::string_view text) {
  std::string ascii(text);
  size_t label_at = 0;
  for (size_t i = 0; i <= ascii.size(); ++i) {
    if (i < ascii.size() && ascii[i] != '.') {
      ascii[i] = ToLower(ascii[i]);
      if (!IsLabelOctet(ascii[i])) return "";
      continue;
    }
    const absl::string_view label(ascii.data() + label_at, i - label_at);
    if (label.empty() || label.size() > kMaxLabelOctets ||
        label.front() == '-' || label.back() == '-' || HasAcePrefix(label)) {
      return "";
    }
    label_at = i + 1;
  }
  return ascii;
}

}  // namespace

absl::StatusOr<Domain> Domain::Parse(base::StringView text) {
  if (text.empty()) return Malformed("it is empty");
  // Each character of a U-label takes an octet or more of its A-label, and at
  // most four of UTF-8.
  if (text.size() > 4 * kMaxDomainOctets) {
    return Malformed("it is longer than 255 octets");
  }
  if (text.size() <= kMaxDomainOctets) {
    std::string plain = FoldPlain(text);
    if (!plain.empty()) return Domain(std::move(plain), false);
  }
  if (text.back() == '.') return Malformed("it ends in a dot");
  absl::StatusOr<std::string> ascii = ToAsciiDomain(text);
  if (!ascii.ok()) return ascii.status();
  return Domain(*std::move(ascii), !IsAscii(text));
}

absl::StatusOr<Domain> Domain::ParseFqdn(base::StringView text) {
  if (text.size() > 1 && text.back() == '.') text.remove_suffix(1);
  return Parse(text);
}

std::string Domain::ToUnicode() const {
  if (ascii_.find(kAcePrefix.data()) == std::string::npos) return ascii_;
  return ToULabel(ascii_).value_or(ascii_);
}

bool Domain::IsWithin(const Domain& parent) const {
  const absl::string_view name = ascii_;
  const absl::string_view suffix = parent.ascii_;
  if (name.size() <= suffix.size()) return name == suffix;
  const size_t rest = name.size() - suffix.size();
  return name.substr(rest) == suffix && name[rest - 1] == '.';
}

}  // namespace mailsec::address
