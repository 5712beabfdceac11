// simulated_disk.h: a disk that a test can crash, fill and damage.
//
//   SimulatedDisk disk(seed);
//   disk.CrashAfter(17);  // The 17th operation from now is the last one.
//   ...
//   disk.Restart();  // What was not flushed may be lost, torn or reordered.

#ifndef MAILCORE_TESTING_SIMULATED_DISK_H_
#define MAILCORE_TESTING_SIMULATED_DISK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/disk.h"

namespace mailsec {

// At a crash each sector of each write since the last flush of its file is, by
// chance, there, lost, garbage as a whole, or a copy of another sector of its
// file; each creation and removal since the last flush of its folder has
// happened or not.
//
// Thread safety: none.
class SimulatedDisk : public spool::Disk {
 public:
  struct Inode {
    std::string octets;  // As a running program sees it.
    std::string durable;
    std::vector<std::pair<uint64_t, uint64_t>> pending;  // Offset and length.
    bool regular = true;
  };

  explicit SimulatedDisk(uint64_t seed, uint64_t sector_octets = 4096)
      : random_(seed), sector_octets_(sector_octets) {}

  absl::StatusOr<std::unique_ptr<spool::DiskFile>> Open(absl::string_view name,
                                                        Mode mode) override;
  absl::Status Remove(absl::string_view name) override;
  absl::Status SetAside(absl::string_view folder,
                        absl::string_view leaf) override;
  absl::StatusOr<std::vector<spool::DiskEntry>> List(
      absl::string_view folder) override;
  absl::Status SyncFolder(absl::string_view folder) override;
  absl::StatusOr<spool::DiskSpace> Space() override;

  // The machine stops in the middle of the `operations`-th operation from now
  // that changes something; that one and all later ones fail.
  void CrashAfter(uint64_t operations) { left_ = operations; }
  bool crashed() const { return crashed_; }
  // Turns the machine on again.
  void Restart();

  // The next `count` writes, or flushes, fail with EIO.
  void FailWrites(int count) { failing_writes_ = count; }
  void FailSyncs(int count) { failing_syncs_ = count; }
  // The `read`-th read from now fails with EIO, once; all of them from that one
  // on, if it `lasts`. 0: none.
  void FailRead(int64_t read, bool lasts = false) {
    failing_read_ = read;
    failing_reads_last_ = lasts;
  }
  // FailRead() has not failed a read yet.
  bool IsReadDue() const {
    return failing_read_ > (failing_reads_last_ ? 1 : 0);
  }
  // Growing files above this fails with ENOSPC.
  void SetCapacity(uint64_t octets) { capacity_ = octets; }
  void SetFreeInodes(uint64_t inodes) { free_inodes_ = inodes; }
  uint64_t syncs() const { return syncs_; }
  uint64_t writes() const { return writes_; }
  uint64_t written_octets() const { return written_octets_; }

  // Files by name, to be looked at and damaged.
  std::map<std::string, std::shared_ptr<Inode>>& files() { return files_; }
  uint64_t UsedOctets() const;

 private:
  class File;
  absl::Status Step();  // Counts an operation.
  void CrashInode(Inode& inode);

  std::mt19937_64 random_;
  const uint64_t sector_octets_;
  std::map<std::string, std::shared_ptr<Inode>> files_;
  std::map<std::string, std::shared_ptr<Inode>> durable_files_;
  uint64_t left_ = UINT64_MAX;
  bool crashed_ = false;
  // An error if this read is to fail.
  absl::Status StepRead();

  int failing_writes_ = 0;
  int64_t failing_read_ = 0;
  bool failing_reads_last_ = false;
  int failing_syncs_ = 0;
  uint64_t capacity_ = UINT64_MAX;
  uint64_t free_inodes_ = 1 << 20;
  uint64_t syncs_ = 0;
  uint64_t writes_ = 0;
  uint64_t written_octets_ = 0;
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_SIMULATED_DISK_H_
