#include "mailcore/io/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {

absl::Status CheckPrivate(const struct stat& info, const std::string& path) {
  if (info.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " belongs to another user (uid ", info.st_uid,
                     "): give it to the user that runs this program"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " can be read or changed by others: run `chmod 600 ", path, "`"));
  }
  return absl::OkStatus();
}

namespace {

absl::StatusOr<std::string> Read(const std::string& path, size_t max_octets,
                                 bool secret) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ErrnoStatus(errno, absl::StrCat("cannot open ", path));
  const auto close_it = absl::MakeCleanup([fd] { close(fd); });
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot look at ", path));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not a regular file"));
  }
  if (secret) {
    const absl::Status status = CheckPrivate(info, path);
    if (!status.ok()) return status;
  }
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, absl::StrCat("cannot read ", path));
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > max_octets) {
      return absl::OutOfRangeError(absl::StrCat(path, " holds more than the ",
                                                max_octets, " octets allowed"));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_octets) {
  return Read(path, max_octets, false);
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path,
                                           size_t max_octets) {
  return Read(path, max_octets, true);
}

}  // namespace mailsec::io
