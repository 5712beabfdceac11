#include "mailcore/server/config/srs_secrets.h"

#include <random>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/io/read_file.h"
#include "mailcore/io/state_file.h"

namespace mailsec::server {
namespace {

constexpr size_t kMaxSecretOctets = 4096;
constexpr size_t kLeastSecretOctets = autoreply::Srs::kMinSecretOctets;

absl::StatusOr<std::string> ReadOne(const std::string& path) {
  absl::StatusOr<std::string> secret =
      io::ReadSecretFile(path, kMaxSecretOctets);
  if (!secret.ok() || secret->size() >= kLeastSecretOctets) return secret;
  return absl::InvalidArgumentError(
      absl::StrCat(path, " must hold at least ", kLeastSecretOctets,
                   " random octets: `head -c 32 /dev/urandom > ", path, "`"));
}

}  // namespace

std::vector<std::string> ReadSrsSecrets(const AutomaticMailSettings& settings,
                                        std::vector<ConfigError>* errors) {
  std::vector<std::string> secrets;
  for (const ConfigFile& file : settings.srs_secret_files) {
    absl::StatusOr<std::string> secret = ReadOne(file.path);
    if (secret.ok()) {
      secrets.push_back(*std::move(secret));
    } else {
      errors->push_back(ErrorAt(file.place, secret.status().message()));
    }
  }
  if (!settings.srs_secret_files.empty()) return secrets;
  absl::StatusOr<std::string> own = ReadOne(settings.own_srs_secret_file);
  if (own.ok()) {
    secrets.push_back(*std::move(own));
  } else if (!absl::IsNotFound(own.status())) {
    errors->push_back(ErrorAt({.file = settings.own_srs_secret_file},
                              own.status().message()));
  }
  return secrets;
}

absl::Status MakeSrsSecret(const AutomaticMailSettings& settings) {
  if (settings.forwards_file.empty()) return absl::OkStatus();
  std::vector<ConfigError> errors;
  const std::vector<std::string> secrets = ReadSrsSecrets(settings, &errors);
  if (!errors.empty()) return ToStatus(errors);
  if (!secrets.empty()) return absl::OkStatus();
  std::random_device random;
  std::string secret;
  while (secret.size() < kLeastSecretOctets) {
    secret.push_back(static_cast<char>(random()));
  }
  return io::WriteStateFile(settings.own_srs_secret_file, secret);
}

}  // namespace mailsec::server
