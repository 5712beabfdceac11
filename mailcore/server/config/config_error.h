// config_error.h: what is wrong with the configuration, and where?

#ifndef MAILCORE_SERVER_CONFIG_CONFIG_ERROR_H_
#define MAILCORE_SERVER_CONFIG_CONFIG_ERROR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mailsec::server {

// A place in a file of the configuration. Thread safety: a value.
struct ConfigPlace {
  std::string file = {};
  int line = 1;    // From 1. For what is missing: where it is missing.
  int column = 1;  // From 1.
};

// Thread safety: a value.
struct ConfigError {
  std::string file = {};
  int line = 1;
  int column = 1;
  std::string message = {};
  std::string ToString() const;  // "F:12:3: message"
};

// A file that the configuration names. Thread safety: a value.
struct ConfigFile {
  std::string path = {};   // As seen from the working directory; may be empty.
  ConfigPlace place = {};  // Where it is named.

  bool empty() const { return path.empty(); }
  friend bool operator==(const ConfigFile& a, const ConfigFile& b) {
    return a.path == b.path;
  }
};

ConfigError ErrorAt(const ConfigPlace& place, absl::string_view message);

// InvalidArgument with one error a line; OK if there is none.
absl::Status ToStatus(const std::vector<ConfigError>& errors);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_CONFIG_ERROR_H_
