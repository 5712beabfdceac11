#include "mailcore/server/config/config_error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mailsec::server {

std::string ConfigError::ToString() const {
  return absl::StrCat(file, ":", line, ":", column, ": ", message);
}

ConfigError ErrorAt(const ConfigPlace& place, absl::string_view message) {
  return {place.file, place.line, place.column, std::string(message)};
}

absl::Status ToStatus(const std::vector<ConfigError>& errors) {
  if (errors.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(
      errors, "\n",
      [](std::string* out, const ConfigError& e) { *out += e.ToString(); }));
}

}  // namespace mailsec::server
