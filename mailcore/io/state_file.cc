#include "mailcore/io/state_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {
namespace {

// Zero, or errno.
int WriteAll(int file, absl::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = write(file, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    octets.remove_prefix(static_cast<size_t>(n));
  }
  return fdatasync(file) == 0 ? 0 : errno;
}

}  // namespace

absl::Status WriteStateFile(const std::string& path, absl::string_view octets) {
  const std::string temporary = absl::StrCat(path, ".new");
  // What an interrupted call left behind. O_EXCL below follows no link.
  (void)unlink(temporary.c_str());
  const int file =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot make ", temporary));
  }
  int error = WriteAll(file, octets);
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  (void)unlink(temporary.c_str());
  return ErrnoStatus(error, absl::StrCat("cannot write ", path));
}

}  // namespace mailsec::io
