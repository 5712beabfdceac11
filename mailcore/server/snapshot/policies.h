// policies.h: what does the configuration decide?
//
// Everything that is made from a configuration and can change with a reload:
// who may send, who exists, where it goes. One snapshot of it is put in force
// as a whole.

#ifndef MAILCORE_SERVER_SNAPSHOT_POLICIES_H_
#define MAILCORE_SERVER_SNAPSHOT_POLICIES_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "mailcore/autoreply/srs_table.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/route/forward_table.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/snapshot/local_directory.h"
#include "mailcore/server/snapshot/routing.h"
#include "mailcore/server/snapshot/scanning.h"

namespace mailsec::server {

// Thread safety: immutable once created; what it points to allows concurrent
// calls.
struct Policies {
  std::shared_ptr<LocalDirectory> directory;         // Local and relay domains.
  std::unique_ptr<policy::LiveMxAuthority> live_mx;  // May be null.
  std::unique_ptr<policy::AcceptancePolicy> acceptance;
  std::shared_ptr<const Routing> routing;
  std::shared_ptr<Scanning> scanning;
  route::ForwardTable forwards;
  route::MainNames other_names;  // Of the local domains.
  // Of everything that this server sends by itself.
  std::shared_ptr<policy::Governor> governor;
  ip::NetworkSet authorised_networks;
  bool may_block = false;  // acceptance asks the DNS or a next hop.
  // The same about clients that may send to anyone: whether the recipient's
  // domain has a mail server.
  bool may_block_for_ours = false;
};

// What policies work with. All of it must outlive them; any of it may be
// missing, as when a configuration is only checked.
struct PolicySources {
  dns::Resolver* resolver = nullptr;
  policy::RecipientVerifier* verifier = nullptr;
  std::function<bool(uint64_t)> has_space = nullptr;  // For so many octets.
  std::vector<ip::IpAddress> own_addresses = {};      // Of the interfaces.
  std::vector<policy::Scanner*> scanners = {};  // Before those configured.
  // Ends what scanners are asked (scanning.h).
  const std::atomic<bool>* scans_stopped = nullptr;
  std::shared_ptr<policy::Governor> governor = nullptr;
  autoreply::SrsTable* srs_table = nullptr;  // Of long forwarding addresses.
  const base::Clock* clock = nullptr;
  base::EventSink* events = nullptr;
};

// Reads the recipients and aliases files and builds the policies. Null after an
// error; every error is added to `errors`.
std::shared_ptr<const Policies> BuildPolicies(const Settings& settings,
                                              PolicySources sources,
                                              std::vector<ConfigError>* errors);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_POLICIES_H_
