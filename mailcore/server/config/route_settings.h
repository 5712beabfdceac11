// route_settings.h: where does mail for everybody else go?

#ifndef MAILCORE_SERVER_CONFIG_ROUTE_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_ROUTE_SETTINGS_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/router.h"
#include "mailcore/server/config/domain_settings.h"
#include "mailcore/server/config/section.h"
#include "mailcore/spool/retry_schedule.h"

namespace mailsec::config {
class Config;
class Retry;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct RouteSettings {
  std::vector<route::Router::FixedRoute> routes;
  // For other domains: kSmtp (a smarthost), kMx, or kNone: their mail waits.
  route::Destination fallback;
  bool allow_address_literals = false;    // RFC 5321, 4.1.3.
  bool allow_loopback_for_tests = false;  // Exchangers on loopback.
  ip::NetworkSet refused_networks;        // No exchanger is in them.
  // Domains that are ours by their live MX records. Nothing: none is.
  std::optional<policy::LiveMxAuthority::Options> live_mx;
};

// Thread safety: a value.
struct RetrySettings {
  spool::RetrySchedule::Options schedule;
  size_t concurrency = 0;                  // Connections, in all.
  size_t concurrency_per_destination = 0;  // To one next hop.
};

RouteSettings ReadRoutes(const Section& root, const config::Config& proto,
                         const DomainSettings& domains);
RetrySettings ReadRetry(const Section& root, const config::Retry& retry);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_ROUTE_SETTINGS_H_
