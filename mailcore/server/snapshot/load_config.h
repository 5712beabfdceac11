// load_config.h: is the configuration, with all the files it names, right?
//
//   ServerConfig config;
//   for (const ConfigError& e : LoadConfig("mailsecd.textproto", &config)) ...

#ifndef MAILCORE_SERVER_SNAPSHOT_LOAD_CONFIG_H_
#define MAILCORE_SERVER_SNAPSHOT_LOAD_CONFIG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/io/event_log.h"
#include "mailcore/server/config/config.h"

namespace mailsec::server {

// Reads and checks `file` and what it names: recipients and keys. Every error
// is reported; empty: none. What is wrong in a recipients file is reported
// with its own line and column.
std::vector<ConfigError> LoadConfig(const std::string& file,
                                    ServerConfig* config);

// The log that config.log asks for.
absl::StatusOr<std::unique_ptr<io::EventLog>> OpenLog(
    const ServerConfig& config);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_LOAD_CONFIG_H_
