#include "mailcore/server/config/spool_keys.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "mailcore/io/read_file.h"

namespace mailsec::server {

absl::StatusOr<std::vector<spool::SpoolKey>> ReadSpoolKeys(
    const ServerConfig& config) {
  constexpr size_t kKeyOctets = 32;
  std::vector<spool::SpoolKey> keys;
  for (const config::SpoolKey& key : config.proto.spool().key()) {
    const std::string path = config.Resolve(key.file());
    absl::StatusOr<std::string> octets = io::ReadSecretFile(path, kKeyOctets);
    if (!octets.ok()) return octets.status();
    if (octets->size() != kKeyOctets) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, " must hold 32 random octets: `head -c 32 /dev/urandom > ",
          path, "`"));
    }
    keys.push_back({.id = key.id(), .secret = *std::move(octets)});
  }
  return keys;
}

}  // namespace mailsec::server
