// plan.h: which recipients of a message go the same way?
//
//   Plan plan = PlanAttempt(envelope, router, /*only_cut_through=*/false);
//   // ... The addresses of each group in plan.remote are looked up ...
//   for (Group& group : JoinSameHops(std::move(plan.remote))) Send(group);

#ifndef MAILCORE_SERVER_DELIVER_PLAN_H_
#define MAILCORE_SERVER_DELIVER_PLAN_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "mailcore/route/destination.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/router.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// Recipients with the same destination and the same class of mail.
// Thread safety: a value.
struct Group {
  route::Destination destination;
  route::MailClass mail_class = route::MailClass::kOrdinary;
  std::vector<size_t> recipients = {};  // Indices in the envelope, ascending.
  // The addresses of a remote destination, once they are known.
  std::optional<route::NextHops> hops = {};
};

// Thread safety: a value.
struct Plan {
  std::vector<Group> mailboxes;  // Into Maildirs of this host.
  std::vector<Group> remote;     // To a next hop, by SMTP or LMTP.
  std::vector<size_t> unrouted;  // Recipients without a route.
  bool leaves_out = false;       // Some recipients take no part.
};

// The ways of all recipients that are pending. `only_cut_through`: a client
// waits, so only recipients take part whose next hop is asked meanwhile.
// Thread safety: a pure function.
Plan PlanAttempt(const spool::Envelope& envelope, const route::Router& router,
                 bool only_cut_through);

// One group for all whose next hops are the same: domains with the same
// exchangers get one message. Groups whose hops are not known, or cannot be
// found (NextHops::failure), stay alone.
// Thread safety: a pure function.
std::vector<Group> JoinSameHops(std::vector<Group> groups);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_PLAN_H_
