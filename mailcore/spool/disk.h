// disk.h: what does the spool ask of a disk?
//
// A folder with the files of one spool, in the sub-folders "log", "big" and
// "aside", which exist. io::PosixDisk is the real one, SimulatedDisk the one
// that tests crash. Names are "folder/leaf" with leaves of [A-Za-z0-9._-]
// that we chose ourselves; nothing from a message gets into one.

#ifndef MAILCORE_SPOOL_DISK_H_
#define MAILCORE_SPOOL_DISK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mailsec::spool {

// An open file. It stays readable when it is removed while open.
// Thread safety: ReadAt() may run concurrently with everything; the others
// belong to one thread at a time.
class DiskFile {
 public:
  virtual ~DiskFile() = default;

  // Writes all of `octets` or fails: ResourceExhausted if the disk is full,
  // Unavailable for any other fault. Durable only after Sync().
  virtual absl::Status WriteAt(uint64_t offset, absl::string_view octets) = 0;

  // Fills `out` and returns how many octets there were, fewer than `length`
  // only at the end of the file.
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t length,
                                        char* out) const = 0;

  // Makes all earlier writes durable. After a failure nobody knows what is.
  virtual absl::Status Sync() = 0;

  virtual absl::StatusOr<uint64_t> Size() const = 0;
};

struct DiskEntry {
  std::string name;     // The leaf, as it is on the disk: may be anything.
  bool regular = true;  // A plain file of our own; not a link or a folder.
  uint64_t octets = 0;
};

struct DiskSpace {
  uint64_t free_octets = 0;
  uint64_t free_inodes = 0;
};

// Thread safety: all methods may run concurrently.
class Disk {
 public:
  enum class Mode {
    kCreate,  // Must not exist; readable by the owner only.
    kOpen,    // Must exist and be a plain file; NotFound if it does not.
  };

  virtual ~Disk() = default;
  virtual absl::StatusOr<std::unique_ptr<DiskFile>> Open(absl::string_view name,
                                                         Mode mode) = 0;
  virtual absl::Status Remove(absl::string_view name) = 0;
  // Moves `leaf` of `folder`, whatever it is, out of the way, to "aside".
  virtual absl::Status SetAside(absl::string_view folder,
                                absl::string_view leaf) = 0;
  virtual absl::StatusOr<std::vector<DiskEntry>> List(
      absl::string_view folder) = 0;
  // Makes creations and removals in `folder` durable.
  virtual absl::Status SyncFolder(absl::string_view folder) = 0;
  virtual absl::StatusOr<DiskSpace> Space() = 0;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_DISK_H_
