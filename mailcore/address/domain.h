// domain.h: which domain is this?
//
// A Domain holds a valid mail domain and compares as the DNS does: without
// regard to ASCII case, and with the U-label and A-label of an
// internationalised label equal (IDNA 2008, RFC 5890-5892).
//
//   Domain::Parse("Bücher.example")->ascii() == "xn--bcher-kva.example";

#ifndef MAILCORE_ADDRESS_DOMAIN_H_
#define MAILCORE_ADDRESS_DOMAIN_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"

namespace mailsec::address {

// Thread safety: a value; immutable but for assignment.
class Domain {
 public:
  // Parses RFC 5321 `Domain = sub-domain *("." sub-domain)` with the U-labels
  // of RFC 6531. Labels hold letters, digits, inner hyphens (and, as seen in
  // the wild, underscores: our leniency), 1 to 63 octets in A-label form; the
  // whole is at most 255 octets. One trailing dot is refused, as RFC 5321
  // 4.1.2 has none; use ParseFqdn for what DNS returns. "localhost" and other
  // single labels are syntactically valid.
  //
  // InvalidArgument with the reason.
  static absl::StatusOr<Domain> Parse(base::StringView text);

  // As Parse(), but one trailing dot is allowed and dropped (DNS, config).
  static absl::StatusOr<Domain> ParseFqdn(base::StringView text);

  // A-labels, lower case: the form that is compared, hashed and looked up.
  const std::string& ascii() const { return ascii_; }

  // U-labels in NFC where they differ from ascii(): for people.
  std::string ToUnicode() const;

  // True if written with a non-ASCII character (then SMTPUTF8 was needed).
  bool needs_smtputf8() const { return needs_smtputf8_; }

  // "sub.example.org" is within "example.org"; so is "example.org" itself.
  bool IsWithin(const Domain& parent) const;

  friend bool operator==(const Domain& a, const Domain& b) {
    return a.ascii_ == b.ascii_;
  }
  friend auto operator<=>(const Domain& a, const Domain& b) {
    return a.ascii_ <=> b.ascii_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const Domain& d) {
    return H::combine(std::move(h), d.ascii_);
  }

 private:
  explicit Domain(std::string ascii, bool needs_smtputf8)
      : ascii_(std::move(ascii)), needs_smtputf8_(needs_smtputf8) {}
  std::string ascii_;
  bool needs_smtputf8_ = false;
};

}  // namespace mailsec::address

#endif  // MAILCORE_ADDRESS_DOMAIN_H_
