// read_only_disk.h: what is on this disk, as far as it can be read?
//
//   ReadOnlyDisk disk(&real);
//   auto spool = Spool::Open({.keys = keys}, &disk, &clock, &events);
//   for (const QueueEntry& entry : (*spool)->List()) Look(entry);
//   for (const std::string& note : disk.Notes()) Say(note);
//
// A Spool over it finds all messages that are whole, and changes nothing:
// whoever must know what is left of a damaged spool looks before a server does.

#ifndef MAILCORE_SPOOL_READ_ONLY_DISK_H_
#define MAILCORE_SPOOL_READ_ONLY_DISK_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/disk.h"

namespace mailsec::spool {

// Octets that cannot be read are zeros, block by block of 4 KiB, and a file that
// cannot be opened is not there: what is stored in them fails its check, and the
// rest is found. Writing is PermissionDenied. What a start would remove or set
// aside stays, and is noted.
//
// Thread safety: all methods may run concurrently.
class ReadOnlyDisk : public Disk {
 public:
  // `disk` is not owned and must outlive this.
  explicit ReadOnlyDisk(Disk* disk) : disk_(disk) {}

  absl::StatusOr<std::unique_ptr<DiskFile>> Open(absl::string_view name,
                                                 Mode mode) override;
  absl::Status Remove(absl::string_view name) override;
  absl::Status SetAside(absl::string_view folder,
                        absl::string_view leaf) override;
  absl::StatusOr<std::vector<DiskEntry>> List(
      absl::string_view folder) override {
    return disk_->List(folder);
  }
  absl::Status SyncFolder(absl::string_view) override {
    return absl::OkStatus();
  }
  absl::StatusOr<DiskSpace> Space() override { return disk_->Space(); }

  // What could not be read, and what a start would do: one sentence each for an
  // operator, in the order in which it was found. Each once, and at most 1,000
  // (ours); the rest is counted in a last one.
  std::vector<std::string> Notes() const;
  // Whether anything could not be read.
  bool found_unreadable() const;

 private:
  class File;
  void Note(const std::string& note, bool unreadable);

  Disk* const disk_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::vector<std::string> notes_;
  absl::flat_hash_set<std::string> noted_;
  uint64_t left_out_ = 0;
  bool found_unreadable_ = false;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_READ_ONLY_DISK_H_
