#include "mailcore/server/snapshot/make_governor.h"

#include <array>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace mailsec::server {
namespace {

using address::Domain;

// Whoever could guess the seed could slow the tables of the bounds down.
std::array<uint64_t, 2> RandomSeed() {
  std::random_device random;
  std::array<uint64_t, 2> seed;
  for (uint64_t& half : seed) half = uint64_t{random()} << 32 | random();
  return seed;
}

// R23: the domains whose mailboxes are here, by all their names, and this host.
std::vector<Domain> NameSpace(const Settings& settings) {
  std::vector<Domain> names = settings.domains.LocalNames();
  names.push_back(*settings.identity.host_domain);
  return names;
}

}  // namespace

std::shared_ptr<policy::Governor> MakeGovernor(const Settings& settings,
                                               const policy::Governor* before,
                                               absl::Time now) {
  const AutomaticMailSettings& automatic = settings.automatic;
  policy::Governor::Options options;
  options.own_domains = NameSpace(settings);
  options.operators = {*settings.identity.administrator,
                       *settings.identity.deputy};
  options.per_address = settings.notifications.per_address;
  options.per_domain = settings.notifications.per_domain;
  options.notices = automatic.notices;
  options.forwards_per_address = automatic.forwards_per_address;
  options.forwards_per_domain = automatic.forwards_per_domain;
  options.public_providers = automatic.public_providers;
  options.seed = RandomSeed();
  if (before == nullptr) {
    return std::make_shared<policy::Governor>(std::move(options));
  }
  return std::make_shared<policy::Governor>(std::move(options), *before, now);
}

}  // namespace mailsec::server
