#include "mailcore/io/errno_status.h"

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

TEST(ErrnoStatusTest, Table) {
  const struct {
    int error;
    absl::StatusCode want;
  } kCases[] = {
      {ENOENT, absl::StatusCode::kNotFound},
      {ENOTDIR, absl::StatusCode::kNotFound},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EPERM, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {ELOOP, absl::StatusCode::kPermissionDenied},
      {EEXIST, absl::StatusCode::kAlreadyExists},
      // Only what a person can make room for is exhausted.
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EMFILE, absl::StatusCode::kUnavailable},
      {ENFILE, absl::StatusCode::kUnavailable},
      {ENOMEM, absl::StatusCode::kUnavailable},
      {ENAMETOOLONG, absl::StatusCode::kUnavailable},
      {EIO, absl::StatusCode::kUnavailable},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ErrnoStatus(c.error, "x").code(), c.want) << c.error;
  }
  EXPECT_EQ(ErrnoStatus(ENOENT, "cannot open F").message(),
            "cannot open F: No such file or directory");
}

}  // namespace
}  // namespace mailsec::io
