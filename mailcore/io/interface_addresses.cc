#include "mailcore/io/interface_addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/status/status.h"

namespace mailsec::io {
namespace {

using ip::IpAddress;

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

}  // namespace

absl::StatusOr<std::vector<IpAddress>> InterfaceAddresses() {
  ifaddrs* found = nullptr;
  if (getifaddrs(&found) != 0) {
    return absl::UnavailableError(std::strerror(errno));
  }
  const std::unique_ptr<ifaddrs, FreeInterfaces> list(found);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* i = list.get(); i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    if (i->ifa_addr->sa_family == AF_INET) {
      sockaddr_in address;
      std::memcpy(&address, i->ifa_addr, sizeof(address));
      std::array<uint8_t, 4> octets;
      std::memcpy(octets.data(), &address.sin_addr, octets.size());
      addresses.push_back(IpAddress::FromV4(octets));
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 address;
      std::memcpy(&address, i->ifa_addr, sizeof(address));
      std::array<uint8_t, 16> octets;
      std::memcpy(octets.data(), &address.sin6_addr, octets.size());
      addresses.push_back(IpAddress::FromV6(octets));
    }
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()),
                  addresses.end());
  return addresses;
}

}  // namespace mailsec::io
