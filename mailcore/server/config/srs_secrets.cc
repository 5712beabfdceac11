#include "mailcore/server/config/srs_secrets.h"

#include <random>

#include "mailcore/io/read_file.h"
#include "mailcore/io/state_file.h"

namespace mailsec::server {
namespace {

constexpr size_t kMaxSecretOctets = 4096;
constexpr size_t kNewSecretOctets = 32;

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadSrsSecrets(
    const AutomaticMailSettings& settings) {
  std::vector<std::string> secrets;
  for (const ConfigFile& file : settings.srs_secret_files) {
    absl::StatusOr<std::string> secret =
        io::ReadSecretFile(file.path, kMaxSecretOctets);
    if (!secret.ok()) return secret.status();
    secrets.push_back(*std::move(secret));
  }
  if (!secrets.empty()) return secrets;
  absl::StatusOr<std::string> own =
      io::ReadSecretFile(settings.own_srs_secret_file, kMaxSecretOctets);
  if (absl::IsNotFound(own.status())) return secrets;
  if (!own.ok()) return own.status();
  secrets.push_back(*std::move(own));
  return secrets;
}

absl::Status MakeSrsSecret(const AutomaticMailSettings& settings) {
  if (settings.forwards_file.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> secrets =
      ReadSrsSecrets(settings);
  if (!secrets.ok()) return secrets.status();
  if (!secrets->empty()) return absl::OkStatus();
  std::random_device random;
  std::string secret;
  while (secret.size() < kNewSecretOctets) {
    secret.push_back(static_cast<char>(random()));
  }
  return io::WriteStateFile(settings.own_srs_secret_file, secret);
}

}  // namespace mailsec::server
