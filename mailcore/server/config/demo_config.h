// demo_config.h: what does a server serve that somebody only tries?
//
// A complete server in one folder, for trying: host mx.example.org with the
// local domain example.org. The configuration is written into the folder, so
// that it can be read, and is read from there like any other. This is what
// `mailsecd --demo DIR` serves.
//
//   absl::StatusOr<std::string> file =
//       server::PrepareDemo("demo", /*port=*/2525, /*smarthost=*/"");
//   if (file.ok()) Show(*file);

#ifndef MAILCORE_SERVER_CONFIG_DEMO_CONFIG_H_
#define MAILCORE_SERVER_CONFIG_DEMO_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace mailsec::server {

// Makes `directory` (mode 0700) with its configuration and returns the path of
// that. `port` 0: any free one. `smarthost` is HOST:PORT, or empty: mail for
// elsewhere waits. An error names what could not be written. Thread safety: may
// run concurrently for different directories.
absl::StatusOr<std::string> PrepareDemo(const std::string& directory,
                                        uint16_t port,
                                        const std::string& smarthost);

// The configuration of a demo folder, and its control socket.
std::string DemoConfigPath(const std::string& directory);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_DEMO_CONFIG_H_
