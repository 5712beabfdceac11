#include "mailcore/server/config/resolver_settings.h"

#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {

ResolverSettings ReadResolver(const Section& root,
                              const config::Resolver& resolver) {
  ResolverSettings settings;
  settings.forward = {resolver.forward().begin(), resolver.forward().end()};
  if (!resolver.trust_anchor_file().empty()) {
    settings.trust_anchor_file = root.Resolve(resolver.trust_anchor_file());
  }
  return settings;
}

}  // namespace mailsec::server
