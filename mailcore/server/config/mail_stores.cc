#include "mailcore/server/config/mail_stores.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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
  return ErrorAt(store.place,
                 absl::StrCat(store.is_socket ? "lmtp: " : "maildir_root: ",
                              is_error() ? "" : "warning: ", status.message()))
      .ToString();
}

absl::Status CheckStore(const MailStore& store) {
  return store.is_socket ? CheckSocket(store.path)
                         : io::CheckMaildirRoot(store.path);
}

std::vector<MailStore> StoresOf(const DomainSettings& domains) {
  std::vector<MailStore> stores;
  for (const LocalDomainSettings& local : domains.local) {
    absl::string_view path = local.mailboxes.maildir_root;
    MailStore store = {.path = "", .place = local.mailboxes_place};
    if (local.mailboxes.kind == route::Destination::Kind::kLmtp) {
      path = local.mailboxes.host;
      store.is_socket = absl::ConsumePrefix(&path, "unix:");
      if (!store.is_socket) continue;
    }
    if (path.empty()) continue;
    store.path = std::string(path);
    stores.push_back(std::move(store));
  }
  return stores;
}

std::vector<StoreFault> FaultsOfStores(const DomainSettings& domains) {
  std::vector<StoreFault> faults;
  for (const MailStore& store : StoresOf(domains)) {
    absl::Status status = CheckStore(store);
    if (!status.ok()) faults.push_back({store, std::move(status)});
  }
  return faults;
}

}  // namespace mailsec::server
