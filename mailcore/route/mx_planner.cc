#include "mailcore/route/mx_planner.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/ip/special_purpose.h"
#include "mailcore/route/address_order.h"

namespace mailsec::route {
namespace {

using address::Domain;
using dns::AddressAnswer;
using dns::DnssecStatus;
using dns::MxAnswer;
using dns::MxRecord;
using ip::IpAddress;
using smtp::Reply;

constexpr size_t kMaxFaultsNamed = 3;  // In one failure. Ours.

bool IsNullExchange(const std::string& exchange) {
  return exchange.empty() || exchange == ".";
}

// Host names do not end in a label of digits (RFC 3696, 2); "192.0.2.99" is an
// address in the place of a name.
bool EndsLikeAnAddress(const Domain& name) {
  const std::string& text = name.ascii();
  const size_t dot = text.rfind('.');
  return std::all_of(text.begin() + (dot == std::string::npos ? 0 : dot + 1),
                     text.end(), absl::ascii_isdigit);
}

// SplitMix64 (Steele, Lea, Flood 2014): the same on every platform.
uint64_t Next(uint64_t& state) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

struct Exchanger {
  uint16_t preference;
  Domain name;
};

// By preference, equal ones in an order that the seed decides.
void Spread(std::vector<Exchanger>& exchangers, uint64_t seed) {
  std::vector<std::pair<uint64_t, Exchanger>> keyed;
  for (Exchanger& exchanger : exchangers) {
    keyed.emplace_back(Next(seed), std::move(exchanger));
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) {
                     return std::tie(a.second.preference, a.first) <
                            std::tie(b.second.preference, b.first);
                   });
  exchangers.clear();
  for (auto& [key, exchanger] : keyed) {
    exchangers.push_back(std::move(exchanger));
  }
}

}  // namespace

// One call of Plan().
class MxPlanning {
 public:
  MxPlanning(const MxPlanner& planner, const Domain& domain)
      : planner_(planner), options_(planner.options_), domain_(domain) {}

  MxPlan Run(uint64_t seed) {
    if (EndsLikeAnAddress(domain_)) return Failed(NoDomain());
    const absl::StatusOr<MxAnswer> mx = planner_.resolver_->LookUpMx(domain_);
    if (mx.ok()) {
      if (IsNullMx(*mx)) return Failed(NullMx());
      mx_dnssec_ = mx->dnssec;
      ReadExchangers(*mx);
    } else if (dns::IsNoSuchName(mx.status())) {
      return Failed(NoSuchDomain());
    } else if (absl::IsNotFound(mx.status())) {
      implicit_ = true;
      AddExchanger(0, domain_);
    } else {
      return Failed(CannotTell(mx.status().message()));
    }
    MakeKey();
    Spread(exchangers_, seed);
    LookUpAll();
    return Finish();
  }

 private:
  struct Host {
    Exchanger exchanger;
    std::vector<IpAddress> addresses;
    DnssecStatus dnssec;
  };

  // RFC 7505, 3; one beside other records is no null MX and names no host.
  static bool IsNullMx(const MxAnswer& mx) {
    return !mx.records.empty() &&
           std::all_of(
               mx.records.begin(), mx.records.end(),
               [](const MxRecord& r) { return IsNullExchange(r.exchange); });
  }

  void ReadExchangers(const MxAnswer& mx) {
    std::vector<MxRecord> records = mx.records;
    std::sort(records.begin(), records.end(),
              [](const MxRecord& a, const MxRecord& b) {
                return std::tie(a.preference, a.exchange) <
                       std::tie(b.preference, b.exchange);
              });
    absl::flat_hash_set<Domain> seen;
    for (const MxRecord& record : records) {
      if (IsNullExchange(record.exchange)) continue;
      const absl::StatusOr<Domain> name = Domain::ParseFqdn(record.exchange);
      if (!name.ok()) {
        AddFault(absl::StrCat(record.exchange, " is no host name"));
      } else if (EndsLikeAnAddress(*name)) {
        AddFault(absl::StrCat(name->ascii(), " is an address and no name"));
      } else if (seen.insert(*name).second) {
        AddExchanger(record.preference, *name);
      }
    }
  }

  void AddExchanger(uint16_t preference, const Domain& name) {
    if (planner_.IsOurs(name)) {
      WeAre(preference, name.ascii());
    } else {
      exchangers_.push_back({preference, name});
    }
  }

  // RFC 5321, 5.1: ours and all that are no better are left out.
  void WeAre(uint16_t preference, absl::string_view what) {
    if (our_preference_ && *our_preference_ <= preference) return;
    our_preference_ = preference;
    us_ = std::string(what);
  }
  bool IsBeforeUs(const Exchanger& exchanger) const {
    return !our_preference_ || exchanger.preference < *our_preference_;
  }

  void LookUpAll() {
    size_t looked_up = 0;
    for (const Exchanger& exchanger : exchangers_) {
      if (!IsBeforeUs(exchanger)) return;
      if (looked_up++ == options_.max_exchangers) return;
      LookUp(exchanger);
    }
  }

  void LookUp(const Exchanger& exchanger) {
    const std::string& name = exchanger.name.ascii();
    const absl::StatusOr<AddressAnswer> answer =
        planner_.resolver_->LookUpAddresses(name);
    if (absl::IsNotFound(answer.status())) {
      AddFault(absl::StrCat(name, dns::IsNoSuchName(answer.status())
                                      ? " does not exist"
                                      : " has no address"));
      return;
    }
    if (!answer.ok()) {
      unanswered_.emplace_back(exchanger, answer.status().message());
      return;
    }
    if (const std::string what = OursAmong(*answer); !what.empty()) {
      return WeAre(exchanger.preference, absl::StrCat(name, " (", what, ")"));
    }
    std::vector<IpAddress> addresses =
        InTurn(Usable(name, answer->addresses), options_.max_addresses_a_host);
    if (!addresses.empty()) {
      hosts_.push_back({exchanger, std::move(addresses), answer->dnssec});
    } else if (answer->addresses.empty()) {
      AddFault(absl::StrCat(name, " has no address"));
    }
  }

  // Those that may be connected to.
  std::vector<IpAddress> Usable(absl::string_view host,
                                const std::vector<IpAddress>& addresses) {
    std::vector<IpAddress> usable;
    for (const IpAddress& address : addresses) {
      const std::optional<std::string> why = planner_.WhyNot(address);
      if (why) {
        has_refused_ = true;
        AddFault(absl::StrCat(host, " has the address ", address.ToString(),
                              ", which ", *why));
      } else {
        usable.push_back(address);
      }
    }
    return usable;
  }

  // By what an answer shows that the host is us; empty if it does not.
  std::string OursAmong(const AddressAnswer& answer) const {
    const absl::StatusOr<Domain> canonical =
        Domain::ParseFqdn(answer.canonical_name);
    if (canonical.ok() && planner_.IsOurs(*canonical)) {
      return canonical->ascii();
    }
    for (const IpAddress& address : answer.addresses) {
      if (planner_.IsOurs(address)) return address.ToString();
    }
    return "";
  }

  MxPlan Finish() {
    MxPlan plan;
    plan.dnssec = mx_dnssec_;
    for (const Host& host : hosts_) {
      if (!IsBeforeUs(host.exchanger)) continue;
      for (const IpAddress& address : host.addresses) {
        if (plan.hops.size() == options_.max_hops) break;
        plan.hops.push_back(
            {host.exchanger.name.ascii(), address, host.exchanger.preference});
        if (host.dnssec == DnssecStatus::kInsecure) {
          plan.dnssec = DnssecStatus::kInsecure;
        }
      }
    }
    if (plan.hops.empty()) return Failed(WhyNone());
    plan.key = std::move(key_);
    return plan;
  }

  Reply WhyNone() const {
    for (const auto& [exchanger, reason] : unanswered_) {
      if (!IsBeforeUs(exchanger)) continue;
      return CannotTell(
          absl::StrCat("host ", exchanger.name.ascii(), ": ", reason));
    }
    if (our_preference_) return Loop();
    return implicit_ && !has_refused_ ? NoAddress() : NoUsableExchanger();
  }

  // The same for every seed: from the names alone.
  void MakeKey() {
    uint16_t preference = 0;
    size_t count = 0;
    key_ = "mx:";
    for (const Exchanger& exchanger : exchangers_) {  // Sorted by now.
      if (!IsBeforeUs(exchanger) || count == options_.max_exchangers) break;
      if (count++ > 0) key_ += exchanger.preference == preference ? ',' : ';';
      key_ += exchanger.name.ascii();
      preference = exchanger.preference;
    }
  }

  void AddFault(std::string fault) {
    if (faults_.size() < kMaxFaultsNamed) faults_.push_back(std::move(fault));
  }

  static MxPlan Failed(Reply reply) {
    MxPlan plan;
    plan.failure = std::move(reply);
    return plan;
  }

  Reply NullMx() const {  // RFC 7505, 4.2.
    return Reply(556, {5, 1, 10},
                 absl::StrCat("The domain ", domain_.ascii(),
                              " takes no mail: it has a null MX record"));
  }
  Reply NoSuchDomain() const {  // RFC 3463, 3.2: bad destination system.
    return Reply(550, {5, 1, 2},
                 absl::StrCat("The domain ", domain_.ascii(),
                              " does not exist; is it spelt right?"));
  }
  Reply NoDomain() const {
    return Reply(550, {5, 1, 2},
                 absl::StrCat(domain_.ascii(),
                              " is not the name of a domain; the address of a "
                              "host is written in brackets"));
  }
  Reply NoAddress() const {
    return Reply(550, {5, 1, 2},
                 absl::StrCat("The domain ", domain_.ascii(),
                              " has neither a mail exchanger nor an address"));
  }
  Reply CannotTell(absl::string_view why) const {  // Directory server failure.
    return Reply(451, {4, 4, 3},
                 absl::StrCat("Cannot find out now where mail for ",
                              domain_.ascii(), " goes: ", why));
  }
  Reply NoUsableExchanger() const {  // RFC 3463, 3.5: unable to route.
    return Reply(
        550, {5, 4, 4},
        absl::StrCat("None of the mail exchangers of ", domain_.ascii(),
                     " can be used: ", absl::StrJoin(faults_, "; ")));
  }
  Reply Loop() const {  // RFC 3463, 3.5: routing loop detected.
    return Reply(
        554, {5, 4, 6},
        absl::StrCat("Mail for ", domain_.ascii(),
                     " loops back to this host: its best mail exchanger left, ",
                     us_, ", is ourselves, and we do not serve this domain"));
  }

  const MxPlanner& planner_;
  const MxPlanner::Options& options_;
  const Domain& domain_;
  bool implicit_ = false;     // No MX record: the domain itself.
  bool has_refused_ = false;  // An address may not be connected to.
  DnssecStatus mx_dnssec_ = DnssecStatus::kInsecure;
  std::vector<Exchanger> exchangers_;
  std::optional<uint16_t> our_preference_;  // If we are in the list.
  std::string us_;                          // As the list calls us.
  std::vector<Host> hosts_;
  std::vector<std::pair<Exchanger, std::string>> unanswered_;
  std::vector<std::string> faults_;  // The exchangers that were passed over.
  std::string key_;
};

MxPlanner::MxPlanner(Options options, dns::Resolver* resolver)
    : options_(std::move(options)),
      rules_({.refused = options_.refused_networks,
              .inside = options_.inside_networks,
              .allow_loopback = options_.allow_loopback}),
      own_names_(options_.own_names.begin(), options_.own_names.end()),
      own_addresses_(options_.own_addresses.begin(),
                     options_.own_addresses.end()),
      resolver_(resolver) {}

MxPlan MxPlanner::Plan(const Domain& domain, uint64_t seed) const {
  return MxPlanning(*this, domain).Run(seed);
}

bool MxPlanner::IsOurs(const IpAddress& address) const {
  if (address.IsLoopback()) return !options_.allow_loopback;
  if (IsOursItself(address)) return true;
  const std::vector<IpAddress> inside = ip::AddressesInside(address);
  return std::any_of(
      inside.begin(), inside.end(),
      [this](const IpAddress& inner) { return IsOursItself(inner); });
}

bool MxPlanner::IsOursItself(const IpAddress& address) const {
  const ip::SpecialPurpose* row = ip::FindSpecialPurpose(address);
  const bool is_this_host =
      row != nullptr && (row->kind == ip::SpecialKind::kThisHost ||
                         row->kind == ip::SpecialKind::kLoopback);
  return is_this_host || own_addresses_.contains(address);
}

bool MxPlanner::IsOurs(const Domain& name) const {
  if (own_names_.contains(name)) return true;
  return !options_.allow_loopback &&
         (name.ascii() == "localhost" ||
          absl::EndsWith(name.ascii(), ".localhost"));
}

}  // namespace mailsec::route
