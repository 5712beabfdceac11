// routing.h: where mail goes, as the configuration has it.
//
// One snapshot of everything that routes: put in force as a whole.

#ifndef MAILCORE_SERVER_SNAPSHOT_ROUTING_H_
#define MAILCORE_SERVER_SNAPSHOT_ROUTING_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/route/alias_table.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/local_names.h"
#include "mailcore/route/mx_planner.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/router.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// Thread safety: immutable once created; Find() of `finder` may block.
struct Routing {
  Routing(route::Router the_router, route::AliasTable the_aliases,
          route::Inside::Options inside_options,
          route::MxPlanner::Options mx_options, dns::Resolver* resolver,
          std::shared_ptr<const autoreply::Srs> the_srs,
          std::vector<route::NamesOfDomain> domains,
          std::shared_ptr<policy::RecipientDirectory> the_mailboxes)
      : router(std::move(the_router)),
        aliases(std::move(the_aliases)),
        mailboxes(std::move(the_mailboxes)),
        names(std::move(domains), &aliases, mailboxes.get()),
        inside(std::move(inside_options)),
        planner(std::move(mx_options), resolver),
        finder(&inside, &planner, resolver),
        srs(std::move(the_srs)) {}
  Routing(const Routing&) = delete;
  Routing& operator=(const Routing&) = delete;

  // Whose mailboxes are meant by `recipient`: what RCPT looks up and asks the
  // next hop about, what `mailsec explain` shows, and what mail is delivered
  // to, as route::LocalNames has it. Other names of a domain, our own address
  // literals and the bare postmaster become the address in the main domain. A
  // recipient that is not ours, and a rewritten sender, is itself.
  route::MeantName NameOf(const address::ForwardPath& recipient) const;

  // The addresses of NameOf(); the recipient itself if nobody is meant.
  std::vector<address::Address> MailboxesOf(
      const address::ForwardPath& recipient) const;

  // Whose mailbox mail is in that was delivered to `recipient`, one of
  // MailboxesOf(): the same without its detail (LocalNames::MailboxOf()).
  // Nothing if it is no local address, or there is no such mailbox.
  std::optional<address::Address> OwnerOf(
      const address::ForwardPath& recipient) const;

  const route::Router router;
  const route::AliasTable aliases;
  const std::shared_ptr<policy::RecipientDirectory> mailboxes;  // May be null.
  const route::LocalNames names;
  const route::Inside inside;
  const route::MxPlanner planner;
  const route::NextHopFinder finder;
  // Whose bounces come to rewritten senders; null: nothing was forwarded.
  const std::shared_ptr<const autoreply::Srs> srs;
};

// `settings` are without errors. `own_addresses` are those of this host's
// interfaces; `resolver` must outlive the result. `mailboxes` is asked which
// mailboxes exist (MailboxDirectory); null: every name is one.
absl::StatusOr<std::shared_ptr<const Routing>> MakeRouting(
    const Settings& settings, route::AliasTable aliases,
    std::vector<ip::IpAddress> own_addresses, dns::Resolver* resolver,
    std::shared_ptr<const autoreply::Srs> srs = nullptr,
    std::shared_ptr<policy::RecipientDirectory> mailboxes = nullptr);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_ROUTING_H_
