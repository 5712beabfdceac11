// network_set.h: is this address in one of these networks, and in which?
//
// Find() returns the smallest network that holds the address (longest prefix).
// A set is made once and asked often: it is meant for 100,000 networks and
// millions of look-ups a second.
//
//   absl::StatusOr<NetworkSet> nets = NetworkSet::Parse({"192.0.2.0/24"});
//   const IpNetwork* hit = nets->Find(*IpAddress::Parse("192.0.2.7"));

#ifndef MAILCORE_IP_NETWORK_SET_H_
#define MAILCORE_IP_NETWORK_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/ip_network.h"
#include "mailcore/ip/range_table.h"

namespace mailsec::ip {

// Thread safety: immutable once created; const methods may run concurrently.
class NetworkSet {
 public:
  NetworkSet();  // Empty: holds no address.
  explicit NetworkSet(std::vector<IpNetwork> networks);

  // InvalidArgument names the first text that is not a network, and why.
  static absl::StatusOr<NetworkSet> Parse(
      const std::vector<std::string>& networks);

  // The longest prefix that contains `address`, or null. The pointer lives as
  // long as this set and its copies are not assigned to.
  const IpNetwork* Find(const IpAddress& address) const;
  bool Contains(const IpAddress& address) const {
    return Find(address) != nullptr;
  }

  // IPv4 first, then by address, the wider network first; no repetitions.
  const std::vector<IpNetwork>& networks() const { return networks_; }

 private:
  std::vector<IpNetwork> networks_;
  internal::RangeTable<uint32_t> v4_;
  internal::RangeTable<absl::uint128> v6_;
};

}  // namespace mailsec::ip

#endif  // MAILCORE_IP_NETWORK_SET_H_
