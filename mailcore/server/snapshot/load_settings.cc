#include "mailcore/server/snapshot/load_settings.h"

#include "mailcore/io/read_file.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

std::vector<ConfigError> LoadSettings(const std::string& file,
                                      Settings* settings) {
  constexpr size_t kMaxOctets = 64 << 20;
  const absl::StatusOr<std::string> text = io::ReadFile(file, kMaxOctets);
  if (!text.ok()) {
    return {{file, 1, 1, std::string(text.status().message())}};
  }
  std::vector<ConfigError> errors = ParseSettings(*text, file, settings);
  if (!errors.empty()) return errors;
  (void)BuildSnapshot(*settings, Parts(), SnapshotSources(), &errors);
  (void)ReadSpoolKeys(settings->spool, &errors);
  return errors;
}

absl::StatusOr<std::unique_ptr<io::EventLog>> OpenLog(
    const LogSettings& settings) {
  return io::EventLog::Open(settings.file, settings.severity);
}

}  // namespace mailsec::server
