#include "mailcore/base/event.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::base {
namespace {

// logfmt: a value that could be taken for something else stands in quotes.
// LogSafe() has already replaced backslashes, so only '"' needs escaping.
std::string LogfmtValue(absl::string_view value) {
  std::string safe = LogSafe(value);
  if (!safe.empty() && safe.find_first_of(" \"=") == std::string::npos) {
    return safe;
  }
  return absl::StrCat("\"", absl::StrReplaceAll(safe, {{"\"", "\\\""}}), "\"");
}

}  // namespace

absl::string_view Event::Get(StringView key) const {
  for (const Field& field : fields_) {
    if (field.first == key) return field.second;
  }
  return {};
}

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kNotice:
      return "notice";
    case Severity::kWarning:
      return "warning";
    case Severity::kAlarm:
      return "alarm";
  }
  return "";
}

absl::string_view LogClassName(LogClass log_class) {
  switch (log_class) {
    case LogClass::kSecurity:
      return "security";
    case LogClass::kOperational:
      return "operational";
    case LogClass::kPersonal:
      return "personal";
  }
  return "";
}

std::string FormatEvent(const Event& event) {
  const EventType& type = event.type();
  std::string line = absl::StrCat(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", event.time(),
                       absl::UTCTimeZone()),
      " ", SeverityName(type.severity), " ", LogClassName(type.log_class), " ",
      type.id, " req=", LogfmtValue(type.requirement));
  for (const auto& [key, value] : event.fields()) {
    absl::StrAppend(&line, " ", key, "=", LogfmtValue(value));
  }
  return line;
}

}  // namespace mailsec::base
