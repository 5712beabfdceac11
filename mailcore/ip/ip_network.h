// ip_network.h: which hosts are these?
//
//   absl::StatusOr<IpNetwork> net = IpNetwork::Parse("192.0.2.0/24");
//   net->Contains(*IpAddress::Parse("192.0.2.255")) == true;

#ifndef MAILCORE_IP_IP_NETWORK_H_
#define MAILCORE_IP_IP_NETWORK_H_

#include <string>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::ip {

// Thread safety: a value; immutable but for assignment.
class IpNetwork {
 public:
  // Parses "address/prefix length", or an address alone, which is a network
  // of one host. "::ffff:10.0.0.0/104" is 10.0.0.0/8; a mapped prefix shorter
  // than 96 would mix the families and is refused.
  //
  // InvalidArgument, with the reason and what was probably meant, also if
  // bits to the right of the prefix are set ("10.0.0.5/8": did you mean
  // 10.0.0.0/8 or 10.0.0.5/32?). "/0" parses: a caller that must not have it
  // refuses it (RelayPolicy).
  static absl::StatusOr<IpNetwork> Parse(base::StringView text);

  // The network of `address` with `prefix_length`; host bits are cleared.
  // InvalidArgument if the length exceeds address.bits().
  static absl::StatusOr<IpNetwork> Create(const IpAddress& address,
                                          int prefix_length);

  const IpAddress& address() const { return address_; }  // The lowest one.
  int prefix_length() const { return prefix_length_; }

  // False for an address of the other family.
  bool Contains(const IpAddress& address) const;

  std::string ToString() const;  // "192.0.2.0/24"

  friend bool operator==(const IpNetwork& a, const IpNetwork& b) = default;

 private:
  IpNetwork(const IpAddress& address, int prefix_length)
      : address_(address), prefix_length_(prefix_length) {}
  IpAddress address_;
  int prefix_length_;
};

}  // namespace mailsec::ip

#endif  // MAILCORE_IP_IP_NETWORK_H_
