// read_file.h: what stands in this file?
//
//   absl::StatusOr<std::string> text = io::ReadFile("recipients", 1 << 20);

#ifndef MAILCORE_IO_READ_FILE_H_
#define MAILCORE_IO_READ_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailsec::io {

// The whole content of a regular file. NotFound, PermissionDenied, or
// OutOfRange if it holds more than `max_octets`; the message names the file.
// Thread safety: pure but for the file.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_octets);

// As ReadFile(), for secrets: also FailedPrecondition if the file belongs to
// another user or group or others may read or write it (R4).
absl::StatusOr<std::string> ReadSecretFile(const std::string& path,
                                           size_t max_octets);

// OK if the file of which fstat(2) says this belongs to our user and nobody
// else may read or write it; else FailedPrecondition, with what to do (R4).
absl::Status CheckPrivate(const struct stat& info, const std::string& path);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_READ_FILE_H_
