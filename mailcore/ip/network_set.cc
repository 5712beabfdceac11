#include "mailcore/ip/network_set.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::ip {
namespace {

absl::uint128 ToNumber(const IpAddress& address) {
  return absl::MakeUint128(address.high(), address.low());
}

// IPv4 first, then by address, then the wider network first.
bool IsBefore(const IpNetwork& a, const IpNetwork& b) {
  return std::make_tuple(!a.address().is_v4(), ToNumber(a.address()),
                         a.prefix_length()) <
         std::make_tuple(!b.address().is_v4(), ToNumber(b.address()),
                         b.prefix_length());
}

template <typename Key>
typename internal::RangeTable<Key>::Network ToRange(const IpNetwork& network,
                                                    uint32_t id) {
  const Key first = static_cast<Key>(ToNumber(network.address()));
  const int host_bits = network.address().bits() - network.prefix_length();
  // A shift by all bits is undefined.
  const Key rest = host_bits == network.address().bits()
                       ? std::numeric_limits<Key>::max()
                       : (Key{1} << host_bits) - 1;
  return {first, first | rest, id};
}

}  // namespace

NetworkSet::NetworkSet() = default;

NetworkSet::NetworkSet(std::vector<IpNetwork> networks)
    : networks_(std::move(networks)) {
  std::sort(networks_.begin(), networks_.end(), IsBefore);
  networks_.erase(std::unique(networks_.begin(), networks_.end()),
                  networks_.end());
  std::vector<internal::RangeTable<uint32_t>::Network> v4;
  std::vector<internal::RangeTable<absl::uint128>::Network> v6;
  for (uint32_t i = 0; i < networks_.size(); ++i) {
    if (networks_[i].address().is_v4()) {
      v4.push_back(ToRange<uint32_t>(networks_[i], i));
    } else {
      v6.push_back(ToRange<absl::uint128>(networks_[i], i));
    }
  }
  v4_ = internal::RangeTable<uint32_t>(v4);
  v6_ = internal::RangeTable<absl::uint128>(v6);
}

absl::StatusOr<NetworkSet> NetworkSet::Parse(
    const std::vector<std::string>& networks) {
  std::vector<IpNetwork> parsed;
  parsed.reserve(networks.size());
  for (const std::string& text : networks) {
    const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
    if (!network.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", base::LogSafe(text, 64), "\": ", network.status().message()));
    }
    parsed.push_back(*network);
  }
  return NetworkSet(std::move(parsed));
}

const IpNetwork* NetworkSet::Find(const IpAddress& address) const {
  const uint32_t id = address.is_v4()
                          ? v4_.Find(static_cast<uint32_t>(address.low()))
                          : v6_.Find(ToNumber(address));
  return id == internal::RangeTable<uint32_t>::kNone ? nullptr : &networks_[id];
}

}  // namespace mailsec::ip
