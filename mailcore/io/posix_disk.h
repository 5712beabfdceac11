// posix_disk.h: a folder of this machine as the spool's disk. (R4, R8)
//
//   absl::StatusOr<std::unique_ptr<PosixDisk>> disk =
//       PosixDisk::Open("/var/spool/mailsec");

#ifndef MAILCORE_IO_POSIX_DISK_H_
#define MAILCORE_IO_POSIX_DISK_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/disk.h"

namespace mailsec::io {

// Only the server's user can read, list or create anything in it: files and
// folders are made with owner-only modes, whatever the umask, and opened
// relative to a folder that is held open, without following links.
//
// Thread safety: all methods may run concurrently.
class PosixDisk : public spool::Disk {
 public:
  // Makes the folder `path` if it does not exist (its parent must), and locks
  // it until the disk is destroyed.
  //
  // FailedPrecondition, naming the culprit and what to do, if the folder or a
  // file of ours in it is open to others, if the folder has another owner, if a
  // part of the path is a symbolic link or can be changed by others, or if
  // another server has locked it.
  static absl::StatusOr<std::unique_ptr<PosixDisk>> Open(
      const std::string& path);
  ~PosixDisk() override;

  absl::StatusOr<std::unique_ptr<spool::DiskFile>> Open(absl::string_view name,
                                                        Mode mode) override;
  absl::Status Remove(absl::string_view name) override;
  absl::Status SetAside(absl::string_view folder,
                        absl::string_view leaf) override;
  absl::StatusOr<std::vector<spool::DiskEntry>> List(
      absl::string_view folder) override;
  absl::Status SyncFolder(absl::string_view folder) override;
  absl::StatusOr<spool::DiskSpace> Space() override;

 private:
  explicit PosixDisk(std::string path) : path_(std::move(path)) {}
  absl::Status Prepare();
  absl::Status OpenFolders();
  absl::Status Lock();
  int Folder(absl::string_view name) const;  // -1 if there is none.

  const std::string path_;
  int root_ = -1;
  int lock_ = -1;
  std::vector<std::pair<std::string, int>> folders_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_POSIX_DISK_H_
