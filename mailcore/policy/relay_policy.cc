#include "mailcore/policy/relay_policy.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/ip/special_purpose.h"
#include "mailcore/policy/policy_events.h"

namespace mailsec::policy {
namespace {

using ip::IpNetwork;

constexpr int kWidestV4Prefix = 8;
constexpr int kWidestV6Prefix = 16;
constexpr uint64_t kMostV4Hosts = uint64_t{1} << 31;  // Half of IPv4.
constexpr uint64_t kMostV6Subnets = uint64_t{1}
                                    << 60;  // Half of 2000::/3, /64s.

absl::Status OpenRelay(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("authorised_networks: ", what));
}

absl::Status CheckWidth(const IpNetwork& network) {
  if (network.prefix_length() == 0) {
    return OpenRelay("prefix length 0 would make an open relay");
  }
  const bool is_v4 = network.address().is_v4();
  const int widest = is_v4 ? kWidestV4Prefix : kWidestV6Prefix;
  if (network.Contains(ip::IpAddress())) {
    return OpenRelay(absl::StrCat(network.ToString(),
                                  " holds 0.0.0.0, which stands for clients "
                                  "that nobody names: that is an open relay"));
  }
  if (network.prefix_length() >= widest) return absl::OkStatus();
  if (ip::IsPrivate(network)) return absl::OkStatus();
  return OpenRelay(absl::StrCat(network.ToString(), " is wider than /", widest,
                                ": that is nearly an open relay"));
}

// Many narrow networks can list everyone too.
absl::Status CheckTogether(const ip::NetworkSet& networks) {
  absl::uint128 v4_hosts = 0;
  absl::uint128 v6_subnets = 0;  // Counted as /64s; smaller ones do not count.
  const IpNetwork* outer = nullptr;  // Sorted: the wider one comes first.
  for (const IpNetwork& network : networks.networks()) {
    if (outer != nullptr && outer->Contains(network.address())) continue;
    outer = &network;
    if (network.address().is_v4()) {
      v4_hosts += absl::uint128(1) << (32 - network.prefix_length());
    } else if (network.prefix_length() <= 64) {
      v6_subnets += absl::uint128(1) << (64 - network.prefix_length());
    }
  }
  if (v4_hosts > kMostV4Hosts || v6_subnets > kMostV6Subnets) {
    return OpenRelay(
        "together they list more than half of the Internet: that is nearly an "
        "open relay");
  }
  return absl::OkStatus();
}

constexpr Rule kNetwork = {
    "relay.authorised-network", "R14",
    "without this network, only recipients whose mail exchanger this server is "
    "would be accepted"};
constexpr Rule kAuthenticated = {
    "relay.authenticated", "R15",
    "without authentication, only recipients whose mail exchanger this server "
    "is would be accepted"};
constexpr Rule kBarePostmaster = {"relay.bare-postmaster", "RFC 5321, 4.5.1",
                                  "nothing: it is always accepted"};
constexpr Rule kOwnAddress = {
    "relay.own-address", "RFC 5321, 4.1.3",
    "refused if the literal were not one of this server's own addresses"};
constexpr Rule kMxAuthority = {
    "relay.mx-authority", "R14",
    "refused if this server were not mail exchanger for the recipient's "
    "domain"};
constexpr Rule kNotAuthorised = {
    "relay.not-authorised", "R14",
    "accepted if the client's address were in an authorised network, if it had "
    "authenticated, or if this server were mail exchanger for the recipient's "
    "domain",
    &events::kPolicyRelayRefused};
constexpr Rule kMxCannotTell = {
    "relay.cannot-tell", "R14",
    "accepted or refused for good once the look-up succeeds",
    &events::kPolicyCannotTell};

// The parts of a Decision that differ.
Decision Decided(Decision decision, Verdict verdict, smtp::Reply reply,
                 const Rule& rule) {
  decision.verdict = verdict;
  decision.reply = std::move(reply);
  decision.rule = &rule;
  return decision;
}

Decision Accepted(Decision decision, const Rule& rule) {
  return Decided(std::move(decision), Verdict::kAccept,
                 smtp::Reply(250, {2, 1, 5}, "Recipient accepted"), rule);
}

Decision Refused(Decision decision) {
  // RFC 3463, 3.8: delivery not authorized.
  return Decided(std::move(decision), Verdict::kRefuse,
                 smtp::Reply(550, {5, 7, 1}, "Relaying is not permitted"),
                 kNotAuthorised);
}

}  // namespace

absl::StatusOr<RelayPolicy> RelayPolicy::Create(Options options,
                                                MxAuthority* mx) {
  for (const IpNetwork& network : options.authorised_networks.networks()) {
    const absl::Status checked = CheckWidth(network);
    if (!checked.ok()) return checked;
  }
  const absl::Status checked = CheckTogether(options.authorised_networks);
  if (!checked.ok()) return checked;
  return RelayPolicy(std::move(options), mx);
}

RelayPolicy::RelayPolicy(Options options, MxAuthority* mx)
    : authorised_networks_(std::move(options.authorised_networks)),
      own_addresses_(options.own_addresses.begin(),
                     options.own_addresses.end()),
      mx_(mx) {}

Decision RelayPolicy::Decide(const Client& client,
                             const address::ForwardPath& recipient) const {
  Decision decision{.verdict = Verdict::kCannotTell,
                    .reply = smtp::Reply(451, {4, 3, 0}, "")};
  decision.inputs = {{"client", client.ip.ToString()},
                     {"recipient", recipient.ToString()}};
  if (const IpNetwork* network = authorised_networks_.Find(client.ip)) {
    decision.inputs.emplace_back("network", network->ToString());
    return Accepted(std::move(decision), kNetwork);
  }
  if (client.authenticated) {
    decision.inputs.emplace_back("user", client.user);
    return Accepted(std::move(decision), kAuthenticated);
  }
  if (recipient.IsBarePostmaster()) {
    return Accepted(std::move(decision), kBarePostmaster);
  }
  return DecideByHost(recipient.address()->host(), std::move(decision));
}

Decision RelayPolicy::DecideByHost(const address::Address::Host& host,
                                   Decision decision) const {
  if (const auto* literal = std::get_if<address::AddressLiteral>(&host)) {
    if (!own_addresses_.contains(literal->ip())) {
      return Refused(std::move(decision));
    }
    return Accepted(std::move(decision), kOwnAddress);
  }
  const MxVerdict held = mx_->HoldsMxFor(std::get<address::Domain>(host));
  decision.inputs.emplace_back("mx", held.reason);
  if (held.dnssec == dns::DnssecStatus::kSecure) {
    decision.inputs.emplace_back("dnssec", "secure");
  }
  switch (held.answer) {
    case Answer::kYes:
      return Accepted(std::move(decision), kMxAuthority);
    case Answer::kNo:
      return Refused(std::move(decision));
    case Answer::kCannotTell:
      break;
  }
  // RFC 3463, 3.5: directory server failure.
  return Decided(std::move(decision), Verdict::kCannotTell,
                 smtp::Reply(451, {4, 4, 3},
                             "Cannot tell now whether mail for this domain is "
                             "taken here; try again later"),
                 kMxCannotTell);
}

}  // namespace mailsec::policy
