#include "mailcore/server/snapshot/routing.h"

#include <optional>
#include <utility>

#include "mailcore/address/domain.h"
#include "mailcore/ip/network_set.h"

namespace mailsec::server {
namespace {

using address::Domain;
using ip::IpAddress;
using route::Destination;

Destination FromNextHop(const ServerConfig& config, const config::NextHop& hop,
                        Destination::Kind kind) {
  Destination to;
  to.kind = kind;
  to.host = config.ResolveServer(hop.host());
  to.port = static_cast<uint16_t>(hop.port());
  to.cut_through = hop.cut_through();
  to.verify = hop.verify_recipients();
  return to;
}

Destination Fallback(const ServerConfig& config) {
  if (config.proto.has_smarthost()) {
    return FromNextHop(config, config.proto.smarthost(),
                       Destination::Kind::kSmtp);
  }
  Destination to;
  if (config.proto.mx().off()) return to;
  to.kind = Destination::Kind::kMx;
  to.port = static_cast<uint16_t>(config.proto.mx().port());
  return to;
}

route::Router::Options RouterOptions(const ServerConfig& config) {
  route::Router::Options options;
  for (const config::LocalDomain& domain : config.proto.local_domain()) {
    route::Router::LocalDomain local = {
        .domain = *Domain::ParseFqdn(domain.name()),
        .aliases = {},
        .mailboxes = {}};
    for (const std::string& alias : domain.alias()) {
      local.aliases.push_back(*Domain::ParseFqdn(alias));
    }
    if (domain.has_lmtp()) {
      local.mailboxes =
          FromNextHop(config, domain.lmtp(), Destination::Kind::kLmtp);
    } else {
      local.mailboxes.kind = Destination::Kind::kMaildir;
      local.mailboxes.maildir_root = config.Resolve(domain.maildir_root());
    }
    options.local_domains.push_back(std::move(local));
  }
  for (const config::RelayDomain& domain : config.proto.relay_domain()) {
    options.fixed_routes.push_back(
        {.domain = *Domain::ParseFqdn(domain.name()),
         .next_hop =
             FromNextHop(config, domain.next_hop(), Destination::Kind::kSmtp)});
  }
  for (const config::Route& route : config.proto.route()) {
    options.fixed_routes.push_back(
        {.domain = *Domain::ParseFqdn(route.domain()),
         .next_hop =
             FromNextHop(config, route.next_hop(), Destination::Kind::kSmtp)});
  }
  for (const std::string& own : config.proto.own_address()) {
    options.own_addresses.push_back(*IpAddress::Parse(own));
  }
  options.allow_literals = config.proto.mx().allow_address_literals();
  options.fallback = Fallback(config);
  return options;
}

route::Inside::Options InsideOptions(const ServerConfig& config) {
  route::Inside::Options options;
  for (const config::LocalDomain& domain : config.proto.local_domain()) {
    options.own_domains.push_back(*Domain::ParseFqdn(domain.name()));
    for (const std::string& alias : domain.alias()) {
      options.own_domains.push_back(*Domain::ParseFqdn(alias));
    }
  }
  options.networks = config.inside_networks;
  return options;
}

route::MxPlanner::Options MxOptions(const ServerConfig& config,
                                    std::vector<IpAddress> own_addresses) {
  route::MxPlanner::Options options;
  // A sink of a test sits on an address of this host.
  options.allow_loopback = config.proto.mx().allow_loopback_for_tests();
  if (!options.allow_loopback) {
    options.own_addresses = std::move(own_addresses);
  }
  for (const std::string& own : config.proto.own_address()) {
    options.own_addresses.push_back(*IpAddress::Parse(own));
  }
  options.refused_networks = config.refused_networks;
  std::vector<ip::IpNetwork> inside = config.inside_networks.networks();
  const std::vector<ip::IpNetwork>& own = config.authorised_networks.networks();
  inside.insert(inside.end(), own.begin(), own.end());
  options.inside_networks = ip::NetworkSet(std::move(inside));
  options.own_names.push_back(*Domain::ParseFqdn(config.proto.hostname()));
  for (const std::string& name : config.proto.live_mx().own_name()) {
    options.own_names.push_back(*Domain::ParseFqdn(name));
  }
  return options;
}

}  // namespace

std::vector<address::Address> Routing::MailboxesOf(
    const address::ForwardPath& recipient) const {
  std::optional<address::Address> owner = router.MailboxOwner(recipient);
  if (!owner) owner = *recipient.address();
  std::vector<address::Address> behind = aliases.Expand(*owner);
  if (behind.empty()) behind.push_back(*std::move(owner));
  return behind;
}

absl::StatusOr<std::shared_ptr<const Routing>> MakeRouting(
    const ServerConfig& config, route::AliasTable aliases,
    std::vector<IpAddress> own_addresses, dns::Resolver* resolver,
    std::shared_ptr<const autoreply::Srs> srs) {
  absl::StatusOr<route::Router> router =
      route::Router::Create(RouterOptions(config));
  if (!router.ok()) return router.status();
  return std::make_shared<const Routing>(
      *std::move(router), std::move(aliases), InsideOptions(config),
      MxOptions(config, std::move(own_addresses)), resolver, std::move(srs));
}

}  // namespace mailsec::server
