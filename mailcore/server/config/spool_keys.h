// spool_keys.h: what seals the spool?

#ifndef MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_
#define MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_

#include <vector>

#include "mailcore/server/config/config_error.h"
#include "mailcore/server/config/spool_settings.h"
#include "mailcore/spool/sealer.h"

namespace mailsec::server {

// Reads the key files that the configuration names, in its order: the last
// one seals. Each holds exactly 32 octets and is private (mode 0600). What is
// wrong is added to `errors`, at the place that names the file.
// Thread safety: pure but for the files.
std::vector<spool::SpoolKey> ReadSpoolKeys(const SpoolSettings& settings,
                                           std::vector<ConfigError>* errors);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SPOOL_KEYS_H_
