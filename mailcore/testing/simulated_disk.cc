#include "mailcore/testing/simulated_disk.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mailsec {

class SimulatedDisk::File : public spool::DiskFile {
 public:
  File(SimulatedDisk* disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)) {}

  absl::Status WriteAt(uint64_t offset, absl::string_view octets) override {
    const absl::Status status = disk_->Step();
    if (!status.ok() && !disk_->crashed_) return status;
    if (disk_->crashed_ && disk_->left_ != 0) return status;
    if (disk_->failing_writes_ > 0) {
      --disk_->failing_writes_;
      return absl::UnavailableError("EIO");
    }
    const uint64_t end = offset + octets.size();
    if (end > inode_->octets.size()) {
      if (disk_->UsedOctets() + end - inode_->octets.size() >
          disk_->capacity_) {
        return absl::ResourceExhaustedError("ENOSPC");
      }
      inode_->octets.resize(end);
    }
    std::memcpy(&inode_->octets[offset], octets.data(), octets.size());
    inode_->pending.emplace_back(offset, octets.size());
    ++disk_->writes_;
    disk_->written_octets_ += octets.size();
    return status;
  }

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t length,
                                char* out) const override {
    const absl::Status status = disk_->StepRead();
    if (!status.ok()) return status;
    if (offset >= inode_->octets.size()) return 0;
    const size_t n = std::min<uint64_t>(length, inode_->octets.size() - offset);
    std::memcpy(out, &inode_->octets[offset], n);
    return n;
  }

  absl::Status Sync() override {
    const absl::Status status = disk_->Step();
    if (!status.ok()) return status;
    ++disk_->syncs_;
    if (disk_->failing_syncs_ > 0) {
      --disk_->failing_syncs_;
      // What was to be written is neither there nor tried again.
      disk_->CrashInode(*inode_);
      return absl::UnavailableError("EIO");
    }
    inode_->durable = inode_->octets;
    inode_->pending.clear();
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> Size() const override {
    return inode_->octets.size();
  }

 private:
  SimulatedDisk* const disk_;
  const std::shared_ptr<Inode> inode_;
};

absl::Status SimulatedDisk::StepRead() {
  if (crashed_) return absl::UnavailableError("crashed");
  if (failing_read_ == 0 || --failing_read_ > 0) return absl::OkStatus();
  if (failing_reads_last_) failing_read_ = 1;
  return absl::UnavailableError("EIO");
}

absl::Status SimulatedDisk::Step() {
  if (crashed_) {
    left_ = UINT64_MAX;
    return absl::UnavailableError("crashed");
  }
  if (left_ != UINT64_MAX && --left_ == 0) {
    crashed_ = true;
    return absl::UnavailableError("crashed");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<spool::DiskFile>> SimulatedDisk::Open(
    absl::string_view name, Mode mode) {
  if (crashed_) return absl::UnavailableError("crashed");
  std::shared_ptr<Inode>& inode = files_[std::string(name)];
  if (mode == Mode::kOpen) {
    if (inode == nullptr) {
      files_.erase(std::string(name));
      return absl::NotFoundError("ENOENT");
    }
    if (!inode->regular) return absl::PermissionDeniedError("ELOOP");
    return std::make_unique<File>(this, inode);
  }
  if (inode != nullptr) return absl::AlreadyExistsError("EEXIST");
  absl::Status status = Step();
  if (status.ok() && free_inodes_ == 0) {
    status = absl::ResourceExhaustedError("ENOSPC: no inodes");
  }
  if (!status.ok()) {
    files_.erase(std::string(name));
    return status;
  }
  inode = std::make_shared<Inode>();
  return std::make_unique<File>(this, inode);
}

absl::Status SimulatedDisk::Remove(absl::string_view name) {
  absl::Status status = Step();
  if (!status.ok()) return status;
  if (files_.erase(std::string(name)) == 0) {
    return absl::NotFoundError("ENOENT");
  }
  return absl::OkStatus();
}

absl::Status SimulatedDisk::SetAside(absl::string_view folder,
                                     absl::string_view leaf) {
  absl::Status status = Step();
  if (!status.ok()) return status;
  const auto found = files_.find(absl::StrCat(folder, "/", leaf));
  if (found == files_.end()) return absl::NotFoundError("ENOENT");
  files_[absl::StrCat("aside/", files_.size(), leaf)] = found->second;
  files_.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<spool::DiskEntry>> SimulatedDisk::List(
    absl::string_view folder) {
  if (crashed_) return absl::UnavailableError("crashed");
  const std::string prefix = absl::StrCat(folder, "/");
  std::vector<spool::DiskEntry> entries;
  for (const auto& [name, inode] : files_) {
    if (!absl::StartsWith(name, prefix)) continue;
    entries.push_back({.name = name.substr(prefix.size()),
                       .regular = inode->regular,
                       .octets = inode->octets.size()});
  }
  return entries;
}

absl::Status SimulatedDisk::SyncFolder(absl::string_view folder) {
  absl::Status status = Step();
  if (!status.ok()) return status;
  const std::string prefix = absl::StrCat(folder, "/");
  std::erase_if(durable_files_, [&](const auto& file) {
    return absl::StartsWith(file.first, prefix);
  });
  for (const auto& [name, inode] : files_) {
    if (absl::StartsWith(name, prefix)) durable_files_[name] = inode;
  }
  return absl::OkStatus();
}

absl::StatusOr<spool::DiskSpace> SimulatedDisk::Space() {
  const uint64_t used = UsedOctets();
  return spool::DiskSpace{
      .free_octets = capacity_ > used ? capacity_ - used : 0,
      .free_inodes = free_inodes_};
}

uint64_t SimulatedDisk::UsedOctets() const {
  uint64_t used = 0;
  for (const auto& [name, inode] : files_) used += inode->octets.size();
  return used;
}

// Decides what became of each sector that was on its way.
void SimulatedDisk::CrashInode(Inode& inode) {
  for (const auto& [offset, length] : inode.pending) {
    if (random_() % 2 == 0 && offset + length > inode.durable.size()) {
      inode.durable.resize(offset + length);  // The new size came through.
    }
    const uint64_t first = offset / sector_octets_;
    const uint64_t last =
        (offset + length + sector_octets_ - 1) / sector_octets_;
    for (uint64_t sector = first; sector < last; ++sector) {
      const uint64_t fate = random_() % 6;
      if (fate < 2) continue;  // Lost.
      const uint64_t begin = sector * sector_octets_;
      if (begin >= inode.durable.size()) continue;
      const uint64_t end = std::min<uint64_t>(
          {begin + sector_octets_, inode.octets.size(), inode.durable.size()});
      // Where a copy of another sector comes from.
      const uint64_t sectors =
          std::max<uint64_t>(1, inode.octets.size() / sector_octets_);
      const uint64_t from = random_() % sectors * sector_octets_;
      for (uint64_t i = begin; i < end; ++i) {
        inode.durable[i] = fate < 4    ? inode.octets[i]
                           : fate == 4 ? inode.octets[from + i - begin]
                                       : static_cast<char>(random_());
      }
    }
  }
  inode.pending.clear();
  inode.octets = inode.durable;
}

void SimulatedDisk::Restart() {
  std::set<std::string> names;
  for (const auto& file : files_) names.insert(file.first);
  for (const auto& file : durable_files_) names.insert(file.first);
  std::map<std::string, std::shared_ptr<Inode>> after;
  for (const std::string& name : names) {
    const auto now = files_.find(name);
    const auto before = durable_files_.find(name);
    const bool changed =
        (now == files_.end()) != (before == durable_files_.end()) ||
        now->second != before->second;
    const bool take_new = !changed || random_() % 2 == 0;
    if (take_new && now != files_.end()) after[name] = now->second;
    if (!take_new && before != durable_files_.end()) {
      after[name] = before->second;
    }
  }
  files_ = after;
  durable_files_ = after;
  for (auto& [name, inode] : files_) CrashInode(*inode);
  crashed_ = false;
  failing_writes_ = 0;
  failing_syncs_ = 0;
  left_ = UINT64_MAX;
}

}  // namespace mailsec
