// connect_rules.h: may we connect to a host that somebody else's DNS names?
//
// The owner of a domain decides what addresses its exchangers have. Without
// these rules a stranger could have us connect to ourselves or to machines of
// our own network. Next hops that the operator has configured are the
// operator's choice; these rules do not apply to them.
//
//   this host, loopback, link-local, site-local, multicast, broadcast,
//   reserved, discard-only, what protocols use for themselves       never
//   a network that the operator refuses (mx.refuse_network)         never
//   private, shared and laboratory address space                    if listed
//   all others, those of documentation too                          yes
//
// The same holds for each IPv4 address inside an IPv6 address
// (ip::AddressesInside).
//
//   std::optional<std::string> why = rules.WhyNot(address);
//   if (why) return Failed(address.ToString() + " " + *why);

#ifndef MAILCORE_ROUTE_CONNECT_RULES_H_
#define MAILCORE_ROUTE_CONNECT_RULES_H_

#include <optional>
#include <string>

#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"

namespace mailsec::route {

// Thread safety: immutable once created.
class ConnectRules {
 public:
  struct Options {
    ip::NetworkSet refused = {};
    // Private, shared and laboratory addresses that may be connected to:
    // inside_network and authorised_network.
    ip::NetworkSet inside = {};
    bool allow_loopback = false;  // For tests.
  };
  explicit ConnectRules(Options options);

  // Why no connection may be made, to be read after the address: "is
  // special-purpose address space (Private-Use, 10.0.0.0/8, RFC 1918): ...",
  // with what would change it. Nothing if one may.
  std::optional<std::string> WhyNot(const ip::IpAddress& address) const;

 private:
  std::optional<std::string> WhyNotThis(const ip::IpAddress& address) const;

  Options options_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_CONNECT_RULES_H_
