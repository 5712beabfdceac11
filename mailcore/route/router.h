// router.h: where does mail for this recipient go?
//
// The first line that holds decides:
//
//   bare postmaster, our own address literals   the first local domain
//   a local domain or another name of one       its mailboxes: Maildir or LMTP
//   a relay domain, a domain with a route       its next hop
//   an address literal                          that host, if literals are
//                                               allowed; else 5.1.2
//   everything else                             the smarthost; or the domain's
//                                               mail exchangers; or nowhere yet
//
//   auto router = Router::Create(options);
//   Destination to = router->Route(recipient.path);

#ifndef MAILCORE_ROUTE_ROUTER_H_
#define MAILCORE_ROUTE_ROUTER_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/route/destination.h"

namespace mailsec::route {

// Thread safety: immutable once created.
class Router {
 public:
  struct LocalDomain {
    address::Domain domain;
    // Other names: the mailboxes are the same.
    std::vector<address::Domain> aliases = {};
    Destination mailboxes = {};  // kMaildir or kLmtp.
  };
  struct FixedRoute {
    address::Domain domain;
    Destination next_hop = {};  // kSmtp or kLmtp.
  };
  struct Options {
    std::vector<LocalDomain> local_domains = {};  // At least one.
    std::vector<FixedRoute> fixed_routes = {};    // Relay domains and routes.
    // Literals that mean this server; those of loopback do in any case.
    std::vector<ip::IpAddress> own_addresses = {};
    bool allow_literals = false;  // Those of others: RFC 5321, 4.1.3.
    // For everything else: kSmtp (a smarthost), kMx (its domain is filled in
    // for each recipient), or kNone.
    Destination fallback = {};
  };

  // InvalidArgument for no local domain, a domain that is listed twice, or a
  // destination that does not belong there or lacks its host, port or folder.
  static absl::StatusOr<Router> Create(Options options);

  // The bare postmaster is the postmaster of the first local domain.
  Destination Route(const address::ForwardPath& recipient) const;

  // Whose mailbox it is: the address itself with the main name of its domain,
  // or for the bare postmaster and our own address literals the one of the
  // first local domain. Nothing if it is no local address.
  std::optional<address::Address> MailboxOwner(
      const address::ForwardPath& recipient) const;

  // True for the local domains, their other names, the bare postmaster and our
  // own literals.
  bool IsLocal(const address::ForwardPath& recipient) const;
  bool IsLocal(const address::Domain& domain) const;

 private:
  explicit Router(Options options);

  // InvalidArgument if one of the names is taken already.
  absl::Status AddLocal(size_t index);
  absl::Status AddFixed(size_t index);
  bool IsOurs(const address::AddressLiteral& literal) const;
  // The local domain whose mailbox it is, or null.
  const LocalDomain* FindLocal(const address::ForwardPath& recipient) const;
  Destination RouteLiteral(const address::AddressLiteral& literal) const;

  Options options_;
  absl::flat_hash_set<ip::IpAddress> own_addresses_;
  // By name: indexes into options_.
  absl::flat_hash_map<address::Domain, size_t> local_;
  absl::flat_hash_map<address::Domain, size_t> fixed_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ROUTER_H_
