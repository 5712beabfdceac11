#include "mailcore/server/snapshot/routing.h"

#include <optional>
#include <utility>

#include "mailcore/address/domain.h"

namespace mailsec::server {
namespace {

using ip::IpAddress;

route::Router::Options RouterOptions(const Settings& settings) {
  route::Router::Options options;
  for (const LocalDomainSettings& local : settings.domains.local) {
    options.local_domains.push_back({.domain = local.name,
                                     .aliases = local.aliases,
                                     .mailboxes = local.mailboxes});
  }
  for (const RelayDomainSettings& relay : settings.domains.relay) {
    options.fixed_routes.push_back(
        {.domain = relay.name, .next_hop = relay.next_hop});
  }
  options.fixed_routes.insert(options.fixed_routes.end(),
                              settings.routes.routes.begin(),
                              settings.routes.routes.end());
  options.own_addresses = settings.identity.own_addresses;
  options.allow_literals = settings.routes.allow_address_literals;
  options.fallback = settings.routes.fallback;
  return options;
}

route::MxPlanner::Options MxOptions(const Settings& settings,
                                    std::vector<IpAddress> own_addresses) {
  route::MxPlanner::Options options;
  // A sink of a test sits on an address of this host.
  options.allow_loopback = settings.routes.allow_loopback_for_tests;
  if (!options.allow_loopback) {
    options.own_addresses = std::move(own_addresses);
  }
  options.own_addresses.insert(options.own_addresses.end(),
                               settings.identity.own_addresses.begin(),
                               settings.identity.own_addresses.end());
  options.refused_networks = settings.routes.refused_networks;
  std::vector<ip::IpNetwork> inside = settings.networks.inside.networks();
  const std::vector<ip::IpNetwork>& authorised =
      settings.networks.authorised.networks();
  inside.insert(inside.end(), authorised.begin(), authorised.end());
  options.inside_networks = ip::NetworkSet(std::move(inside));
  options.own_names.push_back(*settings.identity.host_domain);
  if (settings.routes.live_mx) {
    const std::vector<address::Domain>& names =
        settings.routes.live_mx->own_names;
    options.own_names.insert(options.own_names.end(), names.begin(),
                             names.end());
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
    const Settings& settings, route::AliasTable aliases,
    std::vector<IpAddress> own_addresses, dns::Resolver* resolver,
    std::shared_ptr<const autoreply::Srs> srs) {
  absl::StatusOr<route::Router> router =
      route::Router::Create(RouterOptions(settings));
  if (!router.ok()) return router.status();
  return std::make_shared<const Routing>(
      *std::move(router), std::move(aliases),
      route::Inside::Options{.own_domains = settings.domains.LocalNames(),
                             .networks = settings.networks.inside},
      MxOptions(settings, std::move(own_addresses)), resolver, std::move(srs));
}

}  // namespace mailsec::server
