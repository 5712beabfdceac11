#include "mailcore/rate/rate_limiter.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::rate {
namespace {

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1600000000 + seconds);
}

// One step of a story of a single key: at this second, is one allowed?
struct Step {
  int second;
  bool want_allowed;
  uint32_t want_left;
  int want_retry_after;  // Seconds.
};

// Two at once, then one every ten seconds.
struct StoryCase {
  const char* name;
  std::vector<Step> steps;
};

const StoryCase kStories[] = {
    {"BurstThenNothing", {{0, true, 1, 0}, {0, true, 0, 0}, {0, false, 0, 10}}},
    {"OneMoreAfterAnInterval",
     {{0, true, 1, 0}, {0, true, 0, 0}, {9, false, 0, 1}, {10, true, 0, 0}}},
    {"RefusalsCostNothing",
     {{0, true, 1, 0},
      {0, true, 0, 0},
      {5, false, 0, 5},
      {6, false, 0, 4},
      {10, true, 0, 0}}},
    {"FullAgainAfterBoth",
     {{0, true, 1, 0}, {0, true, 0, 0}, {20, true, 1, 0}, {20, true, 0, 0}}},
    {"UnusedTimeIsNotSaved",
     {{0, true, 1, 0},
      {1000, true, 1, 0},
      {1000, true, 0, 0},
      {1000, false, 0, 10}}},
    {"PartsOfAnIntervalCount",
     {{0, true, 1, 0}, {5, true, 0, 0}, {10, true, 0, 0}, {19, false, 0, 1}}},
    {"ClockBackAYearWaitsOnlyAsLongAsABurst",
     {{31536000, true, 1, 0},
      {31536000, true, 0, 0},
      {0, false, 0, 10},
      {9, false, 0, 1},
      {10, true, 0, 0},
      {20, true, 0, 0}}},
    {"ClockBackAgainAndAgainStillEnds",
     {{1000, true, 1, 0},
      {1000, true, 0, 0},
      {500, false, 0, 10},
      {505, false, 0, 5},
      {100, false, 0, 10},
      {110, true, 0, 0}}},
    {"ClockBackLittleCountsTheUsed",
     {{100, true, 1, 0}, {95, false, 0, 5}, {100, true, 0, 0}}},
    {"ClockForwardAndBack",
     {{0, true, 1, 0},
      {31536000, true, 1, 0},
      {1, false, 0, 10},
      {11, true, 0, 0}}},
};

class StoryTest : public testing::TestWithParam<StoryCase> {};

TEST_P(StoryTest, Answers) {
  RateLimiter limiter({.burst = 2, .interval = absl::Seconds(10)});
  for (const Step& step : GetParam().steps) {
    SCOPED_TRACE(step.second);
    const RateLimiter::Answer peeked = limiter.Peek("a", At(step.second));
    const RateLimiter::Answer got = limiter.Take("a", At(step.second));
    EXPECT_EQ(got.allowed, step.want_allowed);
    EXPECT_EQ(got.left, step.want_left);
    EXPECT_EQ(got.retry_after, absl::Seconds(step.want_retry_after));
    EXPECT_EQ(peeked.allowed, got.allowed);
    EXPECT_EQ(peeked.left, got.left);
    EXPECT_EQ(peeked.retry_after, got.retry_after);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, StoryTest, testing::ValuesIn(kStories),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RateLimiterTest, KeysDoNotShare) {
  RateLimiter limiter({.burst = 1});
  EXPECT_TRUE(limiter.Take("a", At(0)).allowed);
  EXPECT_TRUE(limiter.Take("b", At(0)).allowed);
  EXPECT_TRUE(limiter.Take("", At(0)).allowed);
  EXPECT_FALSE(limiter.Take("a", At(0)).allowed);
  EXPECT_EQ(limiter.keys(), 3u);
}

TEST(RateLimiterTest, WhatIsReturnedCanBeTakenAgain) {
  RateLimiter limiter({.burst = 2, .interval = absl::Seconds(10)});
  limiter.Take("a", At(0));
  limiter.Take("a", At(0));
  limiter.Return("a", At(0));
  EXPECT_TRUE(limiter.Take("a", At(0)).allowed);
  EXPECT_FALSE(limiter.Take("a", At(0)).allowed);
}

TEST(RateLimiterTest, NothingCanBeReturnedThatWasNotTaken) {
  RateLimiter limiter({.burst = 1, .interval = absl::Seconds(10)});
  limiter.Return("a", At(0));
  limiter.Take("a", At(0));
  limiter.Return("a", At(0));
  limiter.Return("a", At(0));
  EXPECT_EQ(limiter.keys(), 0u);
  EXPECT_TRUE(limiter.Take("a", At(0)).allowed);
  EXPECT_FALSE(limiter.Take("a", At(0)).allowed);
}

TEST(RateLimiterTest, FullTableRefusesNewKeysAndKeepsTheOld) {
  RateLimiter limiter(
      {.burst = 2, .interval = absl::Seconds(10), .max_keys = 100});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(limiter.Take(absl::StrCat(i), At(0)).allowed);
  }
  const RateLimiter::Answer got = limiter.Take("new", At(0));
  EXPECT_FALSE(got.allowed);
  EXPECT_EQ(got.retry_after, absl::Seconds(10));
  EXPECT_TRUE(limiter.Take("7", At(0)).allowed);
  EXPECT_FALSE(limiter.Take("7", At(0)).allowed);
  EXPECT_EQ(limiter.keys(), 100u);
}

TEST(RateLimiterTest, FullBucketsMakeRoom) {
  RateLimiter limiter(
      {.burst = 2, .interval = absl::Seconds(10), .max_keys = 100});
  for (int i = 0; i < 100; ++i)
    limiter.Take(absl::StrCat(i), At(i < 50 ? 0 : 5));
  for (int i = 0; i < 50; ++i) {
    const std::string key = absl::StrCat("new", i);
    bool allowed = false;  // At the latest when all 256 places were looked at.
    for (int j = 0; j < 4 && !allowed; ++j) {
      allowed = limiter.Take(key, At(10)).allowed;
    }
    EXPECT_TRUE(allowed) << i;
  }
  EXPECT_FALSE(limiter.Take("one more", At(10)).allowed);
  EXPECT_EQ(limiter.keys(), 100u);
}

TEST(RateLimiterTest, OptionsOutOfBoundsBecomeTheNearest) {
  RateLimiter none(
      {.burst = 0, .interval = absl::ZeroDuration(), .max_keys = 0});
  EXPECT_TRUE(none.Take("a", At(0)).allowed);
  EXPECT_EQ(none.Take("a", At(0)).retry_after, absl::Microseconds(1));
  RateLimiter most({.burst = 0xFFFFFFFF, .interval = absl::InfiniteDuration()});
  EXPECT_EQ(most.Take("a", At(0)).left, 999999u);
  EXPECT_TRUE(most.Take("a", absl::InfiniteFuture()).allowed);
  EXPECT_TRUE(most.Take("a", absl::InfinitePast()).allowed);
}

TEST(RateLimiterTest, MayBeAskedByManyThreads) {
  RateLimiter limiter({.burst = 500, .interval = absl::Hours(1)});
  std::vector<int> allowed(4);
  std::vector<std::thread> threads;
  for (int& mine : allowed) {
    threads.emplace_back([&limiter, &mine] {
      for (int i = 0; i < 200; ++i) {
        mine += limiter.Take("a", At(0)).allowed;
        limiter.Peek(absl::StrCat("b", i), At(0));
        limiter.Take(absl::StrCat("c", i), At(0));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed[0] + allowed[1] + allowed[2] + allowed[3], 500);
}

TEST(SaveTest, RestartForgetsNothing) {
  RateLimiter before(
      {.burst = 2, .interval = absl::Seconds(10), .seed = {7, 8}});
  for (int i = 0; i < 1000; ++i) before.Take(absl::StrCat(i), At(i % 2 * 10));
  RateLimiter after(
      {.burst = 2, .interval = absl::Seconds(10), .seed = {9, 9}});
  after.Take("of before the load", At(0));
  ASSERT_TRUE(after.Load(before.Save(At(10))).ok());
  EXPECT_EQ(after.keys(), 500u);  // The others were full again.
  for (int i = 0; i < 1000; ++i) {
    const std::string key = absl::StrCat(i);
    EXPECT_EQ(after.Peek(key, At(10)).left, i % 2 == 0 ? 1u : 0u) << i;
  }
}

TEST(SaveTest, LoadKeepsNoMoreThanItMay) {
  RateLimiter before({.burst = 1});
  for (int i = 0; i < 100; ++i) before.Take(absl::StrCat(i), At(0));
  RateLimiter after({.burst = 1, .max_keys = 10});
  ASSERT_TRUE(after.Load(before.Save(At(0))).ok());
  EXPECT_EQ(after.keys(), 10u);
}

TEST(SaveTest, DamageIsSeenAndChangesNothing) {
  RateLimiter limiter({.burst = 1});
  limiter.Take("a", At(0));
  limiter.Take("b", At(0));
  const std::string saved = limiter.Save(At(0));
  for (size_t i = 0; i < saved.size(); ++i) {
    std::string damaged = saved;
    damaged[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(limiter.Load(damaged))) << i;
    EXPECT_TRUE(absl::IsDataLoss(RateLimiter::Check(damaged))) << i;
    EXPECT_TRUE(absl::IsDataLoss(limiter.Load(saved.substr(0, i)))) << i;
  }
  EXPECT_EQ(limiter.keys(), 2u);
  EXPECT_FALSE(limiter.Take("a", At(0)).allowed);
}

// Slow and obvious: tokens in a map that forgets nothing.
class SlowLimiter {
 public:
  SlowLimiter(int64_t burst, int64_t interval)
      : burst_(burst), interval_(interval) {}

  // How much of a token, times `interval`, is there?
  int64_t& Tokens(const std::string& key, int64_t now) {
    Bucket& bucket =
        buckets_.try_emplace(key, Bucket{Most(), now}).first->second;
    bucket.tokens = std::min(Most(), bucket.tokens + now - bucket.at);
    bucket.at = now;
    return bucket.tokens;
  }

  bool Take(const std::string& key, int64_t now) {
    int64_t& tokens = Tokens(key, now);
    if (tokens < interval_) return false;
    tokens -= interval_;
    return true;
  }

  void Return(const std::string& key, int64_t now) {
    int64_t& tokens = Tokens(key, now);
    tokens = std::min(Most(), tokens + interval_);
  }

 private:
  struct Bucket {
    int64_t tokens;
    int64_t at;
  };
  int64_t Most() const { return burst_ * interval_; }
  int64_t burst_;
  int64_t interval_;
  std::map<std::string, Bucket> buckets_;
};

// Random takes, looks, returns and saves of 40 keys. The clock goes forward:
// the two differ in what they make of a full bucket and a clock that goes
// back, which is the table's subject.
TEST(SimulationTest, AgreesWithASlowTwin) {
  std::mt19937 random(1);
  for (int run = 0; run < 60; ++run) {
    const uint32_t burst = 1 + random() % 5;
    const int interval = 1 + random() % 50;
    RateLimiter fast({.burst = burst, .interval = absl::Seconds(interval)});
    SlowLimiter slow(burst, interval);
    int64_t now = 0;
    for (int i = 0; i < 3000; ++i) {
      now += random() % 4;
      const std::string key = absl::StrCat("key", random() % 40);
      switch (random() % 8) {
        case 0:
          EXPECT_EQ(fast.Peek(key, At(now)).allowed,
                    slow.Tokens(key, now) >= interval);
          break;
        case 1:
          fast.Return(key, At(now));
          slow.Return(key, now);
          break;
        case 2:
          ASSERT_TRUE(fast.Load(fast.Save(At(now))).ok());
          break;
        default:
          ASSERT_EQ(fast.Take(key, At(now)).allowed, slow.Take(key, now))
              << run << " " << i << " " << key;
      }
    }
    EXPECT_LE(fast.keys(), 40u);
  }
}

// The bound itself: in any window of time, no more than burst + window /
// interval are allowed; and once the clock has jumped back, never more than
// that of the time that it shows.
TEST(SimulationTest, NeverMoreThanTheBound) {
  std::mt19937 random(2);
  for (int run = 0; run < 20; ++run) {
    RateLimiter limiter({.burst = 3, .interval = absl::Seconds(10)});
    const int jump_at = 500 + random() % 500;
    const int jump = random() % 400;
    std::vector<int> allowed_at;  // By a clock that never jumps.
    for (int now = 0; now < 1500; ++now) {
      const int shown = now < jump_at ? now : now - jump;
      for (uint32_t i = random() % 3; i > 0; --i) {
        if (limiter.Take("a", At(shown)).allowed) allowed_at.push_back(now);
      }
    }
    ASSERT_GT(allowed_at.size(), 100u);
    for (size_t i = 0; i < allowed_at.size(); ++i) {
      for (size_t j = i; j < allowed_at.size(); ++j) {
        ASSERT_LE(j - i + 1, 3u + (allowed_at[j] - allowed_at[i]) / 10u);
      }
    }
  }
}

}  // namespace
}  // namespace mailsec::rate
