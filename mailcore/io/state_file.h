// state_file.h: what did we know before the restart?
//
// A small file of the server's own, replaced as a whole.
//
//   absl::Status written = io::WriteStateFile(path, octets);
//   absl::StatusOr<std::string> read = io::ReadSecretFile(path, 1 << 20);

#ifndef MAILCORE_IO_STATE_FILE_H_
#define MAILCORE_IO_STATE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mailsec::io {

// Puts `octets` in place of the file `path`, mode 0600: after a crash it holds
// these or what it held before, or is gone if the disk lost both. Makes
// `path` + ".new" on its way, and follows no link there. Thread safety: not
// beside another call for the same path.
absl::Status WriteStateFile(const std::string& path, absl::string_view octets);

}  // namespace mailsec::io

#endif  // MAILCORE_IO_STATE_FILE_H_
