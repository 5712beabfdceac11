#include "mailcore/io/state_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "mailcore/io/read_file.h"

namespace mailsec::io {
namespace {

class StateFileTest : public testing::Test {
 protected:
  StateFileTest() {
    std::string name = testing::TempDir() + "/stateXXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/state";
  }
  ~StateFileTest() override { std::filesystem::remove_all(folder_); }

  static std::string Read(const std::string& path) {
    return ReadSecretFile(path, 1 << 20).value_or("unreadable");
  }

  std::string folder_;
  std::string path_;
};

TEST_F(StateFileTest, WhatWasWrittenComesBackAndIsReplacedAsAWhole) {
  for (const std::string& octets :
       {std::string("first\0\n", 7), std::string(100000, 'x'), std::string()}) {
    ASSERT_TRUE(WriteStateFile(path_, octets).ok());
    EXPECT_EQ(Read(path_), octets);
  }
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

// R8: for its owner alone, whatever the umask.
TEST_F(StateFileTest, OnlyItsOwnerCanReadIt) {
  const mode_t before = umask(0);
  ASSERT_TRUE(WriteStateFile(path_, "x").ok());
  umask(before);
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(StateFileTest, WhatAnInterruptedCallLeftIsNoHindrance) {
  std::ofstream(path_ + ".new") << "half";
  ASSERT_TRUE(WriteStateFile(path_, "whole").ok());
  EXPECT_EQ(Read(path_), "whole");
}

TEST_F(StateFileTest, FollowsNoLink) {
  const std::string victim = folder_ + "/victim";
  std::ofstream(victim) << "precious";
  std::filesystem::create_symlink(victim, path_ + ".new");
  std::filesystem::create_symlink(victim, path_);
  ASSERT_TRUE(WriteStateFile(path_, "x").ok());
  std::ifstream file(victim);
  std::string kept;
  file >> kept;
  EXPECT_EQ(kept, "precious");
  EXPECT_EQ(Read(path_), "x");
}

TEST_F(StateFileTest, AFailureLeavesWhatWasThere) {
  ASSERT_TRUE(WriteStateFile(path_, "old").ok());
  EXPECT_FALSE(WriteStateFile(folder_ + "/missing/state", "x").ok());
  std::filesystem::create_directory(path_ + ".new");
  EXPECT_FALSE(WriteStateFile(path_, "new").ok());
  EXPECT_EQ(Read(path_), "old");
}

}  // namespace
}  // namespace mailsec::io
