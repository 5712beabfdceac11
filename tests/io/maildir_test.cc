#include "mailcore/io/maildir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

namespace fs = std::filesystem;

class MaildirTest : public testing::Test {
 protected:
  MaildirTest() {
    std::string name = testing::TempDir() + "/maildirXXXXXX";
    root_ = mkdtemp(name.data());
  }
  ~MaildirTest() override { fs::remove_all(root_); }

  absl::Status Deliver(const std::string& mailbox, const std::string& name,
                       const std::string& content) {
    MaildirDelivery delivery(root_, mailbox, name);
    absl::Status status = delivery.Open();
    if (status.ok()) status = delivery.Append(content);
    if (status.ok()) status = delivery.Commit();
    return status;
  }

  std::string Read(const std::string& path) {
    std::ifstream file(root_ + "/" + path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  size_t Count(const std::string& folder) {
    const fs::directory_iterator files(root_ + "/" + folder);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  std::string root_;
};

TEST_F(MaildirTest, DeliversIntoNewAndLeavesNothingInTmp) {
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "Subject: x\r\n\r\nhello\r\n").ok());
  EXPECT_EQ(Read("alice/new/1.A.mx"), "Subject: x\r\n\r\nhello\r\n");
  EXPECT_EQ(Count("alice/tmp"), 0u);
  EXPECT_EQ(Count("alice/cur"), 0u);
}

// R7: only the owner, whatever the umask says.
TEST_F(MaildirTest, IsPrivate) {
  const mode_t before = umask(0);
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "x").ok());
  umask(before);
  for (const char* path : {"/alice", "/alice/new", "/alice/new/1.A.mx"}) {
    struct stat info;
    ASSERT_EQ(stat((root_ + path).c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 077, 0u) << path;
  }
}

// A crash between the delivery and our record of it: it is tried again.
TEST_F(MaildirTest, ASecondAttemptDeliversNoSecondCopy) {
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "first").ok());
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "first").ok());
  EXPECT_EQ(Count("alice/new"), 1u);
  fs::rename(root_ + "/alice/new/1.A.mx", root_ + "/alice/cur/1.A.mx:2,S");
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "first").ok());
  EXPECT_EQ(Count("alice/new"), 0u);
  EXPECT_EQ(Count("alice/cur"), 1u);
}

TEST_F(MaildirTest, WhatACrashLeftInTmpIsReplaced) {
  ASSERT_TRUE(Deliver("alice", "0.Z.mx", "other").ok());
  std::ofstream(root_ + "/alice/tmp/1.A.mx") << "half";
  ASSERT_TRUE(Deliver("alice", "1.A.mx", "whole").ok());
  EXPECT_EQ(Read("alice/new/1.A.mx"), "whole");
}

TEST_F(MaildirTest, AnAbandonedDeliveryLeavesNothing) {
  {
    MaildirDelivery delivery(root_, "alice", "1.A.mx");
    ASSERT_TRUE(delivery.Open().ok());
    ASSERT_TRUE(delivery.Append(std::string(200000, 'x')).ok());
  }
  EXPECT_EQ(Count("alice/tmp") + Count("alice/new"), 0u);
}

// ADDR-12: an address is data and never becomes a path, a pipe or a link.
TEST_F(MaildirTest, AHostileMailboxNameIsRefused) {
  for (const char* name : {"", ".", "..", "../bob", "a/b", "/etc/passwd",
                           ".hidden", "a\nb", "a\x1b[2J"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Deliver(name, "1.A.mx", "x"))) << name;
  }
  EXPECT_EQ(Count("."), 0u);
  EXPECT_TRUE(Deliver("|sh", "1.A.mx", "x").ok());
  EXPECT_EQ(Read("|sh/new/1.A.mx"), "x");
}

TEST_F(MaildirTest, ALinkInThePlaceOfAMailboxIsNotFollowed) {
  fs::create_directory(root_ + "/elsewhere");
  fs::create_directory_symlink(root_ + "/elsewhere", root_ + "/alice");
  EXPECT_TRUE(absl::IsFailedPrecondition(Deliver("alice", "1.A.mx", "x")));
  EXPECT_EQ(Count("elsewhere"), 0u);
}

TEST_F(MaildirTest, AMissingRootIsTold) {
  MaildirDelivery delivery(root_ + "/nowhere", "alice", "1.A.mx");
  EXPECT_TRUE(absl::IsNotFound(delivery.Open()));
}

TEST_F(MaildirTest, ARootIsLookedAt) {
  EXPECT_TRUE(CheckMaildirRoot(root_).ok());
  const absl::Status missing = CheckMaildirRoot(root_ + "/none");
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_EQ(missing.message(),
            "cannot open " + root_ + "/none: No such file or directory");
  std::ofstream(root_ + "/file") << "x";
  const absl::Status file = CheckMaildirRoot(root_ + "/file");
  EXPECT_EQ(file.message(), "cannot open " + root_ + "/file: Not a directory");
  fs::create_directory(root_ + "/open");
  chmod((root_ + "/open").c_str(), 0777);
  const absl::Status open = CheckMaildirRoot(root_ + "/open");
  EXPECT_TRUE(absl::IsFailedPrecondition(open));
  EXPECT_NE(open.message().find("chmod o-w"), absl::string_view::npos);
}

TEST_F(MaildirTest, AFaultNamesItsPath) {
  std::ofstream(root_ + "/alice") << "x";
  EXPECT_EQ(Deliver("alice", "1.A.mx", "x").message(),
            "the folder " + root_ + "/alice is a link or a file");
  EXPECT_EQ(Deliver("bob", std::string(256, 'x'), "x").message(),
            "cannot write to " + root_ + "/bob: File name too long");
}

}  // namespace
}  // namespace mailsec::io
