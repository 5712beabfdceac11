#include "mailcore/server/deliver/plan.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::server {
namespace {

using route::Destination;

bool IsRemote(const Destination& to) {
  return to.kind != Destination::Kind::kMaildir &&
         to.kind != Destination::Kind::kNone;
}

// Groups with equal keys become one transaction.
std::string KeyOf(const Group& group) {
  return absl::StrCat(group.hops->key, " ", static_cast<int>(group.mail_class),
                      " ", static_cast<int>(group.destination.kind));
}

}  // namespace

Plan PlanAttempt(const spool::Envelope& envelope, const route::Router& router,
                 bool only_cut_through) {
  Plan plan;
  std::map<std::string, Group> groups;
  for (size_t i = 0; i < envelope.recipients.size(); ++i) {
    const spool::Recipient& recipient = envelope.recipients[i];
    if (recipient.state != spool::RecipientState::kPending) continue;
    Destination to = router.Route(recipient.path);
    if (only_cut_through && !to.cut_through) {
      plan.leaves_out = true;
      continue;
    }
    if (to.kind == Destination::Kind::kNone) {
      plan.unrouted.push_back(i);
      continue;
    }
    Group& group = groups[absl::StrCat(to.ToString(),
                                       recipient.local_only ? " inside" : "")];
    group.destination = std::move(to);
    group.mail_class = recipient.local_only ? route::MailClass::kLocalOnly
                                            : route::MailClass::kOrdinary;
    group.recipients.push_back(i);
  }
  for (auto& [key, group] : groups) {
    std::vector<Group>& same_kind =
        IsRemote(group.destination) ? plan.remote : plan.mailboxes;
    same_kind.push_back(std::move(group));
  }
  return plan;
}

std::vector<Group> JoinSameHops(std::vector<Group> groups) {
  std::vector<Group> joined;
  std::map<std::string, size_t> places;  // In `joined`, by the groups' keys.
  for (Group& group : groups) {
    if (group.hops && !group.hops->failure) {
      const auto [place, is_new] = places.emplace(KeyOf(group), joined.size());
      if (!is_new) {
        std::vector<size_t>& first = joined[place->second].recipients;
        first.insert(first.end(), group.recipients.begin(),
                     group.recipients.end());
        continue;
      }
    }
    joined.push_back(std::move(group));
  }
  return joined;
}

}  // namespace mailsec::server
