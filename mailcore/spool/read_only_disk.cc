#include "mailcore/spool/read_only_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::spool {
namespace {

constexpr size_t kBlockOctets = 4096;
constexpr size_t kMaxNotes = 1000;

absl::Status ReadOnly() {
  return absl::PermissionDeniedError("the spool is only looked at");
}

}  // namespace

class ReadOnlyDisk::File : public DiskFile {
 public:
  File(ReadOnlyDisk* owner, std::string name, std::unique_ptr<DiskFile> file)
      : owner_(owner), name_(std::move(name)), file_(std::move(file)) {}

  absl::Status WriteAt(uint64_t, absl::string_view) override {
    return ReadOnly();
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t length,
                                char* out) const override {
    absl::StatusOr<size_t> all = file_->ReadAt(offset, length, out);
    return all.ok() ? all : ReadBlocks(offset, length, out);
  }

 private:
  // Each block by itself, at the places where a disk has them.
  size_t ReadBlocks(uint64_t offset, size_t length, char* out) const {
    size_t done = 0;
    while (done < length) {
      const uint64_t at = offset + done;
      const size_t block =
          std::min(length - done, kBlockOctets - at % kBlockOctets);
      const absl::StatusOr<size_t> got = file_->ReadAt(at, block, out + done);
      if (!got.ok()) {
        std::memset(out + done, 0, block);
        owner_->Note(absl::StrCat(name_, ": the block at ",
                                  at / kBlockOctets * kBlockOctets,
                                  " cannot be read: ", got.status().message()),
                     /*unreadable=*/true);
      } else if (*got < block) {
        return done + *got;  // The end of the file.
      }
      done += block;
    }
    return done;
  }

  ReadOnlyDisk* const owner_;
  const std::string name_;
  const std::unique_ptr<DiskFile> file_;
};

absl::StatusOr<std::unique_ptr<DiskFile>> ReadOnlyDisk::Open(
    absl::string_view name, Mode mode) {
  if (mode == Mode::kCreate) return ReadOnly();
  absl::StatusOr<std::unique_ptr<DiskFile>> file = disk_->Open(name, mode);
  if (file.ok()) {
    return std::make_unique<File>(this, std::string(name), *std::move(file));
  }
  if (!absl::IsNotFound(file.status())) {
    Note(absl::StrCat(name, " cannot be opened: ", file.status().message()),
         /*unreadable=*/true);
  }
  return absl::NotFoundError(file.status().message());
}

absl::Status ReadOnlyDisk::Remove(absl::string_view name) {
  Note(absl::StrCat("a start would remove ", name,
                    ", which nothing was acknowledged in"),
       /*unreadable=*/false);
  return absl::OkStatus();
}

absl::Status ReadOnlyDisk::SetAside(absl::string_view folder,
                                    absl::string_view leaf) {
  Note(absl::StrCat("a start would set aside ", folder, "/", leaf),
       /*unreadable=*/false);
  return absl::OkStatus();
}

void ReadOnlyDisk::Note(const std::string& note, bool unreadable) {
  const std::lock_guard<std::mutex> lock(mutex_);
  found_unreadable_ |= unreadable;
  if (noted_.contains(note)) return;
  if (notes_.size() >= kMaxNotes) {
    ++left_out_;
    return;
  }
  noted_.insert(note);
  notes_.push_back(note);
}

std::vector<std::string> ReadOnlyDisk::Notes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> notes = notes_;
  if (left_out_ > 0) notes.push_back(absl::StrCat(left_out_, " more of these"));
  return notes;
}

bool ReadOnlyDisk::found_unreadable() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return found_unreadable_;
}

}  // namespace mailsec::spool
