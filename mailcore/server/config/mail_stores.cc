#include "mailcore/server/config/mail_stores.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/maildir.h"

namespace mailsec::server {
namespace {

absl::Status CheckSocket(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return io::ErrnoStatus(errno, absl::StrCat("cannot look at ", path));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is no socket"));
  }
  if (access(path.c_str(), W_OK) != 0) {
    return io::ErrnoStatus(errno, absl::StrCat("cannot connect to ", path));
  }
  return absl::OkStatus();
}

}  // namespace

std::string StoreFault::ToString() const {
  ConfigError error = store.place;
  error.message = absl::StrCat(store.is_socket ? "lmtp: " : "maildir_root: ",
                               is_error() ? "" : "warning: ", status.message());
  return error.ToString();
}

absl::Status CheckStore(const MailStore& store) {
  return store.is_socket ? CheckSocket(store.path)
                         : io::CheckMaildirRoot(store.path);
}

std::vector<StoreFault> FaultsOfStores(const ServerConfig& config) {
  std::vector<StoreFault> faults;
  for (const MailStore& store : config.mail_stores) {
    absl::Status status = CheckStore(store);
    if (!status.ok()) faults.push_back({store, std::move(status)});
  }
  return faults;
}

}  // namespace mailsec::server
