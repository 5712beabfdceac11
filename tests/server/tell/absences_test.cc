#include "mailcore/server/tell/absences.h"

#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_absence_store.h"
#include "mailcore/autoreply/memory_reply_memory.h"

namespace mailsec::server {
namespace {

using address::Address;
using autoreply::AbsenceSettings;
using autoreply::Remembered;

Address At(absl::string_view text) { return *Address::Parse(text); }

class AbsencesTest : public testing::Test {
 protected:
  AbsencesTest() { Restart(); }

  void Restart() { absences_ = *Absences::Create(&store_, &memory_); }

  AbsenceSettings Away(absl::string_view owner, int set_at = 1) {
    return {.owner = At(owner),
            .inside_texts = {{.language = "en", .text = "Away."}},
            .set_at = absl::FromUnixSeconds(set_at)};
  }

  bool IsFirst(const AbsenceSettings& settings) {
    return *memory_.Remember(AbsenceReplyKey(settings, At("carol@example.com")),
                             now_,
                             absl::InfiniteDuration()) == Remembered::kFirst;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1764064800);
  autoreply::MemoryAbsenceStore store_;
  autoreply::MemoryReplyMemory memory_;
  std::unique_ptr<Absences> absences_;
};

TEST_F(AbsencesTest, KnowsWhoHasSetSomething) {
  EXPECT_FALSE(absences_->HasAny(At("alice@example.org")));
  ASSERT_TRUE(absences_->Set(Away("alice@example.org")).ok());
  EXPECT_TRUE(absences_->HasAny(At("ALICE@Example.org")));
  EXPECT_FALSE(absences_->HasAny(At("bob@example.org")));
  EXPECT_EQ((*absences_->Find(At("alice@example.org")))->owner,
            At("alice@example.org"));
  EXPECT_EQ(absences_->List("", 10)->size(), 1u);
}

TEST_F(AbsencesTest, ARestartKnowsThemAll) {
  // More than are listed at once.
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(
        absences_->Set(Away("u" + std::to_string(i) + "@example.org")).ok());
  }
  Restart();
  for (int i = 0; i < 1500; ++i) {
    EXPECT_TRUE(
        absences_->HasAny(At("u" + std::to_string(i) + "@example.org")));
  }
}

TEST_F(AbsencesTest, ClearedIsGone) {
  ASSERT_TRUE(absences_->Set(Away("alice@example.org")).ok());
  EXPECT_TRUE(*absences_->Clear(At("alice@example.org")));
  EXPECT_FALSE(*absences_->Clear(At("alice@example.org")));
  EXPECT_FALSE(absences_->HasAny(At("alice@example.org")));
  EXPECT_FALSE(absences_->Find(At("alice@example.org"))->has_value());
}

TEST_F(AbsencesTest, ANewAbsenceForgetsWhoWasAnsweredInTheOld) {
  const AbsenceSettings first = Away("alice@example.org", 1);
  const AbsenceSettings second = Away("alice@example.org", 2);
  ASSERT_TRUE(absences_->Set(first).ok());
  EXPECT_TRUE(IsFirst(first));
  EXPECT_FALSE(IsFirst(first));
  ASSERT_TRUE(absences_->Set(second).ok());
  EXPECT_EQ(*memory_.Count(), 0u);
  EXPECT_TRUE(IsFirst(second));
}

TEST_F(AbsencesTest, WhatIsWrongChangesNothing) {
  AbsenceSettings wrong = Away("alice@example.org");
  wrong.inside_texts.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(absences_->Set(wrong)));
  EXPECT_FALSE(absences_->HasAny(At("alice@example.org")));
}

}  // namespace
}  // namespace mailsec::server
