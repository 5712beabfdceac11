// Quotas of Maildirs as Maildir++ has them, whatever the file holds.

#include "mailcore/io/maildir_quota.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

namespace fs = std::filesystem;

class MaildirQuotaTest : public testing::Test {
 protected:
  MaildirQuotaTest() {
    std::string name = fs::temp_directory_path() / "quotaXXXXXX";
    root_ = mkdtemp(name.data());
    for (const char* folder : {"tmp", "new", "cur"}) {
      fs::create_directories(Path(folder));
    }
  }
  ~MaildirQuotaTest() override { fs::remove_all(root_); }

  fs::path Path(const std::string& name) const {
    return fs::path(root_) / "alice" / name;
  }
  void Put(const std::string& name, size_t octets) {
    fs::create_directories(Path(name).parent_path());
    std::ofstream(Path(name)) << std::string(octets, 'x');
  }
  void WriteFile(const std::string& text, int age_minutes = 0) {
    std::ofstream(Path("maildirsize"), std::ios::trunc) << text;
    fs::last_write_time(
        Path("maildirsize"),
        fs::file_time_type::clock::now() - std::chrono::minutes(age_minutes));
  }
  std::string File() const {
    std::ifstream file(Path("maildirsize"));
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }

  // "octets messages of quota", as it is read now.
  std::string Read(const MaildirQuota& configured = {.octets = 1000}) {
    const absl::StatusOr<MaildirUsage> usage =
        ReadMaildirUsage(root_, "alice", configured, absl::Now());
    if (!usage.ok()) return usage.status().ToString();
    return absl::StrCat(usage->octets, " ", usage->messages, " of ",
                        usage->quota.octets, "S", usage->quota.messages, "C");
  }

  std::string root_;
};

TEST_F(MaildirQuotaTest, CountsWhatMaildirPlusPlusCounts) {
  Put("new/1", 100);
  Put("cur/2:2,S", 10);
  Put("cur/3,S=5000:2,", 1);  // Its name tells its size.
  Put("cur/4:2,ST", 20);      // Marked as deleted.
  Put("new/.hidden", 30);
  Put("tmp/5", 40);  // Not delivered yet.
  Put(".Drafts/cur/6:2,D", 1);
  Put(".Drafts.Old/new/7", 1);
  Put(".Trash/cur/8:2,S", 50);
  Put("other/cur/9", 60);  // No folder of Maildir++.
  fs::create_symlink("/etc/passwd", Path("cur/10"));
  fs::create_symlink("/tmp", Path(".Link"));
  EXPECT_EQ(Read({.octets = 9000, .messages = 7}), "5112 5 of 9000S7C");
  EXPECT_EQ(File(), "9000S,7C\n5112 5\n");
}

TEST_F(MaildirQuotaTest, BelievesTheFileWhileThereIsRoom) {
  Put("new/1", 100);
  WriteFile("1000S\n500 2\n-200 -1\n  30 1 \n", 60);
  EXPECT_EQ(Read(), "330 2 of 1000S0C");
  ASSERT_TRUE(AddToMaildirUsage(root_, "alice", 70).ok());
  EXPECT_EQ(Read(), "400 3 of 1000S0C");
  EXPECT_EQ(File(), "1000S\n500 2\n-200 -1\n  30 1 \n70 1\n");
}

TEST_F(MaildirQuotaTest, WithoutAConfiguredQuotaTheFilesIsObeyed) {
  Put("new/1", 100);
  EXPECT_EQ(Read({}), "0 0 of 0S0C");
  EXPECT_FALSE(fs::exists(Path("maildirsize")));
  WriteFile("50C,200S,3X\n150 1\n");
  EXPECT_EQ(Read({}), "150 1 of 200S50C");
  WriteFile("0S\n150 1\n");
  EXPECT_EQ(Read({}), "150 1 of 0S0C");
}

TEST_F(MaildirQuotaTest, AConfiguredQuotaIsWrittenDown) {
  Put("new/1", 100);
  WriteFile("50S\n40 1\n");
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_EQ(File(), "1000S\n100 1\n");
}

TEST_F(MaildirQuotaTest, DamageIsCountedAnew) {
  Put("new/1", 100);
  const std::string kDamaged[] = {
      "",
      "1000S",
      "1000S\n10 1",  // Cut off.
      "1000S\n10\n",
      "1000S\n10 1 1\n",
      "1000S\nten 1\n",
      "1000S\n-10 1\n",
      "1000S\n10 -1\n",
      "1000S\n9223372036854775807 1\n1 1\n",
      "1000S\n99999999999999999999 1\n",
      "S\n10 1\n",
      "-5S\n10 1\n",
      "1000\n10 1\n",
      "1000S,\n10 1\n",
      "99999999999999999999S\n10 1\n",
      std::string("1000S\n10 1\n\0\n", 13),
      "1000S\n10 1\n" + std::string(kMaxMaildirSizeOctets, '\n'),
      "1000S\n" + std::string(kMaxMaildirSizeOctets, '1'),
  };
  for (const std::string& text : kDamaged) {
    SCOPED_TRACE(text.substr(0, 40));
    WriteFile(text);
    EXPECT_EQ(Read(), "100 1 of 1000S0C");
    EXPECT_EQ(File(), "1000S\n100 1\n");
  }
}

TEST_F(MaildirQuotaTest, ALongFileIsWrittenAnew) {
  Put("new/1", 100);
  std::string text = "1000S\n";
  while (text.size() <= kMaxMaildirSizeOctets) text += "0 0\n";
  WriteFile(text);
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_EQ(File(), "1000S\n100 1\n");
}

TEST_F(MaildirQuotaTest, WhatIsNoFileHangsNobodyAndIsReplaced) {
  Put("new/1", 100);
  ASSERT_EQ(mkfifo(Path("maildirsize").c_str(), 0600), 0);
  EXPECT_TRUE(AddToMaildirUsage(root_, "alice", 1).ok());
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_EQ(File(), "1000S\n100 1\n");
  fs::remove(Path("maildirsize"));
  std::ofstream(root_ + "/target") << "1000S\n7 7\n";
  fs::create_symlink(root_ + "/target", Path("maildirsize"));
  EXPECT_TRUE(AddToMaildirUsage(root_, "alice", 1).ok());
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_FALSE(fs::is_symlink(Path("maildirsize")));
  fs::remove(Path("maildirsize"));
  fs::create_directory(Path("maildirsize"));
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  EXPECT_TRUE(fs::is_empty(Path("tmp")));
}

TEST_F(MaildirQuotaTest, NoRoomIsCheckedOnceWhatIsKnownMayBeWrong) {
  Put("new/1", 100);
  WriteFile("1000S\n1000 5\n");
  EXPECT_EQ(Read(), "1000 5 of 1000S0C") << "counted a moment ago";
  WriteFile("1000S\n1000 5\n", 16);
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  WriteFile("1000S\n900 5\n100 1\n");
  EXPECT_EQ(Read(), "100 1 of 1000S0C");
  WriteFile("1000S\n1000 5\n", -16);
  EXPECT_EQ(Read(), "100 1 of 1000S0C") << "of the future";
  WriteFile("1000S,5C\n0 4\n0 1\n");
  EXPECT_EQ(Read({.octets = 1000, .messages = 5}), "100 1 of 1000S5C");
  WriteFile("1000S\n800 5\n50 1\n");
  EXPECT_EQ(ReadMaildirUsage(root_, "alice", {.octets = 1000}, absl::Now(), 151)
                ->octets,
            100u);
}

TEST_F(MaildirQuotaTest, RoomIsWhatIsLeft) {
  const struct {
    MaildirUsage usage;
    uint64_t room;
  } kCases[] = {
      {{.quota = {}, .octets = 5, .messages = 5}, ~uint64_t{0}},
      {{.quota = {.octets = 10}, .octets = 4}, 6},
      {{.quota = {.octets = 10}, .octets = 10}, 0},
      {{.quota = {.octets = 10}, .octets = 11}, 0},
      {{.quota = {.octets = 10, .messages = 2}, .octets = 4, .messages = 2}, 0},
      {{.quota = {.messages = 2}, .octets = 4, .messages = 1}, ~uint64_t{0}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(c.usage.room_octets(), c.room);
    EXPECT_EQ(c.usage.HasRoomFor(1), c.room > 0);
    EXPECT_TRUE(c.room == ~uint64_t{0} || !c.usage.HasRoomFor(c.room + 1));
  }
}

TEST_F(MaildirQuotaTest, AMaildirThatDoesNotExistIsEmpty) {
  fs::remove_all(fs::path(root_) / "alice");
  EXPECT_EQ(Read(), "0 0 of 1000S0C");
  EXPECT_TRUE(AddToMaildirUsage(root_, "alice", 1).ok());
  EXPECT_FALSE(fs::exists(fs::path(root_) / "alice"));
  for (const char* name : {"", "..", "a/b", ".hidden", "a\nb"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        ReadMaildirUsage(root_, name, {.octets = 1}, absl::Now()).status()));
  }
  fs::remove_all(root_);
  EXPECT_FALSE(
      ReadMaildirUsage(root_, "alice", {.octets = 1}, absl::Now()).ok());
}

}  // namespace
}  // namespace mailsec::io
