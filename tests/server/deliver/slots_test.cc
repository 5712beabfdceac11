#include "mailcore/server/deliver/slots.h"

#include <deque>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using Kind = Slots::Kind;

struct FakeHolder : Slots::Holder {
  absl::Duration since = absl::InfiniteDuration();
  bool carried = false;
  bool given_up = false;
  absl::Duration waits_since() const override { return since; }
  bool has_carried() const override { return carried; }
  void GiveUp() override { given_up = true; }
};

class SlotsTest : public testing::Test {
 protected:
  // Null: there was no room.
  FakeHolder* Open(Kind kind) {
    if (!slots_.HasRoom(kind)) return nullptr;
    FakeHolder* holder = &holders_.emplace_back();
    slots_.Take(holder, kind);
    holder->since = now_;
    return holder;
  }
  void Wait(absl::Duration time) {
    now_ += time;
    slots_.CheckTime(now_);
  }

  std::deque<FakeHolder> holders_;
  Slots slots_{{.max_proven = 2, .max_unproven = 4}};
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(SlotsTest, ProvenAndOthersDoNotTakeEachOthersPlace) {
  for (int i = 0; i < 4; ++i) EXPECT_NE(Open(Kind::kNew), nullptr);
  EXPECT_EQ(Open(Kind::kNew), nullptr);
  FakeHolder* proven = Open(Kind::kProven);
  EXPECT_NE(proven, nullptr);
  EXPECT_NE(Open(Kind::kProven), nullptr);
  EXPECT_EQ(Open(Kind::kProven), nullptr);
  slots_.Free(proven);
  EXPECT_NE(Open(Kind::kProven), nullptr);
  EXPECT_EQ(slots_.proven(), 2u);
  EXPECT_EQ(slots_.unproven(), 4u);
}

TEST_F(SlotsTest, ThoseThatFailedGetHalf) {
  EXPECT_NE(Open(Kind::kSuspect), nullptr);
  EXPECT_NE(Open(Kind::kSuspect), nullptr);
  EXPECT_EQ(Open(Kind::kSuspect), nullptr);
  EXPECT_NE(Open(Kind::kNew), nullptr);
  EXPECT_NE(Open(Kind::kNew), nullptr);
}

TEST_F(SlotsTest, WhoHasGreetedMovesOverIfThereIsRoom) {
  FakeHolder* one = Open(Kind::kNew);
  FakeHolder* two = Open(Kind::kSuspect);
  FakeHolder* three = Open(Kind::kNew);
  for (FakeHolder* holder : {one, two, three}) slots_.BecomeProven(holder);
  EXPECT_EQ(slots_.proven(), 2u);
  EXPECT_EQ(slots_.unproven(), 1u);
  slots_.Free(one);
  Wait(absl::Seconds(1));
  EXPECT_EQ(slots_.proven(), 2u);
  EXPECT_EQ(slots_.unproven(), 0u);
}

TEST_F(SlotsTest, WhoMakesUsWaitLeavesThePoolOfTheProven) {
  FakeHolder* slow = Open(Kind::kProven);
  FakeHolder* quick = Open(Kind::kProven);
  Wait(absl::Seconds(2));
  EXPECT_FALSE(slots_.is_slow(slow)) << "not yet";
  quick->since = now_;
  Wait(absl::Seconds(1));
  EXPECT_TRUE(slots_.is_slow(slow));
  EXPECT_FALSE(slots_.is_slow(quick));
  EXPECT_NE(Open(Kind::kProven), nullptr) << "mail that moves has its place";
  slow->since = absl::InfiniteDuration();
  slots_.Free(quick);
  Wait(absl::Seconds(1));
  EXPECT_FALSE(slots_.is_slow(slow));
  EXPECT_EQ(slots_.proven(), 2u) << "it goes on, and comes back";
}

TEST_F(SlotsTest, TheLongestWaitingIsGivenUpForTheNext) {
  FakeHolder* first = Open(Kind::kNew);
  now_ += absl::Milliseconds(100);
  FakeHolder* second = Open(Kind::kNew);
  EXPECT_FALSE(slots_.MakeRoom(Kind::kNew, now_)) << "a second is given to all";
  now_ += absl::Seconds(1);
  EXPECT_TRUE(slots_.MakeRoom(Kind::kNew, now_));
  EXPECT_TRUE(first->given_up);
  EXPECT_FALSE(second->given_up);
  EXPECT_TRUE(slots_.MakeRoom(Kind::kNew, now_));
  EXPECT_TRUE(second->given_up) << "nobody is given up twice";
  EXPECT_FALSE(slots_.MakeRoom(Kind::kNew, now_));
}

TEST_F(SlotsTest, WhoHasCarriedNothingGoesFirst) {
  FakeHolder* useful = Open(Kind::kNew);
  useful->carried = true;
  now_ += absl::Milliseconds(100);
  FakeHolder* useless = Open(Kind::kNew);
  now_ += absl::Seconds(1);
  EXPECT_TRUE(slots_.MakeRoom(Kind::kNew, now_));
  EXPECT_TRUE(useless->given_up);
  EXPECT_FALSE(useful->given_up);
}

TEST_F(SlotsTest, ASuspectIsMadeRoomForByASuspectOnly) {
  FakeHolder* unknown = Open(Kind::kNew);
  FakeHolder* suspect = Open(Kind::kSuspect);
  now_ += absl::Seconds(5);
  EXPECT_TRUE(slots_.MakeRoom(Kind::kSuspect, now_));
  EXPECT_TRUE(suspect->given_up);
  EXPECT_FALSE(slots_.MakeRoom(Kind::kSuspect, now_));
  EXPECT_FALSE(unknown->given_up);
}

TEST_F(SlotsTest, WhoDoesNotWaitIsNotGivenUp) {
  FakeHolder* busy = Open(Kind::kNew);
  busy->since = absl::InfiniteDuration();
  now_ += absl::Hours(1);
  EXPECT_FALSE(slots_.MakeRoom(Kind::kNew, now_));
}

// However many hang: never more than the two pools, and the proven keep theirs.
TEST_F(SlotsTest, SlowOnesAboveTheBoundAreGivenUp) {
  for (int i = 0; i < 4; ++i) Open(Kind::kNew);
  FakeHolder* slow = Open(Kind::kProven);
  Wait(absl::Seconds(3));
  size_t given_up = 0;
  for (const FakeHolder& holder : holders_) given_up += holder.given_up;
  EXPECT_EQ(given_up, 1u);
  EXPECT_TRUE(slots_.is_slow(slow));
  EXPECT_EQ(slots_.proven(), 0u);
}

}  // namespace
}  // namespace mailsec::server
