#include "mailcore/server/config/spool_keys.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/read_file.h"

namespace mailsec::server {

std::vector<spool::SpoolKey> ReadSpoolKeys(const SpoolSettings& settings,
                                           std::vector<ConfigError>* errors) {
  constexpr size_t kKeyOctets = 32;
  std::vector<spool::SpoolKey> keys;
  for (const SpoolSettings::Key& key : settings.keys) {
    const std::string& path = key.file.path;
    absl::StatusOr<std::string> octets = io::ReadSecretFile(path, kKeyOctets);
    if (octets.ok() && octets->size() != kKeyOctets) {
      octets = absl::InvalidArgumentError(absl::StrCat(
          path, " must hold 32 random octets: `head -c 32 /dev/urandom > ",
          path, "`"));
    }
    if (octets.ok()) {
      keys.push_back({.id = key.id, .secret = *std::move(octets)});
    } else {
      errors->push_back(ErrorAt(key.file.place, octets.status().message()));
    }
  }
  return keys;
}

}  // namespace mailsec::server
