// What a damaged spool still holds, seen without changing it.

#include "mailcore/spool/read_only_disk.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

// A disk with blocks that cannot be read, and files that cannot be opened.
class BadDisk : public Disk {
 public:
  explicit BadDisk(Disk* disk) : disk_(disk) {}

  absl::StatusOr<std::unique_ptr<DiskFile>> Open(absl::string_view name,
                                                 Mode mode) override {
    if (name == closed) return absl::PermissionDeniedError("EACCES");
    auto file = disk_->Open(name, mode);
    if (!file.ok()) return file.status();
    return std::make_unique<File>(this, std::string(name), *std::move(file));
  }
  absl::Status Remove(absl::string_view name) override {
    ++changes;
    return disk_->Remove(name);
  }
  absl::Status SetAside(absl::string_view folder,
                        absl::string_view leaf) override {
    ++changes;
    return disk_->SetAside(folder, leaf);
  }
  absl::StatusOr<std::vector<DiskEntry>> List(
      absl::string_view folder) override {
    return disk_->List(folder);
  }
  absl::Status SyncFolder(absl::string_view folder) override {
    ++changes;
    return disk_->SyncFolder(folder);
  }
  absl::StatusOr<DiskSpace> Space() override { return disk_->Space(); }

  std::string bad_file;    // Its block at `bad_block` is bad.
  uint64_t bad_block = 0;  // In blocks of 4 KiB.
  std::string closed;
  int changes = 0;

 private:
  class File : public DiskFile {
   public:
    File(BadDisk* owner, std::string name, std::unique_ptr<DiskFile> file)
        : owner_(owner), name_(std::move(name)), file_(std::move(file)) {}
    absl::Status WriteAt(uint64_t offset, absl::string_view octets) override {
      ++owner_->changes;
      return file_->WriteAt(offset, octets);
    }
    absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t length,
                                  char* out) const override {
      const bool touches = name_ == owner_->bad_file &&
                           offset < (owner_->bad_block + 1) * 4096 &&
                           offset + length > owner_->bad_block * 4096;
      if (touches) return absl::UnavailableError("EIO");
      return file_->ReadAt(offset, length, out);
    }
    absl::Status Sync() override {
      ++owner_->changes;
      return file_->Sync();
    }
    absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }

   private:
    BadDisk* const owner_;
    const std::string name_;
    const std::unique_ptr<DiskFile> file_;
  };

  Disk* const disk_;
};

class ReadOnlyDiskTest : public testing::Test {
 protected:
  // Twenty messages, each a batch of its own of one block and a half.
  ReadOnlyDiskTest() {
    const auto spool = Open(&disk_);
    for (int i = 0; i < 20; ++i) {
      MessageWriter content = spool->NewMessage();
      EXPECT_TRUE(content.Append(std::string(6000, 'a' + i)).ok());
      std::vector<Submission> batch;
      batch.push_back({.envelope = {}, .content = std::move(content)});
      ids_.push_back(*spool->Commit(std::move(batch), {})[0]);
    }
    size_t most = 0;
    for (const auto& [name, inode] : disk_.files()) {
      const size_t used = inode->octets.find_last_not_of('\0') + 1;
      if (used > most) segment_ = name;
      most = std::max(most, used);
    }
  }

  std::unique_ptr<Spool> Open(Disk* disk) {
    auto spool = Spool::Open({.segment_octets = 1 << 20, .keys = {}}, disk,
                             &clock_, &events_);
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }

  // How many messages can be read whole, and are what was stored.
  int CountWhole(const Spool& spool) {
    int whole = 0;
    for (size_t i = 0; i < ids_.size(); ++i) {
      auto reader = spool.OpenContent(ids_[i]);
      if (!reader.ok()) continue;
      const auto piece = (*reader)->Next();
      if (!piece.ok()) continue;
      EXPECT_EQ(*piece, std::string(6000, 'a' + static_cast<char>(i)));
      ++whole;
    }
    return whole;
  }

  SimulatedDisk disk_{1};
  BadDisk bad_{&disk_};
  ManualClock clock_;
  RecordingEventSink events_;
  std::vector<QueueId> ids_;
  std::string segment_;
};

TEST_F(ReadOnlyDiskTest, ABadBlockCostsNoMoreThanWhatIsInIt) {
  bad_.bad_file = segment_;
  int least = 20;
  for (uint64_t block = 0; block < 42; ++block) {
    bad_.bad_block = block;
    ReadOnlyDisk view(&bad_);
    const auto spool = Open(&view);
    const int whole = CountWhole(*spool);
    EXPECT_GE(whole, 19) << "block " << block;
    least = std::min(least, whole);
    ASSERT_TRUE(view.found_unreadable()) << "block " << block;
    EXPECT_EQ(view.Notes().at(0),
              absl::StrCat(segment_, ": the block at ", block * 4096,
                           " cannot be read: EIO"));
  }
  EXPECT_EQ(least, 19) << "no message was hurt at all";
  EXPECT_EQ(bad_.changes, 0);
}

TEST_F(ReadOnlyDiskTest, AFileThatCannotBeOpenedIsNamed) {
  bad_.closed = segment_;
  ReadOnlyDisk view(&bad_);
  const auto spool = Open(&view);
  EXPECT_EQ(CountWhole(*spool), 0);
  EXPECT_TRUE(view.found_unreadable());
  EXPECT_EQ(view.Notes().at(0),
            absl::StrCat(segment_, " cannot be opened: EACCES"));
  EXPECT_EQ(bad_.changes, 0);
}

TEST_F(ReadOnlyDiskTest, WhatAStartWouldDoIsNotedAndNotDone) {
  disk_.files()["log/strange"] = std::make_shared<SimulatedDisk::Inode>();
  ReadOnlyDisk view(&bad_);
  const auto spool = Open(&view);
  EXPECT_EQ(CountWhole(*spool), 20);
  EXPECT_FALSE(view.found_unreadable());
  EXPECT_EQ(view.Notes(),
            std::vector<std::string>({"a start would set aside log/strange"}));
  EXPECT_TRUE(disk_.files().contains("log/strange"));
  EXPECT_EQ(bad_.changes, 0);
}

TEST_F(ReadOnlyDiskTest, NothingCanBeStored) {
  ReadOnlyDisk view(&bad_);
  const auto spool = Open(&view);
  std::vector<Submission> batch;
  batch.push_back({.envelope = {}, .content = spool->NewMessage()});
  EXPECT_FALSE(spool->Commit(std::move(batch), {})[0].ok());
  EXPECT_FALSE(spool->Remove(ids_[0]).ok());
  EXPECT_EQ(CountWhole(*spool), 20);
  EXPECT_EQ(bad_.changes, 0);
}

}  // namespace
}  // namespace mailsec::spool
