// identity_settings.h: who is this server, and who runs it? (R6)

#ifndef MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Config;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct IdentitySettings {
  // As it was written; the server greets with it.
  std::string hostname;
  std::optional<address::Domain> host_domain;     // Set if there is no error.
  std::optional<address::Address> administrator;  // Set if there is no error.
  std::optional<address::Address> deputy;         // Set if there is no error.
  std::vector<ip::IpAddress> own_addresses;       // Literals that are us.
  ConfigPlace administrator_place;
  ConfigPlace deputy_place;
};

IdentitySettings ReadIdentity(const Section& root, const config::Config& proto);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_IDENTITY_SETTINGS_H_
