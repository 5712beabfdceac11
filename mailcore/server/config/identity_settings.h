// identity_settings.h: who is this server, and who runs it? (R6)

#ifndef MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/event.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/server/config/config.pb.h"
#include "mailcore/server/config/section.h"

namespace mailsec::server {

// Thread safety: a value.
struct IdentitySettings {
  // As it was written; the server greets with it.
  std::string hostname;
  std::optional<address::Domain> host_domain;     // Set if there is no error.
  std::optional<address::Address> administrator;  // Set if there is no error.
  std::optional<address::Address> deputy;         // Set if there is no error.
  std::vector<ip::IpAddress> own_addresses;       // Literals that are us.
};

// Networks with rights, as the operator has listed them.
// Thread safety: a value.
struct NetworkSettings {
  ip::NetworkSet authorised;  // May send to anyone (R14).
  ip::NetworkSet normalise;   // Bare line ends are made CRLF.
  ip::NetworkSet inside;      // Of the institution (R3).
};

// Where events are written. Thread safety: a value.
struct LogSettings {
  std::string file;                                 // Empty: standard error.
  base::Severity severity = base::Severity::kInfo;  // The least one.
  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

// Who is asked about names. Thread safety: a value.
struct ResolverSettings {
  std::vector<std::string> forward;  // Empty: those of /etc/resolv.conf.
  std::string trust_anchor_file;     // Empty: no answer is secure.
  friend bool operator==(const ResolverSettings&,
                         const ResolverSettings&) = default;
};

IdentitySettings ReadIdentity(const Section& root, const config::Config& proto);
NetworkSettings ReadNetworks(const Section& root, const config::Config& proto);
LogSettings ReadLog(const Section& root, const config::Log& log);
ResolverSettings ReadResolver(const Section& root,
                              const config::Resolver& resolver);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_
