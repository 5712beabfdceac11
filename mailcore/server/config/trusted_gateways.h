// trusted_gateways.h: does the configuration trust a router?
//
// A network with rights that holds a default gateway is nearly always a
// mistake: behind a forwarding that rewrites source addresses, every stranger
// comes from there (default_gateways.h).
//
//   for (const TrustedGateway& found : FindTrustedGateways(settings, gateways))
//     std::cerr << found.ToString() << "\n";

#ifndef MAILCORE_SERVER_CONFIG_TRUSTED_GATEWAYS_H_
#define MAILCORE_SERVER_CONFIG_TRUSTED_GATEWAYS_H_

#include <string>
#include <vector>

#include "mailcore/ip/ip_address.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// Thread safety: a value.
struct TrustedGateway {
  std::string field;    // "authorised_network"
  std::string network;  // As it is listed.
  ip::IpAddress gateway;
  std::string ToString() const;  // One line: what it is, and why it matters.
};

// Of those networks in which clients may send to anyone, count as inside, or
// may say for whom they speak. Thread safety: a pure function.
std::vector<TrustedGateway> FindTrustedGateways(
    const Settings& settings, const std::vector<ip::IpAddress>& gateways);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_TRUSTED_GATEWAYS_H_
