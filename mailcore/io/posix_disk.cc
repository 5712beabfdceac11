#include "mailcore/io/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/io/errno_status.h"

namespace mailsec::io {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthers = 0077;
// What the kernel shows for owners that a user namespace does not map.
constexpr uid_t kOverflowUid = 65534;

class File : public spool::DiskFile {
 public:
  File(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~File() override { close(fd_); }

  absl::Status WriteAt(uint64_t offset, absl::string_view octets) override {
    while (!octets.empty()) {
      const ssize_t n =
          pwrite(fd_, octets.data(), octets.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        return ErrnoStatus(errno, absl::StrCat("cannot write ", name_));
      octets.remove_prefix(n);
      offset += n;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t length,
                                char* out) const override {
    size_t done = 0;
    while (done < length) {
      const ssize_t n = pread(fd_, out + done, length - done,
                              static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, absl::StrCat("cannot read ", name_));
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  absl::Status Sync() override {
    // Not tried again: after a failure the kernel may forget what it lost.
    if (fdatasync(fd_) != 0)
      return ErrnoStatus(errno, absl::StrCat("cannot flush ", name_));
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> Size() const override {
    struct stat info;
    if (fstat(fd_, &info) != 0)
      return ErrnoStatus(errno, absl::StrCat("cannot look at ", name_));
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  const int fd_;
  const std::string name_;
};

// A user who can change a part of the path can put another spool in our place.
absl::Status CheckPath(const std::string& path) {
  std::string prefix;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StrAppend(&prefix, "/", part);
    struct stat info;
    if (lstat(prefix.c_str(), &info) != 0)
      return ErrnoStatus(errno, absl::StrCat("no ", prefix));
    if (S_ISLNK(info.st_mode)) {
      return absl::FailedPreconditionError(absl::StrCat(
          prefix, " is a symbolic link; name the spool by its real path"));
    }
    if (!S_ISDIR(info.st_mode)) {
      return absl::FailedPreconditionError(
          absl::StrCat(prefix, " is not a folder"));
    }
    if ((info.st_mode & 0022) != 0 && (info.st_mode & S_ISVTX) == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat(prefix,
                       " can be changed by other users; run `chmod "
                       "go-w ",
                       prefix, "`"));
    }
    if (info.st_uid != 0 && info.st_uid != geteuid() &&
        info.st_uid != kOverflowUid) {
      return absl::FailedPreconditionError(
          absl::StrCat(prefix, " belongs to another user (", info.st_uid, ")"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPrivate(const struct stat& info, const std::string& name) {
  if (info.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " belongs to another user (", info.st_uid,
                     "); run `chown ", geteuid(), " ", name, "`"));
  }
  if ((info.st_mode & kOthers) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " is open to other users; run `chmod go-rwx ", name, "`"));
  }
  return absl::OkStatus();
}

// Makes the folder unless it is there, and opens it.
absl::StatusOr<int> OpenFolder(int parent, const std::string& leaf,
                               const std::string& name) {
  if (mkdirat(parent, leaf.c_str(), kFolderMode) == 0) {
    // A umask may have taken our own rights.
    if (fchmodat(parent, leaf.c_str(), kFolderMode, 0) != 0) {
      return ErrnoStatus(errno, absl::StrCat("cannot set the mode of ", name));
    }
  } else if (errno != EEXIST) {
    return ErrnoStatus(errno, absl::StrCat("cannot make ", name));
  }
  const int fd = openat(parent, leaf.c_str(),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " is not a folder that can be opened: ", strerror(errno)));
  }
  struct stat info;
  if (fstat(fd, &info) != 0) {
    close(fd);
    return ErrnoStatus(errno, absl::StrCat("cannot look at ", name));
  }
  absl::Status status = CheckPrivate(info, name);
  if (!status.ok()) {
    close(fd);
    return status;
  }
  return fd;
}

// "folder/leaf" in two; the leaf is one of ours or nothing.
std::pair<absl::string_view, std::string> Split(absl::string_view name) {
  const size_t slash = name.find('/');
  if (slash == absl::string_view::npos) return {"", ""};
  const absl::string_view leaf = name.substr(slash + 1);
  if (leaf.empty() || leaf[0] == '.' ||
      leaf.find('/') != absl::string_view::npos) {
    return {"", ""};
  }
  return {name.substr(0, slash), std::string(leaf)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<PosixDisk>> PosixDisk::Open(
    const std::string& path) {
  std::string full = path;
  if (full.empty() || full[0] != '/') {
    char here[4096];
    if (getcwd(here, sizeof(here)) == nullptr) {
      return ErrnoStatus(errno, "no current folder");
    }
    full = absl::StrCat(here, "/", full);
  }
  while (full.size() > 1 && full.back() == '/') full.pop_back();
  std::unique_ptr<PosixDisk> disk(new PosixDisk(std::move(full)));
  absl::Status status = disk->Prepare();
  if (!status.ok()) return status;
  return disk;
}

PosixDisk::~PosixDisk() {
  for (const auto& [name, fd] : folders_) close(fd);
  if (lock_ >= 0) close(lock_);
  if (root_ >= 0) close(root_);
}

absl::Status PosixDisk::Prepare() {
  const size_t slash = path_.rfind('/');
  const std::string parent = path_.substr(0, slash);
  absl::Status status = CheckPath(parent);
  if (!status.ok()) return status;
  const int parent_fd = open(parent.empty() ? "/" : parent.c_str(),
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent_fd < 0)
    return ErrnoStatus(errno, absl::StrCat("cannot open ", parent));
  absl::StatusOr<int> root =
      OpenFolder(parent_fd, path_.substr(slash + 1), path_);
  if (root.ok()) fsync(parent_fd);
  close(parent_fd);
  if (!root.ok()) return root.status();
  root_ = *root;
  status = Lock();
  if (!status.ok()) return status;
  return OpenFolders();
}

absl::Status PosixDisk::OpenFolders() {
  for (const char* leaf : {"log", "big", "aside"}) {
    const std::string name = absl::StrCat(path_, "/", leaf);
    absl::StatusOr<int> fd = OpenFolder(root_, leaf, name);
    if (!fd.ok()) return fd.status();
    folders_.emplace_back(leaf, *fd);
    absl::StatusOr<std::vector<spool::DiskEntry>> entries = List(leaf);
    if (!entries.ok()) return entries.status();
    for (const spool::DiskEntry& entry : *entries) {
      struct stat info;
      if (!entry.regular ||
          fstatat(*fd, entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;
      }
      absl::Status status =
          CheckPrivate(info, absl::StrCat(name, "/", entry.name));
      if (!status.ok()) return status;
    }
  }
  if (fsync(root_) != 0)
    return ErrnoStatus(errno, absl::StrCat("cannot flush ", path_));
  return absl::OkStatus();
}

absl::Status PosixDisk::Lock() {
  const std::string name = absl::StrCat(path_, "/LOCK");
  lock_ = openat(root_, "LOCK", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                 kFileMode);
  if (lock_ < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open ", name, ": ", strerror(errno)));
  }
  struct stat info;
  if (fstat(lock_, &info) != 0)
    return ErrnoStatus(errno, absl::StrCat("cannot look at ", name));
  absl::Status status = CheckPrivate(info, name);
  if (!status.ok()) return status;
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    char pid[32] = {};
    const ssize_t n = pread(lock_, pid, sizeof(pid) - 1, 0);
    return absl::FailedPreconditionError(absl::StrCat(
        path_, " is in use by another server",
        n > 0 ? absl::StrCat(" (process ", pid, ")") : std::string()));
  }
  const std::string pid = std::to_string(getpid());
  if (fchmod(lock_, kFileMode) != 0 || ftruncate(lock_, 0) != 0 ||
      pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
    return absl::OkStatus();  // The lock holds all the same.
  }
  return absl::OkStatus();
}

int PosixDisk::Folder(absl::string_view name) const {
  for (const auto& [folder, fd] : folders_) {
    if (folder == name) return fd;
  }
  return -1;
}

absl::StatusOr<std::unique_ptr<spool::DiskFile>> PosixDisk::Open(
    absl::string_view name, Mode mode) {
  const auto [folder, leaf] = Split(name);
  const int dir = Folder(folder);
  if (dir < 0) return absl::InvalidArgumentError("no such folder");
  int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  if (mode == Mode::kCreate) flags |= O_CREAT | O_EXCL;
  const int fd = openat(dir, leaf.c_str(), flags, kFileMode);
  if (fd < 0) return ErrnoStatus(errno, absl::StrCat("cannot open ", name));
  auto file = std::make_unique<File>(fd, absl::StrCat(path_, "/", name));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::PermissionDeniedError(absl::StrCat(name, " is not a file"));
  }
  if (mode == Mode::kCreate && fchmod(fd, kFileMode) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot set the mode of ", name));
  }
  return file;
}

absl::Status PosixDisk::Remove(absl::string_view name) {
  const auto [folder, leaf] = Split(name);
  const int dir = Folder(folder);
  if (dir < 0) return absl::InvalidArgumentError("no such folder");
  if (unlinkat(dir, leaf.c_str(), 0) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot remove ", name));
  }
  return absl::OkStatus();
}

absl::Status PosixDisk::SetAside(absl::string_view folder,
                                 absl::string_view leaf) {
  const int dir = Folder(folder);
  const int aside = Folder("aside");
  if (dir < 0 || leaf.find('/') != absl::string_view::npos) {
    return absl::InvalidArgumentError("no such folder");
  }
  for (int i = 0;; ++i) {
    const std::string to = std::to_string(i);
    if (faccessat(aside, to.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) continue;
    if (renameat(dir, std::string(leaf).c_str(), aside, to.c_str()) != 0) {
      return ErrnoStatus(errno, absl::StrCat("cannot set aside ", leaf));
    }
    return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<spool::DiskEntry>> PosixDisk::List(
    absl::string_view folder) {
  const int dir = Folder(folder);
  if (dir < 0) return absl::InvalidArgumentError("no such folder");
  const int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = fd < 0 ? nullptr : fdopendir(fd);
  if (stream == nullptr) {
    if (fd >= 0) close(fd);
    return ErrnoStatus(errno, absl::StrCat("cannot list ", folder));
  }
  std::vector<spool::DiskEntry> entries;
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat info;
    const bool known =
        fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    entries.push_back(
        {.name = name,
         .regular = known && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
                    info.st_uid == geteuid(),
         .octets = known ? static_cast<uint64_t>(info.st_size) : 0});
  }
  closedir(stream);
  return entries;
}

absl::Status PosixDisk::SyncFolder(absl::string_view folder) {
  if (fsync(Folder(folder)) != 0)
    return ErrnoStatus(errno, absl::StrCat("cannot flush ", folder));
  return absl::OkStatus();
}

absl::StatusOr<spool::DiskSpace> PosixDisk::Space() {
  struct statvfs info;
  if (fstatvfs(root_, &info) != 0)
    return ErrnoStatus(errno, absl::StrCat("no space of ", path_));
  // A file system without fixed inodes (btrfs) says 0 of 0.
  const uint64_t inodes =
      info.f_files == 0 ? uint64_t{1} << 32 : uint64_t{info.f_favail};
  return spool::DiskSpace{
      .free_octets = uint64_t{info.f_bavail} * info.f_frsize,
      .free_inodes = inodes};
}

}  // namespace mailsec::io
