#include "mailcore/io/default_gateways.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mailsec::io {
namespace {

using ip::IpAddress;

std::string ReadTable(const char* path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

bool IsHex(absl::string_view text, size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isxdigit(c); });
}

// Iface Destination Gateway Flags RefCnt Use Metric Mask ...; addresses as
// numbers of the host's octet order in hexadecimal (Linux, fib_trie.c).
std::optional<IpAddress> GatewayOfV4(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  uint32_t gateway = 0;
  if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000" ||
      !IsHex(words[2], 8) || !absl::SimpleHexAtoi(words[2], &gateway)) {
    return std::nullopt;
  }
  std::array<uint8_t, 4> octets;
  std::memcpy(octets.data(), &gateway, octets.size());
  return IpAddress::FromV4(octets);
}

// Destination length source length gateway ...; addresses as 32 digits (Linux,
// net/ipv6/route.c).
std::optional<IpAddress> GatewayOfV6(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() < 10 || words[1] != "00" || !IsHex(words[4], 32)) {
    return std::nullopt;
  }
  const std::string octets = absl::HexStringToBytes(words[4]);
  std::array<uint8_t, 16> v6;
  std::memcpy(v6.data(), octets.data(), v6.size());
  return IpAddress::FromV6(v6);
}

}  // namespace

std::vector<IpAddress> ReadGateways(absl::string_view route,
                                    absl::string_view ipv6_route) {
  std::vector<IpAddress> gateways;
  const auto add = [&gateways](const std::optional<IpAddress>& gateway) {
    // Without one, the other hosts are on the same link.
    if (gateway && !gateway->IsUnspecified()) gateways.push_back(*gateway);
  };
  for (absl::string_view line : absl::StrSplit(route, '\n')) {
    add(GatewayOfV4(line));
  }
  for (absl::string_view line : absl::StrSplit(ipv6_route, '\n')) {
    add(GatewayOfV6(line));
  }
  std::sort(gateways.begin(), gateways.end());
  gateways.erase(std::unique(gateways.begin(), gateways.end()), gateways.end());
  return gateways;
}

std::vector<IpAddress> DefaultGateways() {
  return ReadGateways(ReadTable("/proc/net/route"),
                      ReadTable("/proc/net/ipv6_route"));
}

}  // namespace mailsec::io
