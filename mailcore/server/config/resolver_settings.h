// resolver_settings.h: who is asked about names?

#ifndef MAILCORE_SERVER_CONFIG_RESOLVER_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_RESOLVER_SETTINGS_H_

#include <string>
#include <vector>

#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Resolver;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct ResolverSettings {
  std::vector<std::string> forward;  // Empty: those of /etc/resolv.conf.
  std::string trust_anchor_file;     // Empty: no answer is secure.
  friend bool operator==(const ResolverSettings&,
                         const ResolverSettings&) = default;
};

ResolverSettings ReadResolver(const Section& root,
                              const config::Resolver& resolver);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_RESOLVER_SETTINGS_H_
