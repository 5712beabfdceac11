// log_settings.h: where are events written?

#ifndef MAILCORE_SERVER_CONFIG_LOG_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_LOG_SETTINGS_H_

#include <string>

#include "mailcore/base/event.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Log;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct LogSettings {
  std::string file;                                 // Empty: standard error.
  base::Severity severity = base::Severity::kInfo;  // The least one.
  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

LogSettings ReadLog(const Section& root, const config::Log& log);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_LOG_SETTINGS_H_
