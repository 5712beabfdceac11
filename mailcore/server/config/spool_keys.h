// spool_keys.h: what seals the spool?

#ifndef MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_
#define MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/server/config/config.h"
#include "mailcore/spool/sealer.h"

namespace mailsec::server {

// Reads the key files that the configuration names, in its order: the last
// one seals. Each holds exactly 32 octets and is private (mode 0600).
// Thread safety: pure but for the files.
absl::StatusOr<std::vector<spool::SpoolKey>> ReadSpoolKeys(
    const ServerConfig& config);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_
