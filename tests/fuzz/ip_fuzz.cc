// Whatever parses as an address or a network prints and parses back to itself,
// agrees with the system's own parser, and a set agrees with its networks.

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "mailcore/ip/network_set.h"

namespace mailsec {
namespace {

using ip::IpAddress;

void Require(bool holds) {
  if (!holds) std::abort();
}

// What inet_pton() makes of `text`; false if it refuses it.
bool SystemParse(const std::string& text, IpAddress& out) {
  std::array<uint8_t, 4> v4;
  std::array<uint8_t, 16> v6;
  if (text.find('\0') != std::string::npos) return false;
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) {
    out = IpAddress::FromV4(v4);
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) {
    out = IpAddress::FromV6(v6);
    return true;
  }
  return false;
}

void CheckAddress(const std::string& text) {
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(text);
  IpAddress system;
  Require(SystemParse(text, system) == ip.ok());
  if (!ip.ok()) return;
  Require(*ip == system);
  Require(*IpAddress::Parse(ip->ToString()) == *ip);
  Require(IpAddress::FromV6(ip->ToV6Octets()) == *ip);
}

}  // namespace
}  // namespace mailsec

// The input is a list of addresses and networks, one a line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::Require;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<mailsec::ip::IpNetwork> networks;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    mailsec::CheckAddress(std::string(line));
    const absl::StatusOr<mailsec::ip::IpNetwork> network =
        mailsec::ip::IpNetwork::Parse(line);
    if (!network.ok()) continue;
    Require(*mailsec::ip::IpNetwork::Parse(network->ToString()) == *network);
    Require(network->Contains(network->address()));
    networks.push_back(*network);
  }
  const mailsec::ip::NetworkSet set(networks);
  for (const mailsec::ip::IpNetwork& network : networks) {
    const mailsec::ip::IpNetwork* found = set.Find(network.address());
    Require(found != nullptr && found->Contains(network.address()));
    for (const mailsec::ip::IpNetwork& other : networks) {
      Require(!other.Contains(network.address()) ||
              other.prefix_length() <= found->prefix_length());
    }
  }
  return 0;
}
