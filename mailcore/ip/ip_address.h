// ip_address.h: which host is this?
//
// An IpAddress is an IPv4 or IPv6 address as a value. An IPv4-mapped IPv6
// address (::ffff:192.0.2.7) is the same host as the IPv4 address in it and
// becomes that address on the way in, so that no list of networks can be
// passed by writing an address in the other family (RFC 4291, 2.5.5.2).
//
//   absl::StatusOr<IpAddress> ip = IpAddress::Parse("::ffff:192.0.2.7");
//   ip->ToString() == "192.0.2.7";

#ifndef MAILCORE_IP_IP_ADDRESS_H_
#define MAILCORE_IP_IP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"

namespace mailsec::ip {

// Thread safety: a value; immutable but for assignment.
class IpAddress {
 public:
  // 0.0.0.0, which is in no network that a client can come from.
  constexpr IpAddress() = default;

  // Parses "192.0.2.7", "2001:db8::1" (RFC 4291, 2.2, all three forms). A
  // dotted quad has exactly four decimal parts without leading zeros: "010"
  // is octal to some and decimal to others, so it is refused.
  //
  // InvalidArgument, with the reason, for anything else: a zone id
  // ("fe80::1%eth0": meaningful on one host only), a prefix length, brackets,
  // spaces, a second "::", more than four digits in a group.
  static absl::StatusOr<IpAddress> Parse(base::StringView text);

  // From octets in network order. A mapped address becomes IPv4.
  static IpAddress FromV4(std::array<uint8_t, 4> octets);
  static IpAddress FromV6(std::array<uint8_t, 16> octets);

  constexpr bool is_v4() const { return v4_; }

  // 32 or 128.
  constexpr int bits() const { return v4_ ? 32 : 128; }

  // The address in network order, as IPv6; IPv4 in its mapped form.
  std::array<uint8_t, 16> ToV6Octets() const;

  // The canonical form (RFC 5952).
  std::string ToString() const;

  // 127.0.0.0/8 and ::1.
  bool IsLoopback() const;
  // 0.0.0.0 and ::.
  bool IsUnspecified() const;

  friend bool operator==(const IpAddress& a, const IpAddress& b) = default;
  friend auto operator<=>(const IpAddress& a, const IpAddress& b) = default;
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.high_, a.low_, a.v4_);
  }

  // The address as two big-endian halves (IPv4: right-aligned in low()).
  constexpr uint64_t high() const { return high_; }
  constexpr uint64_t low() const { return low_; }

 private:
  constexpr IpAddress(uint64_t high, uint64_t low, bool v4)
      : high_(high), low_(low), v4_(v4) {}
  uint64_t high_ = 0;
  uint64_t low_ = 0;
  bool v4_ = true;
};

}  // namespace mailsec::ip

#endif  // MAILCORE_IP_IP_ADDRESS_H_
