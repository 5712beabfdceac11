#include "mailcore/route/next_hops.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailcore/route/address_order.h"

namespace mailsec::route {
namespace {

using ip::IpAddress;
using smtp::Reply;

constexpr uint16_t kSmtpPort = 25;         // RFC 5321, 4.5.4.2.
constexpr size_t kMaxAddressesAHost = 10;  // Ours, as MxPlanner's.

NextHops Failed(Reply reply) {
  NextHops none;
  none.failure = std::move(reply);
  return none;
}

uint16_t PortOf(const Destination& destination) {
  return destination.port == 0 ? kSmtpPort : destination.port;
}

// RFC 3463, 3.5: unable to route, and that is our own fault.
Reply Misconfigured(absl::string_view what) {
  return Reply(451, {4, 4, 4}, what);
}

}  // namespace

NextHops NextHopFinder::Find(const Destination& destination,
                             MailClass mail_class, uint64_t seed) const {
  NextHops to = FindAny(destination, seed);
  if (to.hops.empty()) return to;
  const std::string first = to.hops.front().host;
  to.hops.erase(std::remove_if(to.hops.begin(), to.hops.end(),
                               [&](const NextHop& hop) {
                                 return !inside_->MayConnect(mail_class,
                                                             hop.address);
                               }),
                to.hops.end());
  if (!to.hops.empty()) return to;
  NextHops refused = Failed(Inside::Refusal(first));
  refused.kept_inside = true;
  return refused;
}

NextHops NextHopFinder::FindAny(const Destination& destination,
                                uint64_t seed) const {
  switch (destination.kind) {
    case Destination::Kind::kNone:
      return Failed(Misconfigured("There is no route for this recipient yet"));
    case Destination::Kind::kMaildir:
      return Failed(Reply(451, {4, 3, 5}, "A Maildir is no next hop"));
    case Destination::Kind::kLmtp:
    case Destination::Kind::kSmtp:
      return FindHosts(destination);
    case Destination::Kind::kMx:
      return FindExchangers(destination, seed);
    case Destination::Kind::kAddress:
      return FindLiteral(destination);
    case Destination::Kind::kRefused:
      return Failed(Reply(550, {5, 1, 2},
                          absl::StrCat("Mail to [", destination.host,
                                       "] is not taken: write to a domain and "
                                       "not to an address of a host")));
  }
  return Failed(Misconfigured("There is no such kind of destination"));
}

// The answer is as sure as the least sure one.
NextHops NextHopFinder::FindHosts(const Destination& destination) const {
  absl::string_view path = destination.host;
  if (absl::ConsumePrefix(&path, "unix:")) {
    NextHops to;
    to.key = destination.ToString();
    to.unix_path = std::string(path);
    return to;
  }
  NextHops to = FindHost({destination.host, PortOf(destination)});
  for (const FixedHost& other : destination.others) {
    NextHops next = FindHost(other);
    if (next.failure) continue;
    if (to.failure) {
      to = std::move(next);
      continue;
    }
    if (next.dnssec != dns::DnssecStatus::kSecure) to.dnssec = next.dnssec;
    to.hops.insert(to.hops.end(), next.hops.begin(), next.hops.end());
  }
  if (!to.failure) to.key = destination.ToString();
  return to;
}

NextHops NextHopFinder::FindHost(const FixedHost& fixed) const {
  NextHops to;
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(fixed.host);
  if (ip.ok()) {
    to.hops.push_back({ip->ToString(), *ip, fixed.port});
    return to;
  }
  const absl::StatusOr<dns::AddressAnswer> answer =
      resolver_->LookUpAddresses(fixed.host);
  if (absl::IsNotFound(answer.status())) {
    return Failed(Misconfigured(
        absl::StrCat("The next hop ", fixed.host, " has no address")));
  }
  if (!answer.ok()) {
    return Failed(Reply(451, {4, 4, 3},
                        absl::StrCat("Cannot look up the next hop ", fixed.host,
                                     " now: ", answer.status().message())));
  }
  to.dnssec = answer->dnssec;
  for (const IpAddress& address :
       InTurn(answer->addresses, kMaxAddressesAHost)) {
    to.hops.push_back({fixed.host, address, fixed.port});
  }
  if (!to.hops.empty()) return to;
  return Failed(Misconfigured(
      absl::StrCat("The next hop ", fixed.host, " has no address")));
}

NextHops NextHopFinder::FindExchangers(const Destination& destination,
                                       uint64_t seed) const {
  if (!destination.domain) {
    return Failed(Misconfigured("There is no domain to look up"));
  }
  MxPlan plan = planner_->Plan(*destination.domain, seed);
  if (plan.failure) return Failed(*std::move(plan.failure));
  NextHops to;
  to.dnssec = plan.dnssec;
  to.key = std::move(plan.key);
  if (PortOf(destination) != kSmtpPort) {
    absl::StrAppend(&to.key, ":", destination.port);
  }
  for (MxHop& hop : plan.hops) {
    to.hops.push_back({std::move(hop.host), hop.address, PortOf(destination)});
  }
  return to;
}

NextHops NextHopFinder::FindLiteral(const Destination& destination) const {
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(destination.host);
  if (ip.ok() && planner_->IsOurs(*ip)) {
    return Failed(Reply(554, {5, 4, 6},
                        absl::StrCat("Mail for [", destination.host,
                                     "] loops back to this host")));
  }
  if (!ip.ok() || InTurn({*ip}, 1).empty()) {
    return Failed(Reply(
        550, {5, 1, 2},
        absl::StrCat("[", destination.host, "] is not the address of a host")));
  }
  const std::optional<std::string> why = planner_->WhyNot(*ip);
  if (why) {  // RFC 3463, 3.5: unable to route.
    return Failed(
        Reply(550, {5, 4, 4}, absl::StrCat("[", destination.host, "] ", *why)));
  }
  NextHops to;
  to.key = destination.ToString();
  to.hops.push_back({ip->ToString(), *ip, PortOf(destination)});
  return to;
}

}  // namespace mailsec::route
