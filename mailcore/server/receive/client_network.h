// client_network.h: which clients are one and the same?
//
//   ClientNetwork(*ip::IpAddress::Parse("2001:db8::25"))
//       == *ip::IpAddress::Parse("2001:db8::");

#ifndef MAILCORE_SERVER_RECEIVE_CLIENT_NETWORK_H_
#define MAILCORE_SERVER_RECEIVE_CLIENT_NETWORK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mailcore/ip/ip_address.h"

namespace mailsec::server {

// One IPv4 address, or the first one of an IPv6 /64, which is what one
// subscriber has (RFC 6177). Thread safety: a pure function.
inline ip::IpAddress ClientNetwork(const ip::IpAddress& client) {
  if (client.is_v4()) return client;
  std::array<uint8_t, 16> octets = client.ToV6Octets();
  for (size_t i = 8; i < octets.size(); ++i) octets[i] = 0;
  return ip::IpAddress::FromV6(octets);
}

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_CLIENT_NETWORK_H_
