// What the spool makes of a clock that somebody sets, and of a server that was
// off: nothing is tried late, and nothing grows old, because of it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/retry_schedule.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

class SpoolClockTest : public testing::Test {
 protected:
  SpoolClockTest() { Start(); }

  void Start() {
    SpoolOptions options;
    options.segment_octets = 1 << 20;
    options.schedule = schedule_;
    spool_ = *Spool::Open(std::move(options), &disk_, &clock_, &events_);
  }
  void Restart() {
    spool_.reset();
    Start();
  }
  // The server does not run, for so long.
  void StayOff(absl::Duration time) {
    spool_.reset();
    clock_.Advance(time);
    Start();
  }
  void Jump(absl::Duration by) { clock_.SetNow(clock_.Now() + by); }

  QueueId Add(absl::Duration first_pause = absl::ZeroDuration()) {
    Envelope envelope;
    envelope.received = clock_.Now();
    std::vector<Submission> batch;
    batch.push_back({.envelope = envelope,
                     .content = spool_->NewMessage(),
                     .first_pause = first_pause});
    return *spool_->Commit(std::move(batch), {})[0];
  }
  bool Take(QueueId id) {
    return spool_->TakeDue(9) == std::vector<QueueId>{id};
  }
  void PutOff(QueueId id, uint32_t attempts, absl::Duration pause) {
    Progress progress;
    progress.id = id;
    progress.attempts = attempts;
    progress.pause = pause;
    ASSERT_TRUE(spool_->Record(progress).ok());
  }
  // What an attempt that begins now would read.
  absl::Duration Age(QueueId id) const {
    return spool_->ReadEnvelope(id)->age + spool_->Find(id)->waited;
  }

  // Tries `id` until it is given up, and lets `between` happen before each
  // attempt. How many attempts that were.
  template <typename Between>
  uint32_t TryUntilExpired(QueueId id, Between between) {
    for (uint32_t attempt = spool_->Find(id)->attempts + 1;; ++attempt) {
      between();
      clock_.Advance(spool_->UntilDue());
      EXPECT_TRUE(Take(id));
      if (schedule_.IsExpired(Age(id))) return attempt;
      PutOff(id, attempt, schedule_.Pause(id, attempt));
    }
  }

  RetrySchedule schedule_;
  ManualClock clock_;
  SimulatedDisk disk_{1};
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
};

// Item 9 of "mail that does not arrive in time".
TEST_F(SpoolClockTest, AJumpMovesNoAttempt) {
  for (const absl::Duration jump :
       {absl::Hours(-24), absl::Hours(6 * 24), absl::Seconds(1)}) {
    SCOPED_TRACE(absl::FormatDuration(jump));
    const QueueId id = Add(absl::Minutes(5));
    Jump(jump);
    EXPECT_EQ(spool_->UntilDue(), absl::Minutes(5));
    EXPECT_EQ(spool_->Find(id)->next_attempt, clock_.Now() + absl::Minutes(5));
    clock_.Advance(absl::Minutes(4));
    EXPECT_FALSE(Take(id));
    Jump(jump);
    clock_.Advance(absl::Minutes(1));
    EXPECT_TRUE(Take(id));
    EXPECT_EQ(Age(id), absl::Minutes(5));
    ASSERT_TRUE(spool_->Remove(id).ok());
  }
}

struct StartCase {
  const char* what;
  uint32_t attempts;     // Before the stop; 0: it has not been tried.
  absl::Duration pause;  // That it is told to wait for.
  absl::Duration jump;   // Of the clock, while the server is off.
  absl::Duration at_least, at_most;  // That it waits after the start.
};

TEST_F(SpoolClockTest, AStartBelievesNoTimeThatTheScheduleWouldNotHaveSet) {
  const absl::Duration kZero = absl::ZeroDuration();
  const StartCase kCases[] = {
      {"as it was", 1, absl::Minutes(4), kZero, absl::Minutes(4),
       absl::Minutes(4)},
      {"back by a day", 1, absl::Minutes(4), absl::Hours(-24), absl::Minutes(4),
       absl::Minutes(6)},
      {"back by a day, later", 20, absl::Hours(4), absl::Hours(-24),
       absl::Minutes(192), absl::Minutes(288)},
      {"back by 50 years", 1, absl::Minutes(4), absl::Hours(-438000),
       absl::Minutes(4), absl::Minutes(6)},
      {"ahead by six days", 1, absl::Minutes(4), absl::Hours(144), kZero,
       kZero},
      {"ahead a little", 1, absl::Minutes(4), absl::Minutes(1),
       absl::Minutes(3), absl::Minutes(3)},
      {"new, back by a day", 0, kZero, absl::Hours(-24), kZero, kZero},
      {"new, for later, back by a day", 0, absl::Minutes(15), absl::Hours(-24),
       absl::Minutes(15), absl::Minutes(288)},
      {"for ever", 1, absl::InfiniteDuration(), kZero, kZero, absl::Minutes(6)},
  };
  for (const StartCase& c : kCases) {
    SCOPED_TRACE(c.what);
    const QueueId id = Add(c.attempts == 0 ? c.pause : kZero);
    if (c.attempts > 0) PutOff(id, c.attempts, c.pause);
    Jump(c.jump);
    Restart();
    EXPECT_GE(spool_->UntilDue(), c.at_least);
    EXPECT_LE(spool_->UntilDue(), c.at_most);
    clock_.Advance(spool_->UntilDue());
    EXPECT_TRUE(Take(id));
    ASSERT_TRUE(spool_->Remove(id).ok());
  }
}

TEST_F(SpoolClockTest, OnlyWaitingAndTryingMakeAMessageOlder) {
  const QueueId id = Add(absl::Minutes(5));
  clock_.Advance(absl::Minutes(5) + absl::Hours(100));
  EXPECT_EQ(Age(id), absl::Minutes(5)) << "it was due and nobody came";
  ASSERT_TRUE(Take(id));
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(Age(id), absl::Minutes(7)) << "the attempt counts";
  spool_->PutBack(id, absl::Minutes(3));
  clock_.Advance(absl::Minutes(3));
  ASSERT_TRUE(Take(id));
  EXPECT_EQ(Age(id), absl::Minutes(10)) << "so does what is not written down";
  PutOff(id, 1, absl::Minutes(10));
  EXPECT_EQ(spool_->ReadEnvelope(id)->age, absl::Minutes(10));
  clock_.Advance(absl::Minutes(4));
  EXPECT_EQ(spool_->Flush(), 1u);
  ASSERT_TRUE(Take(id));
  EXPECT_EQ(Age(id), absl::Minutes(14)) << "a flush cuts a pause short";
  ASSERT_TRUE(spool_->Hold(id).ok());
  PutOff(id, 2, absl::Minutes(10));
  clock_.Advance(absl::Hours(150));
  ASSERT_TRUE(spool_->Release(id).ok());
  ASSERT_TRUE(Take(id));
  EXPECT_EQ(Age(id), absl::Minutes(14)) << "it was held";
  PutOff(id, 3, absl::Minutes(10));
  StayOff(absl::Hours(6 * 24));
  ASSERT_TRUE(Take(id));
  EXPECT_EQ(Age(id), absl::Minutes(14)) << "the server was off";
}

TEST_F(SpoolClockTest, AMessageIsTriedForItsLifetimeWhateverTheClockSays) {
  for (const absl::Duration jump :
       {absl::ZeroDuration(), absl::Hours(6 * 24), absl::Hours(-24)}) {
    SCOPED_TRACE(absl::FormatDuration(jump));
    const absl::Duration start = clock_.Uptime();
    const uint32_t attempts = TryUntilExpired(Add(), [&] { Jump(jump); });
    EXPECT_GE(attempts, 30u);
    EXPECT_LE(attempts, 40u);
    EXPECT_GE(clock_.Uptime() - start, absl::Hours(120));
    EXPECT_LE(clock_.Uptime() - start, absl::Hours(125));
  }
}

TEST_F(SpoolClockTest, AServerThatWasOffTriesAgainForAsLongAsAnyOther) {
  const QueueId id = Add();
  for (uint32_t attempt = 1; attempt <= 3; ++attempt) {
    clock_.Advance(spool_->UntilDue());
    ASSERT_TRUE(Take(id));
    PutOff(id, attempt, schedule_.Pause(id, attempt));
  }
  StayOff(absl::Hours(6 * 24));
  const absl::Duration start = clock_.Uptime();
  EXPECT_GE(TryUntilExpired(id, [] {}), 25u);
  EXPECT_GE(clock_.Uptime() - start, absl::Hours(100));
  EXPECT_LE(clock_.Uptime() - start, absl::Hours(125));
}

// As tests and trials set it.
TEST_F(SpoolClockTest, AShortLifetimeIsOverInTime) {
  schedule_ = RetrySchedule({.first = absl::Seconds(2),
                             .longest = absl::Seconds(2),
                             .lifetime = absl::Seconds(14)});
  Restart();
  for (int i = 0; i < 20; ++i) {
    const absl::Duration start = clock_.Uptime();
    (void)TryUntilExpired(Add(), [] {});
    EXPECT_GE(clock_.Uptime() - start, absl::Seconds(14));
    EXPECT_LE(clock_.Uptime() - start, absl::Seconds(16.4));
  }
}

TEST_F(SpoolClockTest, WhatIsHastenedWaitsOnlyForSoLong) {
  const QueueId id = Add(absl::Hours(4));
  const QueueId soon = Add(absl::Seconds(1));
  const QueueId held = Add();
  ASSERT_TRUE(spool_->Hold(held).ok());
  for (const QueueId any : {id, soon, held, QueueId(99)}) {
    spool_->Hasten(any, absl::Seconds(10));
  }
  EXPECT_EQ(spool_->UntilDue(), absl::Seconds(1)) << "never later than before";
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Take(soon));
  clock_.Advance(absl::Seconds(9));
  EXPECT_TRUE(Take(id));
  spool_->Hasten(id, absl::ZeroDuration());
  EXPECT_TRUE(spool_->TakeDue(9).empty()) << "each is taken once";
}

}  // namespace
}  // namespace mailsec::spool
