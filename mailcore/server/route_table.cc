#include "mailcore/server/route_table.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/address/domain.h"

namespace mailsec::server {
namespace {

Destination FromNextHop(const config::NextHop& hop, Destination::Kind kind) {
  Destination to;
  to.kind = kind;
  to.host = hop.host();
  to.port = static_cast<uint16_t>(hop.port());
  return to;
}

std::string Key(const std::string& domain) {
  return Domain::ParseFqdn(domain)->ascii();
}

}  // namespace

std::string Destination::ToString() const {
  switch (kind) {
    case Kind::kNone:
      return "none";
    case Kind::kMaildir:
      return absl::StrCat("maildir:", maildir_root);
    case Kind::kLmtp:
      if (absl::StartsWith(host, "unix:")) return absl::StrCat("lmtp:", host);
      return absl::StrCat("lmtp:[", host, "]:", port);
    case Kind::kSmtp:
      return absl::StrCat("smtp:[", host, "]:", port);
  }
  return "";
}

RouteTable::RouteTable(const ServerConfig& config) {
  for (const config::LocalDomain& domain : config.proto.local_domain()) {
    Destination to;
    if (domain.has_lmtp()) {
      to = FromNextHop(domain.lmtp(), Destination::Kind::kLmtp);
    } else {
      to.kind = Destination::Kind::kMaildir;
      to.maildir_root = config.Resolve(domain.maildir_root());
    }
    if (by_domain_.empty()) {
      postmaster_ = to;
      first_domain_ = *Domain::ParseFqdn(domain.name());
    }
    by_domain_[Key(domain.name())] = to;
    for (const std::string& alias : domain.alias()) by_domain_[Key(alias)] = to;
  }
  for (const config::RelayDomain& domain : config.proto.relay_domain()) {
    by_domain_[Key(domain.name())] =
        FromNextHop(domain.next_hop(), Destination::Kind::kSmtp);
  }
  for (const config::Route& route : config.proto.route()) {
    by_domain_[Key(route.domain())] =
        FromNextHop(route.next_hop(), Destination::Kind::kSmtp);
  }
  if (config.proto.has_smarthost()) {
    fallback_ = FromNextHop(config.proto.smarthost(), Destination::Kind::kSmtp);
  }
}

const Destination* RouteTable::Find(const ForwardPath& recipient) const {
  if (recipient.IsBarePostmaster()) return &postmaster_;
  const Domain* domain = recipient.address()->domain();
  // An address literal that was accepted is one of our own (RelayPolicy).
  if (domain == nullptr) return &postmaster_;
  const auto it = by_domain_.find(domain->ascii());
  return it == by_domain_.end() ? &fallback_ : &it->second;
}

std::optional<Address> RouteTable::MailboxOwner(
    const ForwardPath& recipient) const {
  const Address* address = recipient.address();
  if (address != nullptr && address->domain() != nullptr) return *address;
  if (!first_domain_) return std::nullopt;
  const absl::StatusOr<Address> owner =
      Address::Create(address == nullptr ? "postmaster" : address->local_part(),
                      *first_domain_);
  if (!owner.ok()) return std::nullopt;
  return *owner;
}

}  // namespace mailsec::server
