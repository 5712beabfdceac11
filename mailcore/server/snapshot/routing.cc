#include "mailcore/server/snapshot/routing.h"

#include <optional>
#include <utility>

#include "mailcore/address/domain.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::ForwardPath;
using ip::IpAddress;

std::vector<route::NamesOfDomain> NamesOf(const Settings& settings,
                                          const route::Router& router) {
  std::vector<route::NamesOfDomain> names;
  for (const LocalDomainSettings& local : settings.domains.local) {
    std::optional<Address> catch_all = local.catch_all;
    if (catch_all) {  // With the main name of its domain.
      std::optional<Address> owner =
          router.MailboxOwner(ForwardPath(*catch_all));
      if (owner) catch_all = *std::move(owner);
    }
    names.push_back({.domain = local.name,
                     .separators = local.subaddress_separators,
                     .catch_all = std::move(catch_all)});
  }
  return names;
}

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

route::MeantName Routing::NameOf(const ForwardPath& recipient) const {
  std::optional<Address> owner = router.MailboxOwner(recipient);
  if (!owner) owner = *recipient.address();
  if (srs != nullptr && srs->IsOurs(*owner)) {
    return {.mailboxes = {{*owner, *owner}}};
  }
  return names.Of(*owner);
}

std::vector<Address> Routing::MailboxesOf(const ForwardPath& recipient) const {
  std::vector<Address> addresses;
  for (route::MeantMailbox& one : NameOf(recipient).mailboxes) {
    addresses.push_back(std::move(one.address));
  }
  if (!addresses.empty()) return addresses;
  std::optional<Address> owner = router.MailboxOwner(recipient);
  addresses.push_back(owner ? *std::move(owner) : *recipient.address());
  return addresses;
}

std::optional<Address> Routing::OwnerOf(const ForwardPath& recipient) const {
  const std::optional<Address> owner = router.MailboxOwner(recipient);
  if (!owner) return std::nullopt;
  return names.MailboxOf(*owner);
}

absl::StatusOr<std::shared_ptr<const Routing>> MakeRouting(
    const Settings& settings, route::AliasTable aliases,
    std::vector<IpAddress> own_addresses, dns::Resolver* resolver,
    std::shared_ptr<const autoreply::Srs> srs,
    std::shared_ptr<policy::RecipientDirectory> mailboxes) {
  absl::StatusOr<route::Router> router =
      route::Router::Create(RouterOptions(settings));
  if (!router.ok()) return router.status();
  std::vector<route::NamesOfDomain> names = NamesOf(settings, *router);
  return std::make_shared<const Routing>(
      *std::move(router), std::move(aliases),
      route::Inside::Options{.own_domains = settings.domains.LocalNames(),
                             .networks = settings.networks.inside},
      MxOptions(settings, std::move(own_addresses)), resolver, std::move(srs),
      std::move(names), std::move(mailboxes));
}

}  // namespace mailsec::server
