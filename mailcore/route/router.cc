#include "mailcore/route/router.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::AddressLiteral;
using address::Domain;
using address::ForwardPath;
using Kind = Destination::Kind;

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

absl::Status CheckHost(absl::string_view where, const Destination& to) {
  constexpr absl::string_view kUnix = "unix:";
  if (to.host.empty()) return Wrong(where, "the next hop has no host");
  if (absl::StartsWith(to.host, kUnix)) {
    if (to.host.size() > kUnix.size()) return absl::OkStatus();
    return Wrong(where, "unix: names no socket");
  }
  if (to.port == 0) return Wrong(where, "the next hop has no port");
  for (const FixedHost& other : to.others) {
    if (to.kind != Kind::kSmtp || other.host.empty() || other.port == 0 ||
        absl::StartsWith(other.host, kUnix)) {
      return Wrong(where,
                   "another next hop has no host or no port, or is not "
                   "reached by SMTP");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMailboxes(absl::string_view where, const Destination& to) {
  if (to.kind == Kind::kLmtp) return CheckHost(where, to);
  if (to.kind != Kind::kMaildir) {
    return Wrong(where, "mailboxes are reached by LMTP, or are Maildirs");
  }
  if (to.maildir_root.empty()) return Wrong(where, "no folder for Maildirs");
  return absl::OkStatus();
}

absl::Status CheckNextHop(absl::string_view where, const Destination& to) {
  if (to.kind == Kind::kSmtp || to.kind == Kind::kLmtp) {
    return CheckHost(where, to);
  }
  return Wrong(where, "a next hop is reached by SMTP or LMTP");
}

absl::Status CheckFallback(const Destination& to) {
  constexpr absl::string_view kWhere = "everything else";
  if (to.kind == Kind::kSmtp) return CheckHost(kWhere, to);
  if (to.kind == Kind::kMx || to.kind == Kind::kNone) return absl::OkStatus();
  return Wrong(kWhere, "goes to a smarthost, to mail exchangers or nowhere");
}

}  // namespace

absl::StatusOr<Router> Router::Create(Options options) {
  if (options.local_domains.empty()) {
    return absl::InvalidArgumentError("there is no local domain");
  }
  const absl::Status fallback = CheckFallback(options.fallback);
  if (!fallback.ok()) return fallback;
  Router router(std::move(options));
  for (size_t i = 0; i < router.options_.local_domains.size(); ++i) {
    const absl::Status added = router.AddLocal(i);
    if (!added.ok()) return added;
  }
  for (size_t i = 0; i < router.options_.fixed_routes.size(); ++i) {
    const absl::Status added = router.AddFixed(i);
    if (!added.ok()) return added;
  }
  return router;
}

Router::Router(Options options)
    : options_(std::move(options)),
      own_addresses_(options_.own_addresses.begin(),
                     options_.own_addresses.end()) {}

absl::Status Router::AddLocal(size_t index) {
  const LocalDomain& local = options_.local_domains[index];
  std::vector<Domain> names = {local.domain};
  names.insert(names.end(), local.aliases.begin(), local.aliases.end());
  for (const Domain& name : names) {
    if (!local_.try_emplace(name, index).second) {
      return Wrong(name.ascii(), "is listed twice");
    }
  }
  return CheckMailboxes(local.domain.ascii(), local.mailboxes);
}

absl::Status Router::AddFixed(size_t index) {
  const FixedRoute& route = options_.fixed_routes[index];
  if (local_.contains(route.domain) ||
      !fixed_.try_emplace(route.domain, index).second) {
    return Wrong(route.domain.ascii(), "is listed twice");
  }
  return CheckNextHop(route.domain.ascii(), route.next_hop);
}

bool Router::IsOurs(const AddressLiteral& literal) const {
  return literal.ip().IsLoopback() || own_addresses_.contains(literal.ip());
}

const Router::LocalDomain* Router::FindLocal(
    const ForwardPath& recipient) const {
  const LocalDomain* first = &options_.local_domains.front();
  if (recipient.IsBarePostmaster()) return first;
  const Address::Host& host = recipient.address()->host();
  if (const auto* literal = std::get_if<AddressLiteral>(&host)) {
    return IsOurs(*literal) ? first : nullptr;
  }
  const auto found = local_.find(std::get<Domain>(host));
  if (found == local_.end()) return nullptr;
  return &options_.local_domains[found->second];
}

Destination Router::RouteLiteral(const AddressLiteral& literal) const {
  Destination to;
  to.kind = options_.allow_literals ? Kind::kAddress : Kind::kRefused;
  to.host = literal.ip().ToString();
  if (options_.fallback.kind == Kind::kMx) to.port = options_.fallback.port;
  return to;
}

Destination Router::Route(const ForwardPath& recipient) const {
  if (const LocalDomain* local = FindLocal(recipient)) return local->mailboxes;
  const Address::Host& host = recipient.address()->host();
  if (const auto* literal = std::get_if<AddressLiteral>(&host)) {
    return RouteLiteral(*literal);
  }
  const Domain& domain = std::get<Domain>(host);
  if (const auto found = fixed_.find(domain); found != fixed_.end()) {
    return options_.fixed_routes[found->second].next_hop;
  }
  Destination to = options_.fallback;
  if (to.kind == Kind::kMx) to.domain = domain;
  return to;
}

std::optional<Address> Router::MailboxOwner(
    const ForwardPath& recipient) const {
  const LocalDomain* local = FindLocal(recipient);
  if (local == nullptr) return std::nullopt;
  const Address* address = recipient.address();
  const Domain* domain = address == nullptr ? nullptr : address->domain();
  if (domain != nullptr && *domain == local->domain) return *address;
  const absl::StatusOr<Address> owner = Address::Create(
      address == nullptr ? "postmaster" : address->local_part(), local->domain);
  if (!owner.ok()) return std::nullopt;  // Too long with that domain.
  return *owner;
}

bool Router::IsLocal(const ForwardPath& recipient) const {
  return FindLocal(recipient) != nullptr;
}

bool Router::IsLocal(const Domain& domain) const {
  return local_.contains(domain);
}

}  // namespace mailsec::route
