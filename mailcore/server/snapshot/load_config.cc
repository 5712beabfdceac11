#include "mailcore/server/snapshot/load_config.h"

#include <utility>

#include "mailcore/io/read_file.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/snapshot/policies.h"

namespace mailsec::server {
namespace {

using base::Severity;

constexpr size_t kMaxConfigOctets = 64 << 20;

Severity LeastSeverity(const std::string& name) {
  for (const Severity severity : {Severity::kDebug, Severity::kInfo,
                                  Severity::kNotice, Severity::kWarning}) {
    if (base::SeverityName(severity) == name) return severity;
  }
  return Severity::kAlarm;
}

}  // namespace

std::vector<ConfigError> LoadConfig(const std::string& file,
                                    ServerConfig* config) {
  const absl::StatusOr<std::string> text = io::ReadFile(file, kMaxConfigOctets);
  if (!text.ok()) {
    return {{file, 1, 1, std::string(text.status().message())}};
  }
  std::vector<ConfigError> errors = ParseConfig(*text, file, config);
  if (!errors.empty()) return errors;
  (void)BuildPolicies(*config, PolicySources(), &errors);
  const absl::StatusOr<std::vector<spool::SpoolKey>> keys =
      ReadSpoolKeys(*config);
  if (!keys.ok()) {
    errors.push_back({file, 1, 1, std::string(keys.status().message())});
  }
  return errors;
}

absl::StatusOr<std::unique_ptr<io::EventLog>> OpenLog(
    const ServerConfig& config) {
  const config::Log& log = config.proto.log();
  return io::EventLog::Open(
      log.file().empty() ? "" : config.Resolve(log.file()),
      LeastSeverity(log.severity()));
}

}  // namespace mailsec::server
