// load_settings.h: is the configuration, with all the files it names, right?
//
//   Settings settings;
//   for (const ConfigError& e : LoadSettings("mailsecd.textproto", &settings))
//     std::cerr << e.ToString() << "\n";

#ifndef MAILCORE_SERVER_SNAPSHOT_LOAD_SETTINGS_H_
#define MAILCORE_SERVER_SNAPSHOT_LOAD_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/io/event_log.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// Reads and checks `file` and what it names: recipients and keys. Every error
// is reported; empty: none. What is wrong in a recipients file is reported
// with its own line and column.
std::vector<ConfigError> LoadSettings(const std::string& file,
                                      Settings* settings);

absl::StatusOr<std::unique_ptr<io::EventLog>> OpenLog(
    const LogSettings& settings);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_LOAD_SETTINGS_H_
