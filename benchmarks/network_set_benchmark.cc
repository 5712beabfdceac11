// How fast is NetworkSet::Find(), in small sets and in one of 100,000?

#include <array>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "mailcore/ip/network_set.h"

namespace mailsec {
namespace {

using ip::IpAddress;
using ip::IpNetwork;

constexpr size_t kAddresses = 1 << 16;  // More than the cache predicts.

IpAddress RandomAddress(std::mt19937& random, bool v4) {
  if (v4) {
    const auto bits = static_cast<uint32_t>(random());
    return IpAddress::FromV4(
        {static_cast<uint8_t>(bits >> 24), static_cast<uint8_t>(bits >> 16),
         static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits)});
  }
  std::array<uint8_t, 16> octets;
  for (uint8_t& octet : octets) octet = static_cast<uint8_t>(random());
  octets[0] = 0x20 | (octets[0] & 0x1F);  // 2000::/3
  return IpAddress::FromV6(octets);
}

// range(0): networks, /12 to /28 (IPv4) or /20 to /64; range(1): 4 or 6.
void FindInNetworks(benchmark::State& state) {
  const bool v4 = state.range(1) == 4;
  std::mt19937 random(1);
  std::vector<IpNetwork> networks;
  for (int64_t i = 0; i < state.range(0); ++i) {
    const int length =
        static_cast<int>(v4 ? 12 + random() % 17 : 20 + random() % 45);
    networks.push_back(*IpNetwork::Create(RandomAddress(random, v4), length));
  }
  const ip::NetworkSet set(std::move(networks));
  std::vector<IpAddress> addresses;
  for (size_t i = 0; i < kAddresses; ++i) {
    addresses.push_back(RandomAddress(random, v4));
  }
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.Find(addresses[i++ % kAddresses]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FindInNetworks)->ArgsProduct({{10, 1000, 100000}, {4, 6}});

}  // namespace
}  // namespace mailsec
