// errno_status.h: what does this error of the system mean?
//
//   if (fd < 0) return io::ErrnoStatus(errno, "cannot open F");
//   // NotFound: "cannot open F: No such file or directory"

#ifndef MAILCORE_IO_ERRNO_STATUS_H_
#define MAILCORE_IO_ERRNO_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mailsec::io {

// The Status for errno(3) `error` after `what` failed, with the system's words
// behind `what`:
//
//   ENOENT, ENOTDIR                NotFound
//   EACCES, EPERM, EROFS, ELOOP    PermissionDenied
//   EEXIST                         AlreadyExists
//   ENOSPC, EDQUOT                 ResourceExhausted: the disk, or a quota
//   all others, as EMFILE and EIO  Unavailable
//
// Thread safety: a pure function.
absl::Status ErrnoStatus(int error, absl::string_view what);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_ERRNO_STATUS_H_
