#include "mailcore/route/pace.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using Result = Pace::Result;
using Standing = Pace::Standing;

class PaceTest : public testing::Test {
 protected:
  bool MayGo() { return pace_.Ask("a", now_).go; }
  void Start(int connections) {
    for (int i = 0; i < connections; ++i) pace_.Started("a");
  }
  void End(Result result) { pace_.Ended("a", result, now_); }
  void Run(Result result) {
    Start(1);
    End(result);
  }
  void Wait(absl::Duration time) { now_ += time; }
  // How long from now on nothing may be tried.
  absl::Duration Pause() {
    const Pace::Permit permit = pace_.Ask("a", now_);
    return permit.go ? absl::ZeroDuration() : permit.not_before - now_;
  }

  Pace pace_{{.initial = 2,
              .max = 8,
              .first_pause = absl::Seconds(30),
              .longest_pause = absl::Minutes(5),
              .max_destinations = 3}};
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(PaceTest, HasOneConnectionUntilItIsGreeted) {
  EXPECT_EQ(pace_.standing("a"), Standing::kNew);
  EXPECT_TRUE(MayGo());
  Start(1);
  EXPECT_FALSE(MayGo());
  EXPECT_EQ(pace_.standing("a"), Standing::kNew);
  pace_.Greeted("a");
  EXPECT_TRUE(MayGo());
  EXPECT_EQ(pace_.standing("a"), Standing::kProven);
  End(Result::kFailed);
  EXPECT_EQ(pace_.standing("a"), Standing::kFailed);
  Wait(absl::Minutes(1));
  Start(1);
  EXPECT_FALSE(MayGo());
  pace_.Greeted("a");
  EXPECT_EQ(pace_.standing("a"), Standing::kProven);
  EXPECT_FALSE(MayGo()) << "one at a time until one is good";
}

TEST_F(PaceTest, GoesOnWithAFew) {
  pace_.Greeted("a");
  EXPECT_TRUE(MayGo());
  Start(1);
  EXPECT_TRUE(MayGo());
  Start(1);
  EXPECT_FALSE(MayGo());
  EXPECT_EQ(pace_.Ask("a", now_).not_before, absl::ZeroDuration());
  EXPECT_TRUE(pace_.Ask("b", now_).go) << "others are not held up";
  End(Result::kGood);
  EXPECT_TRUE(MayGo());
  EXPECT_EQ(pace_.active("a"), 1u);
}

TEST_F(PaceTest, GrowsByOneForEachRoundOfGoodAnswersUpToTheMost) {
  pace_.Greeted("a");
  for (size_t limit = 2; limit < 8; ++limit) {
    EXPECT_EQ(pace_.limit("a"), limit);
    // A round and one, as the parts of a whole do not add up exactly.
    for (size_t i = 0; i <= limit; ++i) Run(Result::kGood);
  }
  for (int i = 0; i < 100; ++i) Run(Result::kGood);
  EXPECT_EQ(pace_.limit("a"), 8u);
}

TEST_F(PaceTest, IsHalvedWhenTheOtherSideIsBusy) {
  for (int i = 0; i < 100; ++i) Run(Result::kGood);
  Run(Result::kBusy);
  EXPECT_EQ(pace_.limit("a"), 4u);
  EXPECT_EQ(Pause(), absl::ZeroDuration());
  Run(Result::kBusy);
  Run(Result::kBusy);
  EXPECT_EQ(pace_.limit("a"), 1u);
  EXPECT_TRUE(MayGo());
  Run(Result::kBusy);
  EXPECT_EQ(pace_.limit("a"), 1u);
  EXPECT_EQ(Pause(), absl::Seconds(30)) << "one at a time was too many";
}

TEST_F(PaceTest, PausesTwiceAsLongAfterEachFailure) {
  const absl::Duration want[] = {absl::Seconds(30),  absl::Seconds(60),
                                 absl::Seconds(120), absl::Seconds(240),
                                 absl::Minutes(5),   absl::Minutes(5)};
  for (const absl::Duration pause : want) {
    Run(Result::kFailed);
    EXPECT_EQ(Pause(), pause);
    Wait(pause);
    EXPECT_TRUE(MayGo());
  }
}

TEST_F(PaceTest, AsksOneAtATimeWhileItFails) {
  for (int i = 0; i < 100; ++i) Run(Result::kGood);
  Run(Result::kFailed);
  Wait(absl::Minutes(1));
  EXPECT_EQ(pace_.limit("a"), 1u);
  Start(1);
  EXPECT_FALSE(MayGo());
  End(Result::kGood);
  EXPECT_EQ(pace_.limit("a"), 2u);
  Run(Result::kFailed);
  EXPECT_EQ(Pause(), absl::Seconds(30)) << "a good answer ends the row";
}

TEST_F(PaceTest, ConnectionsThatBreakTogetherAreOneFailure) {
  Start(2);
  End(Result::kFailed);
  End(Result::kFailed);
  EXPECT_EQ(Pause(), absl::Seconds(30));
}

TEST_F(PaceTest, AGoodAnswerEndsThePause) {
  Start(2);
  End(Result::kFailed);
  EXPECT_FALSE(MayGo());
  End(Result::kGood);
  EXPECT_TRUE(MayGo());
}

TEST_F(PaceTest, AnOperatorMayHaveEverythingTriedNow) {
  Run(Result::kFailed);
  EXPECT_FALSE(MayGo());
  pace_.ForgetPauses();
  EXPECT_TRUE(MayGo());
  Start(1);
  EXPECT_FALSE(MayGo()) << "still one at a time";
}

TEST_F(PaceTest, OptionsMayChange) {
  for (int i = 0; i < 100; ++i) Run(Result::kGood);
  pace_.SetOptions({.initial = 0, .max = 3});
  EXPECT_EQ(pace_.limit("a"), 3u);
  pace_.Greeted("b");
  EXPECT_EQ(pace_.limit("b"), 1u) << "none at all would never begin";
}

TEST_F(PaceTest, ForgetsTheLongestIdle) {
  const auto fail = [&](absl::string_view key) {
    pace_.Started(key);
    pace_.Ended(key, Result::kFailed, now_);
  };
  fail("a");
  fail("b");
  fail("c");
  fail("a");
  fail("d");
  EXPECT_TRUE(pace_.Ask("b", now_).go) << "forgotten";
  for (const char* kept : {"a", "c", "d"}) {
    EXPECT_FALSE(pace_.Ask(kept, now_).go) << kept;
  }
}

TEST_F(PaceTest, NeverForgetsConnections) {
  for (int i = 0; i < 10; ++i) pace_.Started(absl::StrCat("busy", i));
  Run(Result::kFailed);
  EXPECT_EQ(pace_.standing("a"), Standing::kNew) << "idle, and one too many";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(pace_.active(absl::StrCat("busy", i)), 1u);
  }
}

}  // namespace
}  // namespace mailsec::route
