// address_order.h: which of a host's addresses are tried, and in which order?
//
//   InTurn({a4, b4, c6}, 10) == std::vector{c6, a4, b4};

#ifndef MAILCORE_ROUTE_ADDRESS_ORDER_H_
#define MAILCORE_ROUTE_ADDRESS_ORDER_H_

#include <cstddef>
#include <vector>

#include "mailcore/ip/ip_address.h"

namespace mailsec::route {

// IPv6 and IPv4 in turn, IPv6 first (RFC 8305, 4), so that neither family can
// hide the other; within a family as the resolver gave them (RFC 5321, 5.1).
// Each address once, at most `max` of them, and only those of a single host:
// no multicast, broadcast or reserved ones (224.0.0.0/3, ff00::/8), and not
// 0.0.0.0/8 or ::, which a system may take for itself.
// Thread safety: a pure function.
std::vector<ip::IpAddress> InTurn(const std::vector<ip::IpAddress>& addresses,
                                  size_t max);

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ADDRESS_ORDER_H_
