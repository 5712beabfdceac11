// domain_settings.h: whose mailboxes are here, and whose mail is handed on?

#ifndef MAILCORE_SERVER_CONFIG_DOMAIN_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_DOMAIN_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/io/maildir_quota.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/route/destination.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Config;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct LocalDomainSettings {
  address::Domain name;
  std::vector<address::Domain> aliases;  // The mailboxes are the same.
  ConfigFile recipients_file;
  route::Destination mailboxes;            // kMaildir or kLmtp.
  ConfigPlace mailboxes_place;             // Where that is written.
  std::string subaddress_separators = {};  // route::NamesOfDomain.
  std::optional<address::Address> catch_all = std::nullopt;
  ConfigPlace catch_all_place = {};
  // Of each Maildir; not set: nobody has a quota but by their own line or file.
  io::MaildirQuota quota = {};
  bool has_quota = false;  // Quotas of all its Maildirs are looked at.
};

// Thread safety: a value.
struct RelayDomainSettings {
  address::Domain name;
  route::Destination next_hop;  // kSmtp.
  ConfigFile recipients_file;   // Empty: the next hop decides.
};

// Thread safety: a value.
struct DomainSettings {
  std::vector<LocalDomainSettings> local;
  std::vector<RelayDomainSettings> relay;
  ConfigFile aliases_file;  // May be empty.

  // One of the local domains, by any of its names.
  bool IsLocal(const address::Domain& name) const;
  // Of local domains, by all their names.
  std::vector<address::Domain> LocalNames() const;
  bool Serves(const address::Domain& name) const;  // Local or relay domain.
};

// Mail between own users goes to LMTP hops, which therefore have to lie in
// `inside` (R3).
DomainSettings ReadDomains(const Section& root, const config::Config& proto,
                           const ip::NetworkSet& inside);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_DOMAIN_SETTINGS_H_
