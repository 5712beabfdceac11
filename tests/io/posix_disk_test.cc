// The spool's folder belongs to the server's user alone, or nothing starts.

#include "mailcore/io/posix_disk.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

namespace fs = std::filesystem;
using Mode = spool::Disk::Mode;

class PosixDiskTest : public testing::Test {
 protected:
  PosixDiskTest() {
    std::string name = testing::TempDir() + "/diskXXXXXX";
    root_ = fs::path(mkdtemp(name.data())).lexically_normal();
    path_ = root_ + "/spool";
  }
  ~PosixDiskTest() override { fs::remove_all(root_); }

  void MakeSpool() {
    auto disk = PosixDisk::Open(path_);
    ASSERT_TRUE(disk.ok()) << disk.status();
    ASSERT_TRUE((*disk)->Open("log/1.seg", Mode::kCreate).ok());
  }

  // Refuses to start, naming `culprit`.
  void ExpectRefused(const std::string& path, const std::string& culprit) {
    const auto disk = PosixDisk::Open(path);
    ASSERT_FALSE(disk.ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(disk.status())) << disk.status();
    EXPECT_TRUE(absl::StrContains(disk.status().message(), culprit))
        << disk.status();
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  std::string root_;
  std::string path_;
};

// SPOOL-12, R4, R8.
TEST_F(PosixDiskTest, FilesAreTheOwnersWhateverTheUmask) {
  for (const mode_t mask : {000, 022, 077, 0777}) {
    SCOPED_TRACE(mask);
    fs::remove_all(path_);
    const mode_t before = umask(mask);
    MakeSpool();
    umask(before);
    for (const char* folder : {"", "/log", "/big", "/aside"}) {
      EXPECT_EQ(ModeOf(path_ + folder), 0700u) << folder;
    }
    EXPECT_EQ(ModeOf(path_ + "/log/1.seg"), 0600u);
    EXPECT_EQ(ModeOf(path_ + "/LOCK"), 0600u);
    EXPECT_TRUE(PosixDisk::Open(path_).ok()) << "a second start";
  }
}

struct OpenCase {
  const char* name;
  const char* culprit;  // In the spool.
  mode_t mode;
} constexpr kOpenCases[] = {
    {"FolderReadableByGroup", "", 0740},
    {"FolderReadableByAll", "", 0704},
    {"FolderThatAllCanEnter", "", 0711},
    {"FolderThatAllCanChange", "", 0777},
    {"LogFolderReadableByGroup", "/log", 0750},
    {"BigFolderThatAllCanChange", "/big", 0707},
    {"AsideFolderReadableByAll", "/aside", 0755},
    {"SegmentReadableByGroup", "/log/1.seg", 0640},
    {"SegmentReadableByAll", "/log/1.seg", 0604},
    {"SegmentThatAllCanChange", "/log/1.seg", 0602},
    {"LockReadableByAll", "/LOCK", 0644},
};

class PosixDiskOpenTest : public PosixDiskTest,
                          public testing::WithParamInterface<OpenCase> {};

// SPOOL-12.
TEST_P(PosixDiskOpenTest, IsRefusedByName) {
  MakeSpool();
  const std::string culprit = path_ + GetParam().culprit;
  ASSERT_EQ(chmod(culprit.c_str(), GetParam().mode), 0);
  ExpectRefused(path_, culprit);
  ASSERT_EQ(chmod(culprit.c_str(), GetParam().mode & 0700), 0);
  EXPECT_TRUE(PosixDisk::Open(path_).ok()) << "once it is put right";
}

INSTANTIATE_TEST_SUITE_P(Table, PosixDiskOpenTest,
                         testing::ValuesIn(kOpenCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST_F(PosixDiskTest, ALinkInThePathIsRefusedByName) {
  ASSERT_TRUE(fs::create_directory(root_ + "/real"));
  fs::create_directory_symlink(root_ + "/real", root_ + "/link");
  ExpectRefused(root_ + "/link/spool", root_ + "/link");
  EXPECT_FALSE(fs::exists(root_ + "/real/spool"));
}

TEST_F(PosixDiskTest, ALinkInPlaceOfAFolderOrTheLockIsRefusedByName) {
  ASSERT_TRUE(fs::create_directory(root_ + "/real"));
  fs::create_directory_symlink(root_ + "/real", path_);
  ExpectRefused(path_, path_);
  fs::remove(path_);
  for (const char* leaf : {"/log", "/big", "/aside", "/LOCK"}) {
    fs::remove_all(path_);
    MakeSpool();
    fs::remove_all(path_ + leaf);
    fs::create_symlink(root_ + "/real", path_ + leaf);
    ExpectRefused(path_, path_ + leaf);
  }
}

TEST_F(PosixDiskTest, AParentThatOthersCanChangeIsRefusedByName) {
  ASSERT_EQ(chmod(root_.c_str(), 0777), 0);
  ExpectRefused(path_, root_);
  ASSERT_EQ(chmod(root_.c_str(), 01777), 0);
  EXPECT_TRUE(PosixDisk::Open(path_).ok()) << "as /tmp is";
}

TEST_F(PosixDiskTest, AnotherOwnerIsRefusedByName) {
  MakeSpool();
  const std::string segment = path_ + "/log";
  if (chown(segment.c_str(), 12345, -1) != 0) {
    GTEST_SKIP() << "may not give a file away";
  }
  ExpectRefused(path_, segment);
}

TEST_F(PosixDiskTest, AFileInPlaceOfTheFolderIsRefusedByName) {
  std::ofstream(path_) << "x";
  ExpectRefused(path_, path_);
}

// SPOOL-10.
TEST_F(PosixDiskTest, ASecondServerIsRefusedWhileTheFirstLives) {
  auto first = PosixDisk::Open(path_);
  ASSERT_TRUE(first.ok());
  ExpectRefused(path_, absl::StrCat("process ", getpid()));
  first->reset();
  EXPECT_TRUE(PosixDisk::Open(path_).ok());
}

// SPOOL-10: no lock outlives its holder.
TEST_F(PosixDiskTest, AKilledServerLetsGoOfTheLock) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto disk = PosixDisk::Open(path_);
    if (!disk.ok() || write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char octet;
  ASSERT_EQ(read(ready[0], &octet, 1), 1);
  ExpectRefused(path_, absl::StrCat("process ", child));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(PosixDisk::Open(path_).ok());
  close(ready[0]);
  close(ready[1]);
}

// SPOOL-05.
TEST_F(PosixDiskTest, NothingLeadsOutOfTheSpool) {
  MakeSpool();
  std::ofstream(root_ + "/secret") << "x";
  fs::create_symlink(root_ + "/secret", path_ + "/log/9.seg");
  fs::create_directory(path_ + "/log/8.seg");
  ASSERT_EQ(mkfifo((path_ + "/log/7.seg").c_str(), 0600), 0);
  auto disk = *PosixDisk::Open(path_);
  for (const char* name : {"log/9.seg", "log/8.seg", "log/7.seg"}) {
    EXPECT_FALSE(disk->Open(name, Mode::kOpen).ok()) << name;
    EXPECT_FALSE(disk->Open(name, Mode::kCreate).ok()) << name;
  }
  for (const char* name :
       {"log/../LOCK", "../secret", "log/..", "log/.", "log/", "log", "",
        "LOCK", "etc/passwd", "/etc/passwd", "log/big/1"}) {
    EXPECT_FALSE(disk->Open(name, Mode::kOpen).ok()) << name;
    EXPECT_FALSE(disk->Open(name, Mode::kCreate).ok()) << name;
    EXPECT_FALSE(disk->Remove(name).ok()) << name;
  }
  const auto entries = disk->List("log");
  ASSERT_TRUE(entries.ok());
  for (const spool::DiskEntry& entry : *entries) {
    EXPECT_EQ(entry.regular, entry.name == "1.seg") << entry.name;
  }
}

TEST_F(PosixDiskTest, WhatIsSetAsideKeepsItsOctets) {
  MakeSpool();
  auto disk = *PosixDisk::Open(path_);
  for (const char* leaf : {"one\n", "two"}) {
    std::ofstream(absl::StrCat(path_, "/log/", leaf)) << leaf;
    ASSERT_TRUE(disk->SetAside("log", leaf).ok());
  }
  std::string all;
  for (const char* leaf : {"0", "1"}) {
    std::string octets;
    std::getline(std::ifstream(absl::StrCat(path_, "/aside/", leaf)), octets,
                 '\0');
    all += octets;
  }
  EXPECT_EQ(all, "one\ntwo");
}

TEST_F(PosixDiskTest, FilesReadWhatWasWritten) {
  auto disk = *PosixDisk::Open(path_);
  auto file = *disk->Open("big/1", Mode::kCreate);
  EXPECT_TRUE(
      absl::IsAlreadyExists(disk->Open("big/1", Mode::kCreate).status()));
  EXPECT_TRUE(absl::IsNotFound(disk->Open("big/2", Mode::kOpen).status()));
  ASSERT_TRUE(file->WriteAt(3, "def").ok());
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(disk->SyncFolder("big").ok());
  char octets[8];
  EXPECT_EQ(*file->ReadAt(1, 8, octets), 5u);
  EXPECT_EQ(std::string(octets, 5), "bcdef");
  EXPECT_EQ(*file->Size(), 6u);
  ASSERT_TRUE(disk->Remove("big/1").ok());
  EXPECT_EQ(*file->ReadAt(0, 8, octets), 6u) << "open files stay readable";
  EXPECT_GT(disk->Space()->free_octets, 0u);
  EXPECT_GT(disk->Space()->free_inodes, 0u);
}

}  // namespace
}  // namespace mailsec::io
