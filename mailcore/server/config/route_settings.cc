#include "mailcore/server/config/route_settings.h"

#include <limits>
#include <set>
#include <string>
#include <utility>

#include "mailcore/server/config/config.pb.h"
#include "mailcore/server/config/next_hop.h"

namespace mailsec::server {
namespace {

using address::Domain;
using route::Destination;

constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();

Destination ReadFallback(const Section& root, const config::Config& proto) {
  const Section mx = root.Nested("mx", -1, proto.mx());
  const uint64_t port = mx.ReadNumber("port", proto.mx().port(), 25, 1, 65535);
  if (proto.smarthost_size() > 0) {
    return ReadNextHops(root, "smarthost", proto.smarthost());
  }
  Destination to;
  if (proto.mx().off()) return to;
  to.kind = Destination::Kind::kMx;
  to.port = static_cast<uint16_t>(port);
  return to;
}

std::optional<policy::LiveMxAuthority::Options> ReadLiveMx(
    const Section& root, const config::Config& proto) {
  if (!proto.has_live_mx()) return std::nullopt;
  const config::LiveMx& live = proto.live_mx();
  const Section section = root.Nested("live_mx", -1, live);
  if (live.own_name_size() == 0) {
    root.ErrorIfWhole("live_mx", -1,
                      "own_name is required: our names as an MX");
  }
  if (live.domain_size() == 0) {
    root.ErrorIfWhole("live_mx", -1,
                      "domain is required: which domains, or \"*\" for any");
  }
  policy::LiveMxAuthority::Options options;
  options.require_dnssec = live.require_dnssec();
  options.own_names = section.ReadDomains("own_name", live.own_name());
  for (int i = 0; i < live.domain_size(); ++i) {
    if (live.domain(i) == "*") {
      options.any_most_preferred = true;
      if (live.domain_size() > 1) {
        section.Error("domain", i, "\"*\" stands alone");
      }
      continue;
    }
    std::optional<Domain> domain =
        section.ReadDomain("domain", i, live.domain(i));
    if (domain) options.consenting_domains.push_back(*std::move(domain));
  }
  return options;
}

}  // namespace

RouteSettings ReadRoutes(const Section& root, const config::Config& proto,
                         const DomainSettings& domains) {
  RouteSettings settings;
  std::set<std::string> routed;
  for (int i = 0; i < proto.route_size(); ++i) {
    const config::Route& from = proto.route(i);
    const Section section = root.Nested("route", i, from);
    std::optional<Domain> domain =
        section.ReadDomain("domain", -1, from.domain());
    if (domain && !routed.insert(domain->ascii()).second) {
      section.Error("domain", -1, "has a route already");
    }
    if (domain && domains.Serves(*domain)) {
      section.Error("domain", -1,
                    "is a local_domain or relay_domain: its next hop stands "
                    "there");
    }
    if (from.next_hop_size() == 0) {
      root.ErrorIfWhole("route", i, "next_hop is required");
      continue;
    }
    Destination next_hop = ReadNextHops(section, "next_hop", from.next_hop());
    if (domain) settings.routes.push_back({*std::move(domain), next_hop});
  }
  settings.fallback = ReadFallback(root, proto);
  settings.allow_address_literals = proto.mx().allow_address_literals();
  settings.allow_loopback_for_tests = proto.mx().allow_loopback_for_tests();
  settings.refused_networks =
      root.Nested("mx", -1, proto.mx())
          .ReadNetworks("refuse_network", proto.mx().refuse_network(), "");
  settings.live_mx = ReadLiveMx(root, proto);
  return settings;
}

RetrySettings ReadRetry(const Section& root, const config::Retry& retry) {
  const Section section = root.Nested("retry", -1, retry);
  RetrySettings settings;
  const auto seconds = [&](const char* field, uint64_t value,
                           uint64_t fallback) {
    return absl::Seconds(section.ReadNumber(field, value, fallback, 1, kAny));
  };
  settings.schedule = {
      .first = seconds("first_seconds", retry.first_seconds(), 300),
      .longest = seconds("max_seconds", retry.max_seconds(), 14400),
      .lifetime =
          seconds("lifetime_seconds", retry.lifetime_seconds(), 432000)};
  if (settings.schedule.longest < settings.schedule.first) {
    section.ErrorIfWhole("max_seconds", -1,
                         "must not be less than first_seconds");
  }
  settings.concurrency =
      section.ReadNumber("concurrency", retry.concurrency(), 100, 1, 10000);
  settings.concurrency_per_destination =
      section.ReadNumber("concurrency_per_destination",
                         retry.concurrency_per_destination(), 20, 1, kAny);
  return settings;
}

}  // namespace mailsec::server
