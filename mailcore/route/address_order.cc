#include "mailcore/route/address_order.h"

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "mailcore/ip/special_purpose.h"

namespace mailsec::route {
namespace {

using ip::IpAddress;

bool IsOneHost(const IpAddress& address) {
  const ip::SpecialPurpose* row = ip::FindSpecialPurpose(address);
  if (row == nullptr) return true;
  return row->kind != ip::SpecialKind::kThisHost &&
         row->kind != ip::SpecialKind::kMulticast &&
         row->kind != ip::SpecialKind::kBroadcast &&
         row->kind != ip::SpecialKind::kReserved;
}

}  // namespace

std::vector<IpAddress> InTurn(const std::vector<IpAddress>& addresses,
                              size_t max) {
  std::array<std::vector<IpAddress>, 2> families;  // IPv6, IPv4.
  absl::flat_hash_set<IpAddress> seen;
  for (const IpAddress& address : addresses) {
    if (!IsOneHost(address) || !seen.insert(address).second) continue;
    families[address.is_v4() ? 1 : 0].push_back(address);
  }
  std::vector<IpAddress> ordered;
  for (size_t i = 0; i < seen.size(); ++i) {
    for (const std::vector<IpAddress>& family : families) {
      if (i < family.size() && ordered.size() < max) {
        ordered.push_back(family[i]);
      }
    }
  }
  return ordered;
}

}  // namespace mailsec::route
