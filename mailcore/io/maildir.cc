#include "mailcore/io/maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {
namespace {

constexpr size_t kBufferOctets = 64 * 1024;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Opens folder `name` in `parent`, which is <path>/<name>; makes it first if
// need be.
absl::StatusOr<int> OpenFolder(int parent, const std::string& path,
                               const std::string& name) {
  int fd = openat(parent, name.c_str(), kFolderFlags);
  if (fd < 0 && errno == ENOENT) {
    if (mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST) {
      return ErrnoStatus(
          errno, absl::StrCat("cannot make the folder ", path, "/", name));
    }
    if (fsync(parent) != 0) {
      return ErrnoStatus(errno, absl::StrCat("cannot flush the folder ", path));
    }
    fd = openat(parent, name.c_str(), kFolderFlags);
  }
  if (fd >= 0) return fd;
  if (errno == ELOOP || errno == ENOTDIR) {
    return absl::FailedPreconditionError(
        absl::StrCat("the folder ", path, "/", name, " is a link or a file"));
  }
  return ErrnoStatus(errno,
                     absl::StrCat("cannot open the folder ", path, "/", name));
}

absl::Status OpenInto(int parent, const std::string& path,
                      const std::string& name, int* fd) {
  const absl::StatusOr<int> opened = OpenFolder(parent, path, name);
  if (opened.ok()) *fd = *opened;
  return opened.status();
}

void Close(int fd) {
  if (fd >= 0) close(fd);
}

}  // namespace

// An address is data: it becomes a name in one folder and never a path.
bool CanBeMaildir(absl::string_view name) {
  return !name.empty() && name.size() <= 255 && name[0] != '.' &&
         name.find('/') == absl::string_view::npos && base::IsLogSafe(name);
}

absl::Status CheckMaildirRoot(const std::string& root) {
  const int fd = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, absl::StrCat("cannot open ", root));
  const auto close_it = absl::MakeCleanup([fd] { close(fd); });
  struct stat info;
  struct statvfs space;
  if (fstat(fd, &info) != 0 || fstatvfs(fd, &space) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot look at ", root));
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        root, " can be changed by everybody: run `chmod o-w ", root, "`"));
  }
  if (faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot write to ", root));
  }
  // Some file systems count no inodes, and then say that there are 0 of 0.
  if (space.f_bavail == 0 || (space.f_favail == 0 && space.f_files > 0)) {
    return ErrnoStatus(ENOSPC, absl::StrCat("cannot write to ", root));
  }
  return absl::OkStatus();
}

MaildirDelivery::MaildirDelivery(std::string root, std::string mailbox,
                                 std::string name)
    : root_(std::move(root)),
      mailbox_(std::move(mailbox)),
      name_(std::move(name)) {}

MaildirDelivery::~MaildirDelivery() {
  if (file_ >= 0) unlinkat(tmp_, name_.c_str(), 0);
  for (const int fd : {file_, new_, tmp_, maildir_}) Close(fd);
}

absl::Status MaildirDelivery::Open() {
  if (!CanBeMaildir(mailbox_)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", base::LogSafe(mailbox_), "\" cannot name a Maildir"));
  }
  const int root = open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return ErrnoStatus(errno, absl::StrCat("cannot open ", root_));
  absl::Status status = OpenInto(root, root_, mailbox_, &maildir_);
  Close(root);
  const std::string path = Path();
  if (status.ok()) status = OpenInto(maildir_, path, "tmp", &tmp_);
  if (status.ok()) status = OpenInto(maildir_, path, "new", &new_);
  if (!status.ok()) return status;
  int cur = -1;
  status = OpenInto(maildir_, path, "cur", &cur);
  Close(cur);
  if (!status.ok()) return status;
  delivered_ = IsDelivered();
  if (delivered_) return absl::OkStatus();
  // A file of this name in tmp/ is what an earlier attempt of ours left.
  unlinkat(tmp_, name_.c_str(), 0);
  file_ = openat(tmp_, name_.c_str(),
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot write to ", Path()));
  }
  return absl::OkStatus();
}

std::string MaildirDelivery::Path() const {
  return absl::StrCat(root_, "/", mailbox_);
}

// In new/ under its name, or in cur/ under its name and flags.
bool MaildirDelivery::IsDelivered() const {
  if (faccessat(new_, name_.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    return true;
  }
  const int cur = openat(maildir_, "cur", kFolderFlags);
  if (cur < 0) return false;
  DIR* folder = fdopendir(cur);
  if (folder == nullptr) {
    close(cur);
    return false;
  }
  bool found = false;
  const std::string with_flags = absl::StrCat(name_, ":");
  while (const dirent* entry = readdir(folder)) {
    found = found || name_ == entry->d_name ||
            absl::StartsWith(entry->d_name, with_flags);
  }
  closedir(folder);
  return found;
}

absl::Status MaildirDelivery::Append(absl::string_view octets) {
  octets_ += octets.size();
  if (delivered_) return absl::OkStatus();
  buffer_.append(octets.data(), octets.size());
  return buffer_.size() < kBufferOctets ? absl::OkStatus() : Flush();
}

absl::Status MaildirDelivery::Flush() {
  absl::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = write(file_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return ErrnoStatus(errno, absl::StrCat("cannot write to ", Path()));
    }
    rest.remove_prefix(static_cast<size_t>(n));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status MaildirDelivery::Commit() {
  if (delivered_) return absl::OkStatus();
  const absl::Status status = Flush();
  if (!status.ok()) return status;
  if (fsync(file_) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot flush ", Path()));
  }
  if (renameat(tmp_, name_.c_str(), new_, name_.c_str()) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot deliver to ", Path()));
  }
  Close(file_);
  file_ = -1;
  if (fsync(new_) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot flush ", Path()));
  }
  return absl::OkStatus();
}

}  // namespace mailsec::io
