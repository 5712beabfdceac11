#include <random>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "mailcore/spool/crc32c.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/retry_schedule.h"
#include "mailcore/spool/sealer.h"
#include "mailcore/spool/space_guard.h"

namespace mailsec::spool {
namespace {

TEST(QueueIdTest, ReadsWhatItWrites) {
  for (const uint64_t value : {uint64_t{1}, uint64_t{35}, uint64_t{36},
                               uint64_t{1} << 20, UINT64_MAX}) {
    EXPECT_EQ(*QueueId::Parse(QueueId(value).ToString()), QueueId(value));
  }
  EXPECT_EQ(QueueId(UINT64_MAX).ToString(), "3W5E11264SGSF");
}

TEST(QueueIdTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "0", "01", "a", "1 ", "-1", "../1", "1/2", "3W5E11264SGSG",
        "ZZZZZZZZZZZZZ", "11111111111111"}) {
    EXPECT_FALSE(QueueId::Parse(text).ok()) << text;
  }
}

// RFC 3720, B.4, and the usual check value.
TEST(Crc32cTest, KnownValues) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

TEST(Crc32cTest, FastAndPortableAgreeAndGoOn) {
  std::mt19937 random(1);
  std::string octets;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(Crc32c(octets), PortableCrc32c(octets));
    const absl::string_view all(octets);
    EXPECT_EQ(Crc32c(all.substr(i / 2), Crc32c(all.substr(0, i / 2))),
              Crc32c(all));
    octets.push_back(static_cast<char>(random()));
  }
}

// RFC 5321, 4.5.4.1; SPOOL-08.
TEST(RetryScheduleTest, PausesDoubleUpToTheLongest) {
  const RetrySchedule schedule;
  const int minutes[] = {5, 10, 20, 40, 80, 160, 240, 240};
  for (uint32_t attempt = 1; attempt <= 8; ++attempt) {
    for (uint64_t id = 1; id < 200; ++id) {
      const absl::Duration pause = schedule.Pause(QueueId(id), attempt);
      EXPECT_GE(pause, absl::Minutes(minutes[attempt - 1]) * 0.8);
      EXPECT_LE(pause, absl::Minutes(minutes[attempt - 1]) * 1.2);
      EXPECT_LE(pause, schedule.LongestPause());
    }
  }
}

TEST(RetryScheduleTest, ManyThatFailTogetherComeBackApart) {
  const RetrySchedule schedule;
  std::set<absl::Duration> pauses;
  for (uint64_t id = 1; id <= 10000; ++id) {
    pauses.insert(schedule.Pause(QueueId(id), 3));
  }
  EXPECT_GT(pauses.size(), 390u);  // Of 401 steps.
}

TEST(RetryScheduleTest, GivesUpAfterFiveDays) {
  const RetrySchedule schedule;
  EXPECT_FALSE(schedule.IsExpired(absl::Hours(119)));
  EXPECT_TRUE(schedule.IsExpired(absl::Hours(120)));
}

TEST(SealerTest, OpensOnlyWhatItSealed) {
  const SpoolKey key = {.id = 1, .secret = std::string(32, 'k')};
  const Sealer sealer = *Sealer::Create(key, "salt");
  std::string sealed(5 + Sealer::kTagOctets, '\0');
  ASSERT_TRUE(sealer.Seal(4096, "c", "hello", sealed.data()).ok());
  EXPECT_EQ(*sealer.Open(4096, "c", sealed), "hello");
  EXPECT_EQ(sealed.find("hello"), std::string::npos);
  EXPECT_TRUE(absl::IsDataLoss(sealer.Open(4097, "c", sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(sealer.Open(4096, "d", sealed).status()));
  EXPECT_TRUE(absl::IsDataLoss(
      Sealer::Create(key, "tlas")->Open(4096, "c", sealed).status()));
  for (size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string flipped = sealed;
    flipped[i / 8] ^= 1 << (i % 8);
    EXPECT_FALSE(sealer.Open(4096, "c", flipped).ok());
  }
}

TEST(SealerTest, FindsTheKeyWithTheRightSecret) {
  const SpoolKey right = {.id = 1, .secret = std::string(32, 'k')};
  const SpoolKey wrong = {.id = 1, .secret = std::string(32, 'w')};
  const SpoolKey other = {.id = 2, .secret = right.secret};
  const std::string check = *Sealer::Create(right, "salt")->Check();
  EXPECT_EQ(check.size(), Sealer::kTagOctets);
  EXPECT_TRUE(Sealer::Find({right}, 1, "salt", check)->has_value());
  EXPECT_TRUE(Sealer::Find({right, wrong}, 1, "salt", check)->has_value());
  EXPECT_TRUE(Sealer::Find({wrong, right}, 1, "salt", check)->has_value());
  EXPECT_FALSE(Sealer::Find({}, 1, "salt", check)->has_value());
  EXPECT_FALSE(Sealer::Find({wrong}, 1, "salt", check)->has_value());
  EXPECT_FALSE(Sealer::Find({other}, 1, "salt", check)->has_value());
  EXPECT_FALSE(Sealer::Find({right}, 1, "tlas", check)->has_value());
}

TEST(SealerTest, RefusesAShortKeyAndTheIdZero) {
  EXPECT_FALSE(Sealer::Create({.id = 1, .secret = "short"}, "s").ok());
  EXPECT_FALSE(
      Sealer::Create({.id = 0, .secret = std::string(32, 'k')}, "s").ok());
}

// R10.
TEST(SpaceGuardTest, KeepsTheReserve) {
  const SpaceGuard guard({.octets = 1000, .inodes = 10});
  EXPECT_TRUE(guard.Check({1500, 11}, 500).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(guard.Check({1500, 11}, 501)));
  EXPECT_TRUE(absl::IsResourceExhausted(guard.Check({999, 11}, 0)));
  EXPECT_TRUE(absl::IsResourceExhausted(guard.Check({1500, 10}, 1)));
  EXPECT_TRUE(absl::IsResourceExhausted(guard.Check({1500, 11}, UINT64_MAX)));
}

}  // namespace
}  // namespace mailsec::spool
