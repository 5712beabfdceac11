// What every form of ReplyMemory must do: the one that a restart forgets, the
// one in SQLite, and the one that can be told to fail.

#include "mailcore/autoreply/reply_memory.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_reply_memory.h"
#include "mailcore/io/sqlite_reply_memory.h"
#include "mailcore/testing/failing_reply_memory.h"
#include "tests/conformance/table_form.h"

namespace mailsec::autoreply {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
constexpr absl::Duration kWeek = absl::Hours(7 * 24);
constexpr absl::Duration kForEver = absl::InfiniteDuration();

class ReplyMemoryTest : public TableFormTest {
 protected:
  bool survives() const { return GetParam() == TableForm::kSqlite; }

  // As after a restart, for a form that survives one.
  ReplyMemory& Open(ReplyMemoryLimits limits = {}) {
    memory_.reset();
    if (GetParam() == TableForm::kSqlite) {
      memory_ = *io::SqliteReplyMemory::Create(OpenDatabase(), limits);
      return *memory_;
    }
    memory_ = std::make_unique<MemoryReplyMemory>(limits);
    if (GetParam() == TableForm::kMemory) return *memory_;
    failing_ = std::make_unique<FailingReplyMemory>(memory_.get());
    return *failing_;
  }

  std::unique_ptr<ReplyMemory> memory_;
  std::unique_ptr<FailingReplyMemory> failing_;
};

ReplyKey Key(const std::string& whom, const std::string& occasion = "holiday",
             const std::string& owner = "anna@example.org") {
  return {.owner = owner, .occasion = occasion, .whom = whom};
}

std::string Ask(ReplyMemory& memory, const ReplyKey& key, absl::Time now,
                absl::Duration period) {
  const absl::StatusOr<Remembered> answer = memory.Remember(key, now, period);
  if (!answer.ok()) return std::string(answer.status().message());
  return std::string(RememberedName(*answer));
}

TEST_P(ReplyMemoryTest, OneAnswerForEachOwnerOccasionAndSender) {
  ReplyMemory& memory = Open();
  const struct {
    const char* what;
    ReplyKey key;
    const char* answer;
  } kRows[] = {
      {"the first mail", Key("bob@example.net"), "first"},
      {"the same sender again", Key("bob@example.net"), "already"},
      {"another sender", Key("carol@example.net"), "first"},
      {"another absence", Key("bob@example.net", "illness"), "first"},
      {"another owner", Key("bob@example.net", "holiday", "dora@example.org"),
       "first"},
      {"a receipt", Key("<1@example.net>", "receipt"), "first"},
      {"a sender of any octets", Key(std::string("' OR 1=1; --\0\xFF", 14)),
       "first"},
      {"the same of it", Key(std::string("' OR 1=1; --\0\xFF", 14)), "already"},
      {"the same sender still", Key("bob@example.net"), "already"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Ask(memory, row.key, kNow, kForEver), row.answer) << row.what;
  }
  EXPECT_EQ(*memory.Count(), 6u);
}

TEST_P(ReplyMemoryTest, AnAnswerCountsForItsPeriod) {
  ReplyMemory& memory = Open();
  const ReplyKey bob = Key("bob@example.net");
  const struct {
    absl::Duration after;
    const char* answer;
  } kRows[] = {
      {absl::ZeroDuration(), "first"},
      {absl::Seconds(1), "already"},
      {kWeek - absl::Microseconds(1), "already"},
      {kWeek, "first"},
      {kWeek + absl::Seconds(1), "already"},
      {2 * kWeek, "first"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Ask(memory, bob, kNow + row.after, kWeek), row.answer)
        << row.after;
  }
  const ReplyKey carol = Key("carol@example.net");
  EXPECT_EQ(Ask(memory, carol, kNow, kForEver), "first");
  EXPECT_EQ(Ask(memory, carol, kNow + absl::Hours(24 * 36500), kForEver),
            "already");
}

// A clock that was two days ahead must not silence a sender for longer, nor let
// one have two.
TEST_P(ReplyMemoryTest, AnAnswerFromTheFutureIsOneOfJustNow) {
  ReplyMemory& memory = Open();
  const ReplyKey bob = Key("bob@example.net");
  EXPECT_EQ(Ask(memory, bob, kNow + absl::Hours(48), kWeek), "first");
  EXPECT_EQ(Ask(memory, bob, kNow, kWeek), "already");
  EXPECT_EQ(Ask(memory, bob, kNow + kWeek - absl::Seconds(1), kWeek),
            "already");
  EXPECT_EQ(Ask(memory, bob, kNow + kWeek, kWeek), "first");
}

TEST_P(ReplyMemoryTest, WhatWasNotSentIsForgotten) {
  ReplyMemory& memory = Open();
  const ReplyKey bob = Key("bob@example.net");
  EXPECT_EQ(Ask(memory, bob, kNow, kForEver), "first");
  EXPECT_TRUE(memory.Forget(bob).ok());
  EXPECT_TRUE(memory.Forget(bob).ok());
  EXPECT_EQ(*memory.Count(), 0u);
  EXPECT_EQ(Ask(memory, bob, kNow, kForEver), "first");
}

TEST_P(ReplyMemoryTest, ANewAbsenceForgetsTheOldOnesOfItsOwner) {
  ReplyMemory& memory = Open();
  const ReplyKey old = Key("bob@example.net", "old");
  const ReplyKey current = Key("bob@example.net", "current");
  const ReplyKey receipt = Key("<1@example.net>", "receipt");
  const ReplyKey others = Key("bob@example.net", "old", "dora@example.org");
  for (const ReplyKey& key : {old, current, receipt, others}) {
    EXPECT_EQ(Ask(memory, key, kNow, kForEver), "first");
  }
  EXPECT_TRUE(memory.ForgetOtherAbsences("anna@example.org", "current").ok());
  EXPECT_EQ(*memory.Count(), 3u);
  EXPECT_EQ(Ask(memory, current, kNow, kForEver), "already");
  EXPECT_EQ(Ask(memory, receipt, kNow, kForEver), "already");
  EXPECT_EQ(Ask(memory, others, kNow, kForEver), "already");
  EXPECT_EQ(Ask(memory, old, kNow, kForEver), "first");
  EXPECT_TRUE(memory.ForgetOtherAbsences("anna@example.org", "").ok());
  EXPECT_EQ(*memory.Count(), 2u);
}

TEST_P(ReplyMemoryTest, AFullMemorySaysNo) {
  ReplyMemory& memory = Open({.max_per_owner = 10, .max_in_all = 15});
  for (const int room : {10, 5}) {
    const std::string owner = absl::StrCat("owner", room);
    for (int i = 0; i < 100; ++i) {
      const ReplyKey key = Key(absl::StrCat("forged", i), "holiday", owner);
      EXPECT_EQ(Ask(memory, key, kNow, kForEver), i < room ? "first" : "full");
    }
  }
  EXPECT_EQ(*memory.Count(), 15u);
  const ReplyKey old = Key("forged3", "holiday", "owner10");
  EXPECT_EQ(Ask(memory, old, kNow, kForEver), "already");
  // One that is gone makes room for one.
  EXPECT_TRUE(memory.Forget(old).ok());
  EXPECT_EQ(Ask(memory, Key("new1"), kNow, kForEver), "first");
  EXPECT_EQ(Ask(memory, Key("new2"), kNow, kForEver), "full");
}

TEST_P(ReplyMemoryTest, ThoseWhosePeriodIsOverMakeRoomTheOldestFirst) {
  ReplyMemory& memory = Open({.max_per_owner = 3, .max_in_all = 100});
  for (int day = 0; day < 3; ++day) {
    EXPECT_EQ(Ask(memory, Key(absl::StrCat("of day ", day)),
                  kNow + day * absl::Hours(24), kWeek),
              "first");
  }
  const absl::Time later = kNow + kWeek + absl::Hours(1);
  EXPECT_EQ(Ask(memory, Key("late"), later, kWeek), "first");
  EXPECT_EQ(*memory.Count(), 3u);
  EXPECT_EQ(Ask(memory, Key("of day 1"), later, kWeek), "already");
  EXPECT_EQ(Ask(memory, Key("of day 2"), later, kWeek), "already");
  EXPECT_EQ(Ask(memory, Key("later"), later, kWeek), "full");
  EXPECT_EQ(Ask(memory, Key("later"), later + absl::Hours(48), kWeek), "first");
}

TEST_P(ReplyMemoryTest, RoomInAllIsMadeFromAnyOwner) {
  ReplyMemory& memory = Open({.max_per_owner = 100, .max_in_all = 2});
  EXPECT_EQ(Ask(memory, Key("b", "h", "one"), kNow, kWeek), "first");
  EXPECT_EQ(Ask(memory, Key("b", "h", "two"), kNow, kForEver), "first");
  EXPECT_EQ(Ask(memory, Key("b", "h", "three"), kNow, kForEver), "full");
  EXPECT_EQ(Ask(memory, Key("b", "h", "three"), kNow + kWeek, kForEver),
            "first");
  EXPECT_EQ(*memory.Count(), 2u);
}

TEST_P(ReplyMemoryTest, WhatIsNoKeyOrPeriodIsAnError) {
  ReplyMemory& memory = Open();
  const std::string longest(ReplyMemory::kMaxKeyOctets, 'x');
  const struct {
    const char* what;
    ReplyKey key;
    absl::Duration period;
    bool ok;
  } kRows[] = {
      {"as long as may be", Key(longest), kWeek, true},
      {"no sender", Key(""), kWeek, false},
      {"no occasion", Key("b", ""), kWeek, false},
      {"no owner", Key("b", "h", ""), kWeek, false},
      {"too long", Key(longest + "x"), kWeek, false},
      {"no period", Key("b"), absl::ZeroDuration(), false},
      {"a period of the past", Key("b"), -kWeek, false},
  };
  for (const auto& row : kRows) {
    const absl::StatusOr<Remembered> answer =
        memory.Remember(row.key, kNow, row.period);
    EXPECT_EQ(answer.ok(), row.ok) << row.what;
    if (!row.ok) {
      EXPECT_TRUE(absl::IsInvalidArgument(answer.status())) << row.what;
    }
  }
  EXPECT_EQ(*memory.Count(), 1u);
}

TEST_P(ReplyMemoryTest, OfManyAtOnceOneIsFirst) {
  ReplyMemory& memory = Open();
  std::atomic<int> first = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&memory, &first] {
      for (int n = 0; n < 10; ++n) {
        const absl::StatusOr<Remembered> answer =
            memory.Remember(Key(absl::StrCat("sender", n)), kNow, kWeek);
        if (answer.ok() && *answer == Remembered::kFirst) ++first;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first, 10);
}

TEST_P(ReplyMemoryTest, ARestartForgetsNothingInAFormThatSurvives) {
  if (!survives()) GTEST_SKIP() << "this form does not";
  const ReplyKey bob = Key("bob@example.net");
  EXPECT_EQ(Ask(Open(), bob, kNow, kForEver), "first");
  EXPECT_EQ(Ask(Open(), Key("carol"), kNow, kWeek), "first");
  ReplyMemory& memory = Open();
  EXPECT_EQ(Ask(memory, bob, kNow + kWeek, kForEver), "already");
  EXPECT_EQ(Ask(memory, Key("carol"), kNow + kWeek, kForEver), "first");
  EXPECT_EQ(*memory.Count(), 2u);
}

TEST_P(ReplyMemoryTest, AFailureIsAStatusAndChangesNothing) {
  if (GetParam() != TableForm::kFailing)
    GTEST_SKIP() << "this form does not fail";
  ReplyMemory& memory = Open();
  failing_->FailCalls(4, absl::UnavailableError("EIO"));
  EXPECT_EQ(Ask(memory, Key("b"), kNow, kWeek), "EIO");
  EXPECT_FALSE(memory.Forget(Key("b")).ok());
  EXPECT_FALSE(memory.ForgetOtherAbsences("a", "").ok());
  EXPECT_FALSE(memory.Count().ok());
  EXPECT_EQ(Ask(memory, Key("b"), kNow, kWeek), "first");
  EXPECT_EQ(failing_->calls(), 5);
}

INSTANTIATE_TEST_SUITE_P(Forms, ReplyMemoryTest, AllTableForms(),
                         TableFormName);

}  // namespace
}  // namespace mailsec::autoreply
