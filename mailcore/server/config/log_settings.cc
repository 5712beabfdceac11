#include "mailcore/server/config/log_settings.h"

#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {

LogSettings ReadLog(const Section& root, const config::Log& log) {
  const Section section = root.Nested("log", -1, log);
  LogSettings settings;
  if (!log.file().empty()) settings.file = section.Resolve(log.file());
  if (log.severity().empty()) return settings;
  for (const base::Severity severity :
       {base::Severity::kDebug, base::Severity::kInfo, base::Severity::kNotice,
        base::Severity::kWarning, base::Severity::kAlarm}) {
    if (base::SeverityName(severity) != log.severity()) continue;
    settings.severity = severity;
    return settings;
  }
  section.Error("severity", -1,
                "must be debug, info, notice, warning or alarm");
  return settings;
}

}  // namespace mailsec::server
