// default_gateways.h: through which routers does this host reach all others?
//
// Where connections are forwarded with their source address rewritten
// (containers, NAT), every client seems to be the default gateway: whoever
// trusts that address trusts everybody.
//
//   for (const ip::IpAddress& gateway : io::DefaultGateways()) Show(gateway);

#ifndef MAILCORE_IO_DEFAULT_GATEWAYS_H_
#define MAILCORE_IO_DEFAULT_GATEWAYS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::io {

// Each once and sorted; none where the system names none, or tells nothing.
// Thread safety: may be called concurrently.
std::vector<ip::IpAddress> DefaultGateways();

// Those in the tables of Linux, /proc/net/route and /proc/net/ipv6_route; what
// is no line of such a table is passed over. Thread safety: a pure function.
std::vector<ip::IpAddress> ReadGateways(absl::string_view route,
                                        absl::string_view ipv6_route);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_DEFAULT_GATEWAYS_H_
