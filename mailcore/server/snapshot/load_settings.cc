#include "mailcore/server/snapshot/load_settings.h"

#include <unistd.h>

#include <algorithm>
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

// Mail for an alias goes to whom it names, and to nobody else.
void WarnOfHiddenMailboxes(const Snapshot& snapshot,
                           std::vector<ConfigError>* warnings) {
  const route::AliasTable& aliases = snapshot.routing->aliases;
  for (const address::Address& alias : aliases.Aliases()) {
    const std::vector<address::Address> behind = aliases.Expand(alias);
    if (!snapshot.directory->IsListed(alias) ||
        std::find(behind.begin(), behind.end(), alias) != behind.end()) {
      continue;
    }
    warnings->push_back(
        {snapshot.settings.domains.aliases_file.path, aliases.LineOf(alias), 1,
         absl::StrCat("warning: ", alias.ToString(),
                      " is a mailbox as well, which gets nothing: name it "
                      "among those behind the alias, or take it out of the "
                      "recipients file")});
  }
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
  WarnOfHiddenMailboxes(snapshot, warnings);
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
