// address.h: whose mailbox is this?
//
// An Address is RFC 5321 `Mailbox = Local-part "@" ( Domain /
// address-literal )`, with the UTF-8 of RFC 6531. It is parsed once, at the
// edge, and cannot hold anything invalid.
//
// The local part belongs to the receiving host and is opaque to us: "a%b",
// "b!a" and "\"a@b\"" are names of mailboxes and nothing else. They are never
// taken apart, so they can never name another mailbox than the one that mail
// is delivered to.
//
//   absl::StatusOr<Address> a = Address::Parse("\"j doe\"@Example.ORG");
//   a->local_part() == "j doe";
//   a->ToString() == "\"j doe\"@Example.ORG";

#ifndef MAILCORE_ADDRESS_ADDRESS_H_
#define MAILCORE_ADDRESS_ADDRESS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::address {

// RFC 5321, 4.5.3.1.3: a path may hold 256 octets with its brackets. 64 octets
// of local part are what every receiver must take, not what it may refuse.
inline constexpr size_t kMaxPathOctets = 256;

// [192.0.2.25], [IPv6:2001:db8::25]; RFC 5321, 4.1.3. General address literals
// ([tag:content]) have no registered tag and are refused.
// Thread safety: a value.
class AddressLiteral {
 public:
  explicit AddressLiteral(const ip::IpAddress& ip) : ip_(ip) {}
  // `text` with its brackets.
  static absl::StatusOr<AddressLiteral> Parse(base::StringView text);
  const ip::IpAddress& ip() const { return ip_; }
  std::string ToString() const;  // With brackets, canonical.
  friend bool operator==(const AddressLiteral&,
                         const AddressLiteral&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const AddressLiteral& a) {
    return H::combine(std::move(h), a.ip_);
  }

 private:
  ip::IpAddress ip_;
};

// Thread safety: a value; immutable but for assignment.
class Address {
 public:
  using Host = std::variant<Domain, AddressLiteral>;

  // Parses a Mailbox without angle brackets. InvalidArgument with the reason:
  // a control character anywhere, two unquoted '@', empty atoms, octets that
  // are not UTF-8, more than kMaxPathOctets - 2 octets.
  static absl::StatusOr<Address> Parse(base::StringView text);

  // From parts; quotes the local part where it must be. InvalidArgument as
  // Parse().
  static absl::StatusOr<Address> Create(base::StringView local_part, Host host);

  // Without quotes and backslashes, in the sender's case; may be empty (`""`).
  const std::string& local_part() const { return local_part_; }
  const Host& host() const { return host_; }
  // The domain, or null for an address literal.
  const Domain* domain() const { return std::get_if<Domain>(&host_); }

  // True if the local part or the domain as written is not ASCII: such an
  // address goes only to a hop that offers SMTPUTF8 (RFC 6531, 3.2).
  bool needs_smtputf8() const { return needs_smtputf8_; }

  // The wire form, local part quoted only where needed, domain as it was
  // written. Never holds a CR, LF, NUL or other control character.
  const std::string& ToString() const { return text_; }

  // For look-ups in our own directories: local part folded to lower case
  // (ASCII only) and unquoted, domain as A-labels. Two addresses whose keys
  // are equal name one mailbox to us. RFC 5321 2.4 leaves the local part's
  // case to the host that owns the mailbox; as that host, we fold.
  std::string CanonicalKey() const;

  // Exact local part, domain as the DNS compares.
  friend bool operator==(const Address& a, const Address& b) {
    return a.local_part_ == b.local_part_ && a.host_ == b.host_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const Address& a) {
    h = H::combine(std::move(h), a.local_part_, a.host_.index());
    return std::visit(
        [&h](const auto& host) { return H::combine(std::move(h), host); },
        a.host_);
  }

 private:
  Address(std::string local_part, Host host, std::string text);
  std::string local_part_;
  Host host_;
  std::string text_;
  bool needs_smtputf8_ = false;
};

}  // namespace mailsec::address

#endif  // MAILCORE_ADDRESS_ADDRESS_H_
