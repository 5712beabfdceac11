#include "mailcore/server/snapshot/load_settings.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/read_file.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void AddWarnings(const Snapshot& snapshot, std::vector<ConfigError>* warnings) {
  const auto exists = [&](const address::Address& mailbox) {
    return snapshot.directory->Find(mailbox).answer != policy::Answer::kNo;
  };
  const IdentitySettings& identity = snapshot.settings.identity;
  const std::pair<const address::Address&, const ConfigPlace&> people[] = {
      {*identity.administrator, identity.administrator_place},
      {*identity.deputy, identity.deputy_place}};
  for (const auto& [address, place] : people) {
    if (!snapshot.routing->router.IsLocal(address::ForwardPath(address)) ||
        exists(address)) {
      continue;
    }
    warnings->push_back(ErrorAt(
        place, absl::StrCat("warning: ", address.ToString(),
                            " is no mailbox: no alarm can be mailed there "
                            "(R6)")));
  }
  for (const std::string& path :
       {FolderOf(snapshot.settings.control_socket),
        FolderOf(snapshot.settings.spool.directory)}) {
    if (access(path.c_str(), W_OK | X_OK) == 0) continue;
    warnings->push_back({path, 1, 1,
                         std::string(io::ErrnoStatus(errno,
                                                     "warning: cannot write "
                                                     "into this folder")
                                         .message())});
  }
}

}  // namespace

std::vector<ConfigError> LoadSettings(const std::string& file,
                                      Settings* settings) {
  constexpr size_t kMaxOctets = 64 << 20;
  const absl::StatusOr<std::string> text = io::ReadFile(file, kMaxOctets);
  if (!text.ok()) {
    return {{file, 1, 1, std::string(text.status().message())}};
  }
  std::vector<ConfigError> errors = ParseSettings(*text, file, settings);
  if (!errors.empty()) return errors;
  const std::shared_ptr<const Snapshot> built =
      BuildSnapshot(*settings, Parts(), SnapshotSources(), &errors);
  (void)ReadSpoolKeys(settings->spool, &errors);
  if (built != nullptr) AddWarnings(*built, &settings->warnings);
  return errors;
}

absl::StatusOr<std::unique_ptr<io::EventLog>> OpenLog(
    const LogSettings& settings) {
  return io::EventLog::Open(settings.file, settings.severity);
}

}  // namespace mailsec::server
