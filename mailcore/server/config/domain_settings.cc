#include "mailcore/server/config/domain_settings.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/address/subaddress.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/server/config/config.pb.h"
#include "mailcore/server/config/next_hop.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;
using route::Destination;

class DomainReader {
 public:
  DomainReader(const Section& root, const ip::NetworkSet& inside)
      : root_(root), inside_(inside) {}

  std::optional<LocalDomainSettings> ReadLocal(
      int index, const config::LocalDomain& local) {
    const Section section = root_.Nested("local_domain", index, local);
    std::optional<Domain> name = Claim(section, "name", -1, local.name());
    std::vector<Domain> aliases;
    for (int i = 0; i < local.alias_size(); ++i) {
      std::optional<Domain> alias = Claim(section, "alias", i, local.alias(i));
      if (alias) aliases.push_back(*std::move(alias));
    }
    if (local.recipients_file().empty()) {
      root_.ErrorIfWhole(
          "local_domain", index,
          "recipients_file is required: which mailboxes exist (R18)");
    }
    if (local.maildir_root().empty() == !local.has_lmtp()) {
      root_.ErrorIfWhole(
          "local_domain", index,
          "needs either maildir_root or lmtp: where its mail goes");
    }
    if (local.has_quota() && local.has_lmtp()) {
      section.Error("quota", -1,
                    "is of Maildirs: a server behind lmtp has quotas of its "
                    "own");
    }
    Destination mailboxes = ReadMailboxes(section, local);
    if (!name) return std::nullopt;
    return LocalDomainSettings{
        .name = *std::move(name),
        .aliases = std::move(aliases),
        .recipients_file =
            section.ReadFile("recipients_file", -1, local.recipients_file()),
        .mailboxes = std::move(mailboxes),
        .mailboxes_place =
            section.PlaceOf(local.has_lmtp() ? "lmtp" : "maildir_root"),
        .subaddress_separators = ReadSeparators(section, local),
        .catch_all = ReadCatchAll(section, local),
        .catch_all_place = section.PlaceOf("catch_all"),
        .quota = {.octets = local.quota().octets(),
                  .messages = local.quota().messages()},
        .has_quota = local.has_quota()};
  }

  std::optional<RelayDomainSettings> ReadRelay(
      int index, const config::RelayDomain& relay) {
    const Section section = root_.Nested("relay_domain", index, relay);
    std::optional<Domain> name = Claim(section, "name", -1, relay.name());
    Destination next_hop;
    if (relay.next_hop_size() > 0) {
      next_hop = ReadNextHops(section, "next_hop", relay.next_hop());
    } else {
      root_.ErrorIfWhole("relay_domain", index,
                         "next_hop is required: where its mail goes");
    }
    if (!name) return std::nullopt;
    return RelayDomainSettings{
        .name = *std::move(name),
        .next_hop = std::move(next_hop),
        .recipients_file =
            section.ReadFile("recipients_file", -1, relay.recipients_file())};
  }

 private:
  // A domain may be served in one way only.
  std::optional<Domain> Claim(const Section& section, const std::string& field,
                              int index, const std::string& value) {
    std::optional<Domain> domain = section.ReadDomain(field, index, value);
    if (domain && !claimed_.insert(domain->ascii()).second) {
      section.Error(
          field, index,
          absl::StrCat("\"", value, "\" is already a domain of ours"));
    }
    return domain;
  }

  static std::string ReadSeparators(const Section& section,
                                    const config::LocalDomain& local) {
    if (!local.has_subaddress_separators()) {
      return std::string(address::kUsualSeparators);
    }
    const absl::Status checked =
        address::CheckSeparators(local.subaddress_separators());
    if (!checked.ok()) {
      section.Error("subaddress_separators", -1, checked.message());
    }
    return local.subaddress_separators();
  }

  // Whether it exists is known once all files were read.
  static std::optional<Address> ReadCatchAll(const Section& section,
                                             const config::LocalDomain& local) {
    if (local.catch_all().empty()) return std::nullopt;
    section.Warning("catch_all", -1,
                    "takes mail for every name that somebody guesses: spam to "
                    "invented names is taken, and nobody is told of a wrong "
                    "address (R18)");
    return section.ReadAddress("catch_all", local.catch_all());
  }

  Destination ReadMailboxes(const Section& section,
                            const config::LocalDomain& local) const {
    Destination mailboxes;
    if (!local.has_lmtp()) {
      mailboxes.kind = Destination::Kind::kMaildir;
      mailboxes.maildir_root = section.Resolve(local.maildir_root());
      return mailboxes;
    }
    mailboxes = ReadNextHop(section, "lmtp", -1, local.lmtp(),
                            Destination::Kind::kLmtp);
    const absl::StatusOr<ip::IpAddress> ip =
        ip::IpAddress::Parse(mailboxes.host);
    if (ip.ok() && !ip->IsLoopback() && !inside_.Contains(*ip)) {
      section.ErrorIfWhole(
          "lmtp", -1,
          absl::StrCat(mailboxes.host,
                       " is not in an inside_network, and mail between our own "
                       "users could not be handed to it (R3)"));
    }
    return mailboxes;
  }

  const Section& root_;
  const ip::NetworkSet& inside_;
  std::set<std::string> claimed_;  // As A-labels.
};

}  // namespace

bool DomainSettings::IsLocal(const Domain& name) const {
  return std::any_of(
      local.begin(), local.end(), [&](const LocalDomainSettings& l) {
        return l.name == name ||
               std::count(l.aliases.begin(), l.aliases.end(), name) > 0;
      });
}

std::vector<Domain> DomainSettings::LocalNames() const {
  std::vector<Domain> names;
  for (const LocalDomainSettings& l : local) {
    names.push_back(l.name);
    names.insert(names.end(), l.aliases.begin(), l.aliases.end());
  }
  return names;
}

bool DomainSettings::Serves(const Domain& name) const {
  return IsLocal(name) || std::any_of(relay.begin(), relay.end(),
                                      [&](const RelayDomainSettings& r) {
                                        return r.name == name;
                                      });
}

DomainSettings ReadDomains(const Section& root, const config::Config& proto,
                           const ip::NetworkSet& inside) {
  DomainReader reader(root, inside);
  DomainSettings settings;
  for (int i = 0; i < proto.local_domain_size(); ++i) {
    std::optional<LocalDomainSettings> local =
        reader.ReadLocal(i, proto.local_domain(i));
    if (local) settings.local.push_back(*std::move(local));
  }
  for (int i = 0; i < proto.relay_domain_size(); ++i) {
    std::optional<RelayDomainSettings> relay =
        reader.ReadRelay(i, proto.relay_domain(i));
    if (relay) settings.relay.push_back(*std::move(relay));
  }
  settings.aliases_file =
      root.ReadFile("aliases_file", -1, proto.aliases_file());
  return settings;
}

}  // namespace mailsec::server
