// next_hops.h: to which addresses may this message be handed now?
//
// This is the last check before a connection is opened. Whether aliases,
// routes, a smarthost or the DNS led here, each address in the result has
// passed Inside::MayConnect() for the class of the mail (R3), and none of them
// is this host, private or otherwise special (connect_rules.h), unless the
// operator has made it a fixed next hop.
//
//   NextHops to = finder.Find(destination, mail_class, seed);
//   if (to.failure) return *to.failure;
//   if (!to.unix_path.empty()) return ConnectUnix(to.unix_path);
//   for (const NextHop& hop : to.hops) Connect(hop.address, hop.port);

#ifndef MAILCORE_ROUTE_NEXT_HOPS_H_
#define MAILCORE_ROUTE_NEXT_HOPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/dns/resolver.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/mx_planner.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::route {

// Thread safety: a value.
struct NextHop {
  std::string host = {};  // A name for the log and TLS, or the address.
  ip::IpAddress address = {};
  uint16_t port = 0;
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// Exactly one of `hops`, `unix_path` and `failure` is set.
// Thread safety: a value.
struct NextHops {
  std::vector<NextHop> hops = {};  // To be tried in this order.
  std::string unix_path = {};      // A socket on this host.
  // The reply for the recipients, for now (4yz) or for good (5yz).
  std::optional<smtp::Reply> failure = {};
  // `failure` is Inside::Refusal(): an alarm is due.
  bool kept_inside = false;
  dns::DnssecStatus dnssec = dns::DnssecStatus::kInsecure;
  // One connection serves all messages whose hops have the same key; also the
  // key for Pace.
  std::string key = {};
};

// Thread safety: Find() may run concurrently if the resolver allows it.
class NextHopFinder {
 public:
  // None is owned; all must outlive the finder.
  NextHopFinder(const Inside* inside, const MxPlanner* planner,
                dns::Resolver* resolver)
      : inside_(inside), planner_(planner), resolver_(resolver) {}

  // Blocks as long as the resolver does; asks it nothing if the destination
  // holds an address or a path. What fails because of the configuration (no
  // route yet, a next hop whose name has no address) is 451 4.4.4: the operator
  // mends it, and the mail need not go back. Of several fixed hosts, those that
  // cannot be looked up are left out. A Maildir has no next hop: 451 4.3.5.
  NextHops Find(const Destination& destination, MailClass mail_class,
                uint64_t seed) const;

 private:
  NextHops FindAny(const Destination& destination, uint64_t seed) const;
  NextHops FindHosts(const Destination& destination) const;
  NextHops FindHost(const FixedHost& fixed) const;
  NextHops FindExchangers(const Destination& destination, uint64_t seed) const;
  NextHops FindLiteral(const Destination& destination) const;

  const Inside* inside_;      // Not owned.
  const MxPlanner* planner_;  // Not owned.
  dns::Resolver* resolver_;   // Not owned.
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_NEXT_HOPS_H_
