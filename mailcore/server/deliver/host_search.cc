#include "mailcore/server/deliver/host_search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::server {
namespace {

using smtp::Reply;

std::vector<std::string> KeysOf(const std::vector<Host>& hosts) {
  std::vector<std::string> keys;
  for (const Host& host : hosts) keys.push_back(host.Key());
  return keys;
}

}  // namespace

std::string Host::Key() const {
  if (!unix_path.empty()) return unix_path;
  return absl::StrCat("[", address.ToString(), "]:", port);
}

std::vector<Host> HostsOf(const route::NextHops& hops) {
  std::vector<Host> hosts;
  if (!hops.unix_path.empty()) {
    hosts.push_back({.name = hops.unix_path, .unix_path = hops.unix_path});
  }
  for (const route::NextHop& hop : hops.hops) {
    const std::string ip = hop.address.ToString();
    hosts.push_back({.name = hop.host == ip
                                 ? absl::StrCat("[", ip, "]")
                                 : absl::StrCat(hop.host, " [", ip, "]"),
                     .unix_path = "",
                     .address = hop.address,
                     .port = hop.port});
  }
  return hosts;
}

HostSearch::HostSearch(std::vector<Host> hosts, route::HostHealth* health,
                       route::HostHealth::Search search, absl::Duration time,
                       absl::Duration uptime)
    : hosts_(std::move(hosts)),
      health_(health),
      time_left_(time),
      order_(health->Order(KeysOf(hosts_), uptime, search)),
      why_("there is no host to ask") {}

const Host* HostSearch::Next() {
  if (!others_left()) return nullptr;
  const Host& host = hosts_[order_[next_++]];
  last_name_ = host.name;
  return &host;
}

std::string HostSearch::NextName() const {
  return others_left() ? hosts_[order_[next_]].name : "";
}

std::vector<size_t>::iterator HostSearch::FindLeft(const Host& host) {
  return std::find_if(order_.begin() + static_cast<std::ptrdiff_t>(next_),
                      order_.end(),
                      [&](size_t i) { return hosts_[i].Key() == host.Key(); });
}

void HostSearch::Failed(const Host& host, const HostFault& fault,
                        absl::Duration uptime) {
  health_->Failed(host.Key(), uptime);
  why_ = fault.why;
  takes_no_mail_ += fault.takes_no_mail;
  const auto left = FindLeft(host);
  if (left != order_.end()) order_.erase(left);
}

void HostSearch::Forbidden(const Host& host) {
  why_ = absl::StrCat(host.name, " is outside; this mail stays inside");
  ++forbidden_;
}

void HostSearch::PutFirst(const Host& host) {
  const auto left = FindLeft(host);
  if (left != order_.end()) order_.erase(left);
  for (size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].Key() != host.Key()) continue;
    order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(next_), i);
    return;
  }
}

bool HostSearch::all_forbidden() const {
  return !hosts_.empty() && forbidden_ == hosts_.size();
}

smtp::RecipientOutcome HostSearch::Verdict() const {
  const bool for_good = !hosts_.empty() && takes_no_mail_ == hosts_.size();
  return {.reply = for_good ? Reply(521, {5, 3, 2}, why_)
                            : Reply(451, {4, 4, 1}, why_),
          .stage = smtp::Stage::kConnect,
          .from_peer = for_good};
}

}  // namespace mailsec::server
