// mx_planner.h: which hosts take mail for this domain, and in which order?
//
// RFC 5321, 5.1 and RFC 7505 in one place:
//
//   MX 0 .                                    556 5.1.10, no fallback
//   no MX, but an address                     the domain itself
//   neither, or no such name                  550 5.1.2
//   the DNS does not answer                   451 4.4.3, for now
//   only exchangers without an address        550 5.4.4
//   we are in the list                        those before us; none: 554 5.4.6
//   localhost, 127.0.0.0/8, ::1, 0.0.0.0, ::  that is us as well
//   an exchanger that is an address           passed over (RFC 2181, 10.3)
//   private and other special addresses       passed over (connect_rules.h)
//   one whose address cannot be told now      the others; none: 451 4.4.3
//
// Equal preferences are spread; each host has its IPv6 and IPv4 addresses in
// turn, and the whole plan is bounded. Each failure names the domain and the
// host, for the people who read it.
//
//   MxPlan plan = planner.Plan(*address::Domain::Parse("example.com"), seed);
//   if (plan.failure) return *plan.failure;   // Its code says for how long.
//   for (const MxHop& hop : plan.hops) Connect(hop.address);

#ifndef MAILCORE_ROUTE_MX_PLANNER_H_
#define MAILCORE_ROUTE_MX_PLANNER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "mailcore/address/domain.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/route/connect_rules.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::route {

// Thread safety: a value.
struct MxHop {
  std::string host = {};  // The exchanger's name, for the log and TLS.
  ip::IpAddress address = {};
  uint16_t preference = 0;
  friend bool operator==(const MxHop&, const MxHop&) = default;
};

// Thread safety: a value.
struct MxPlan {
  // To be tried in this order; empty if `failure`.
  std::vector<MxHop> hops = {};
  std::optional<smtp::Reply> failure = {};
  // Secure if the MX answer and the address answer of every hop are. Never
  // without an MX record: that there is none is not proven.
  dns::DnssecStatus dnssec = dns::DnssecStatus::kInsecure;
  // "mx:a.example,b.example;c.example": ',' between equal preferences, ';'
  // before the next. Domains with the same exchangers in the same order of
  // preference have the same key, whatever the seed: one destination.
  std::string key = {};
};

// Thread safety: Plan() may run concurrently if the resolver allows it.
class MxPlanner {
 public:
  struct Options {
    std::vector<address::Domain> own_names = {};  // Ours in MX lists.
    // Our interfaces', and public.
    std::vector<ip::IpAddress> own_addresses = {};
    // Loopback addresses and "localhost" may be used, even if they are among
    // `own_addresses`: only for tests. Our own names and other addresses stay
    // refused, and so do 0.0.0.0/8 and ::.
    bool allow_loopback = false;
    // Never connected to, and private ones that may be (connect_rules.h).
    ip::NetworkSet refused_networks = {};
    ip::NetworkSet inside_networks = {};
    size_t max_exchangers = 20;        // Looked up, best first. Ours.
    size_t max_addresses_a_host = 10;  // Ours.
    size_t max_hops = 40;              // In a plan. Ours.
  };

  // `resolver` is not owned and must outlive the planner.
  MxPlanner(Options options, dns::Resolver* resolver);

  // Blocks as long as the resolver does. `seed` decides the order among equal
  // preferences; equal seeds give equal plans.
  MxPlan Plan(const address::Domain& domain, uint64_t seed) const;

  // True if a connection there would end at this host, be it through a
  // translator or a tunnel. The caller asks it for address literals as well
  // (RFC 5321, 4.1.3), and WhyNot() too.
  bool IsOurs(const ip::IpAddress& address) const;
  // ConnectRules::WhyNot().
  std::optional<std::string> WhyNot(const ip::IpAddress& address) const {
    return rules_.WhyNot(address);
  }
  // Our own names, localhost and what is within it (RFC 6761, 6.3).
  bool IsOurs(const address::Domain& name) const;

 private:
  friend class MxPlanning;

  bool IsOursItself(const ip::IpAddress& address) const;

  Options options_;
  ConnectRules rules_;
  absl::flat_hash_set<address::Domain> own_names_;
  absl::flat_hash_set<ip::IpAddress> own_addresses_;
  dns::Resolver* resolver_;  // Not owned.
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_MX_PLANNER_H_
