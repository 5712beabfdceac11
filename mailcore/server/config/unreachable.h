// unreachable.h: does everybody answer whom the configuration names?
//
// Scanners and LMTP servers on addresses or sockets that nobody has are found
// out before the first message waits for them. That is no error, as they may
// start later than we do.
//
//   for (const ConfigError& warning : UnreachableNow(settings))
//     std::cerr << warning.ToString() << "\n";

#ifndef MAILCORE_SERVER_CONFIG_UNREACHABLE_H_
#define MAILCORE_SERVER_CONFIG_UNREACHABLE_H_

#include <vector>

#include "mailcore/server/config/config_error.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// A warning for each scanner and each LMTP server of a local domain to which no
// connection can be made now, at its place: with the system's words, what
// follows, and what to do. Names of hosts are not looked up. A connection is
// closed at once; blocks for at most two seconds (ours) for each of them.
// Thread safety: pure but for the network.
std::vector<ConfigError> UnreachableNow(const Settings& settings);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_UNREACHABLE_H_
