// When the spool gives out a message to be delivered, whatever keeps it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::spool {
namespace {

class SpoolQueueTest : public testing::Test {
 protected:
  SpoolQueueTest() {
    auto store =
        std::make_unique<FailingStore>(std::make_unique<MemoryStore>());
    store_ = store.get();
    spool_ =
        *Spool::OpenStore(SpoolOptions(), std::move(store), nullptr, &clock_);
  }

  QueueId Add(absl::Duration first_pause = absl::ZeroDuration()) {
    Envelope envelope;
    envelope.received = clock_.Now();
    envelope.recipients.push_back(
        {.path = *address::ForwardPath::Parse("<bob@example.org>"),
         .parameters = {},
         .last_reply = ""});
    std::vector<Submission> batch;
    batch.push_back({.envelope = envelope,
                     .content = spool_->NewMessage(),
                     .first_pause = first_pause});
    return *spool_->Commit(std::move(batch), {})[0];
  }

  // Attempt number `attempts` has failed.
  absl::Status PutOff(QueueId id, uint32_t attempts, absl::Duration pause) {
    Progress progress;
    progress.id = id;
    progress.attempts = attempts;
    progress.pause = pause;
    return spool_->Record(progress);
  }

  ManualClock clock_;
  FailingStore* store_;  // Owned by the spool.
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolQueueTest, EarliestFirstAndEachOnce) {
  const QueueId late = Add(absl::Minutes(2));
  const QueueId early = Add(absl::Minutes(1));
  const QueueId future = Add(absl::Minutes(4));
  EXPECT_EQ(spool_->UntilDue(), absl::Minutes(1));
  EXPECT_TRUE(spool_->TakeDue(9).empty());
  clock_.Advance(absl::Minutes(3));
  EXPECT_EQ(spool_->UntilDue(), absl::ZeroDuration());
  EXPECT_EQ(spool_->TakeDue(1), std::vector<QueueId>{early});
  EXPECT_EQ(spool_->TakeDue(9), std::vector<QueueId>{late});
  EXPECT_TRUE(spool_->TakeDue(9).empty());
  EXPECT_EQ(spool_->UntilDue(), absl::Minutes(1));
  EXPECT_EQ(spool_->Find(future)->state, QueueState::kWaiting);
}

TEST_F(SpoolQueueTest, WhatIsPutOffIsDueAgainThen) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(9).size(), 1u);
  ASSERT_TRUE(PutOff(id, 1, absl::Minutes(5)).ok());
  clock_.Advance(absl::Minutes(4));
  EXPECT_TRUE(spool_->TakeDue(9).empty());
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(spool_->TakeDue(9).size(), 1u);
  EXPECT_EQ(spool_->ReadEnvelope(id)->attempts, 1u);
}

TEST_F(SpoolQueueTest, AnAttemptOfWhatWasNotTakenMovesItsTimeToo) {
  const QueueId id = Add();
  ASSERT_TRUE(PutOff(id, 1, absl::Minutes(5)).ok());
  EXPECT_TRUE(spool_->TakeDue(9).empty());
  EXPECT_EQ(spool_->UntilDue(), absl::Minutes(5));
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(spool_->TakeDue(9).size(), 1u);
}

TEST_F(SpoolQueueTest, ProgressDuringAnAttemptDoesNotEndIt) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(9).size(), 1u);
  ASSERT_TRUE(PutOff(id, 0, absl::ZeroDuration()).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kActive);
  EXPECT_TRUE(spool_->TakeDue(9).empty());
}

TEST_F(SpoolQueueTest, HeldMailWaitsForItsRelease) {
  const QueueId id = Add();
  ASSERT_TRUE(spool_->Hold(id).ok());
  EXPECT_TRUE(spool_->TakeDue(9).empty());
  EXPECT_EQ(spool_->Flush(), 0u);
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->TakeDue(9), std::vector<QueueId>{id});
  ASSERT_TRUE(spool_->Hold(id).ok()) << "during an attempt";
  ASSERT_TRUE(PutOff(id, 1, absl::ZeroDuration()).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
}

// Held and released while it is under way: nobody else may begin with it.
TEST_F(SpoolQueueTest, AReleaseDuringAnAttemptDoesNotBeginAnother) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(10).size(), 1u);
  ASSERT_TRUE(spool_->Hold(id).ok());
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kActive);
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  EXPECT_EQ(spool_->UntilDue(), absl::InfiniteDuration());
  ASSERT_TRUE(PutOff(id, 1, absl::ZeroDuration()).ok());
  EXPECT_EQ(spool_->TakeDue(10), std::vector<QueueId>{id});
}

TEST_F(SpoolQueueTest, AHoldDuringAnAttemptOutlastsIt) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(10).size(), 1u);
  ASSERT_TRUE(spool_->Hold(id).ok());
  ASSERT_TRUE(PutOff(id, 1, absl::ZeroDuration()).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->TakeDue(10).size(), 1u);
}

// One commit ends the attempt and holds: no release can come between.
TEST_F(SpoolQueueTest, AnAttemptCanEndInAHold) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(10).size(), 1u);
  Progress progress;
  progress.id = id;
  progress.attempts = 1;
  progress.hold = true;
  ASSERT_TRUE(spool_->Record(progress).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->TakeDue(10).size(), 1u);
}

TEST_F(SpoolQueueTest, WhatIsPutBackWaitsAndCostsNoWrite) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(10).size(), 1u);
  const int64_t calls = store_->calls();
  spool_->PutBack(id, absl::Minutes(1));
  EXPECT_EQ(store_->calls(), calls);
  EXPECT_EQ(spool_->Find(id)->attempts, 0u);
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  spool_->PutBack(id, absl::ZeroDuration());  // It is not active: nothing.
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(spool_->TakeDue(10).size(), 1u);
}

TEST_F(SpoolQueueTest, AReleaseTriesAgainWhatWasGivenUp) {
  const QueueId id = Add();
  Progress progress;
  progress.id = id;
  progress.changes.push_back({0, RecipientState::kFailed, "550 no"});
  ASSERT_TRUE(spool_->Record(progress).ok());
  ASSERT_TRUE(spool_->Hold(id).ok());
  EXPECT_EQ(spool_->ReadEnvelope(id)->recipients[0].state,
            RecipientState::kFailed);
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->ReadEnvelope(id)->recipients[0].state,
            RecipientState::kPending);
}

TEST_F(SpoolQueueTest, WhatIsGivenUpIsDueAndSaysSo) {
  const QueueId waiting = Add(absl::Minutes(5));
  const QueueId held = Add(absl::Minutes(5));
  ASSERT_TRUE(spool_->Hold(held).ok());
  clock_.Advance(absl::Minutes(1));
  for (const QueueId id : {waiting, held}) {
    EXPECT_FALSE(spool_->ReadEnvelope(id)->given_up);
    ASSERT_TRUE(spool_->GiveUp(id).ok());
    EXPECT_TRUE(spool_->ReadEnvelope(id)->given_up);
  }
  EXPECT_EQ(spool_->TakeDue(9).size(), 2u);
  // Only the time in which it was not held counts.
  EXPECT_EQ(spool_->Find(waiting)->waited, absl::Minutes(1));
  EXPECT_EQ(spool_->Find(held)->waited, absl::ZeroDuration());
  EXPECT_TRUE(absl::IsNotFound(spool_->GiveUp(QueueId(999))));
}

TEST_F(SpoolQueueTest, WhatIsUnderWayIsNotGivenUp) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(9).size(), 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(spool_->GiveUp(id)));
  ASSERT_TRUE(spool_->Hold(id).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(spool_->GiveUp(id)));
  EXPECT_FALSE(spool_->ReadEnvelope(id)->given_up);
}

TEST_F(SpoolQueueTest, AReleaseTakesBackThatItWasGivenUp) {
  const QueueId id = Add();
  ASSERT_TRUE(spool_->GiveUp(id).ok());
  ASSERT_TRUE(spool_->Hold(id).ok());
  EXPECT_TRUE(spool_->ReadEnvelope(id)->given_up);
  ASSERT_TRUE(spool_->Release(id).ok());
  EXPECT_FALSE(spool_->ReadEnvelope(id)->given_up);
}

TEST_F(SpoolQueueTest, WhatCannotBeWrittenIsNotGivenUp) {
  const QueueId id = Add(absl::Minutes(5));
  store_->FailCommits(1, absl::UnavailableError("EIO"));
  EXPECT_FALSE(spool_->GiveUp(id).ok());
  EXPECT_FALSE(spool_->ReadEnvelope(id)->given_up);
  EXPECT_TRUE(spool_->TakeDue(9).empty());
}

TEST_F(SpoolQueueTest, AFlushMakesAllThatWaitsDue) {
  const QueueId id = Add(absl::Hours(4));
  (void)Add(absl::Hours(5));
  EXPECT_EQ(spool_->Flush(), 2u);
  EXPECT_EQ(spool_->TakeDue(9).size(), 2u);
  EXPECT_EQ(spool_->Flush(), 0u) << "both are active";
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kActive);
}

TEST_F(SpoolQueueTest, UnknownMessagesAreNotFound) {
  const QueueId none(99);
  EXPECT_TRUE(absl::IsNotFound(spool_->Find(none).status()));
  EXPECT_TRUE(absl::IsNotFound(spool_->Hold(none)));
  EXPECT_TRUE(absl::IsNotFound(spool_->Release(none)));
  EXPECT_TRUE(absl::IsNotFound(spool_->Remove(none)));
  EXPECT_TRUE(absl::IsNotFound(spool_->ReadEnvelope(none).status()));
  EXPECT_TRUE(PutOff(none, 1, absl::ZeroDuration()).ok())
      << "it may be gone by now";
}

TEST_F(SpoolQueueTest, MessagesAloneAreOneCallOfTheStore) {
  const int64_t before = store_->calls();
  (void)Add();
  EXPECT_EQ(store_->calls() - before, 1);
}

TEST_F(SpoolQueueTest, ReportAndEndOfItsMessageAreOneCommit) {
  const QueueId id = Add();
  ASSERT_EQ(spool_->TakeDue(10).size(), 1u);
  Progress progress;
  progress.id = id;
  progress.attempts = 1;
  progress.pause = absl::Hours(1);
  progress.delay_told = true;
  progress.changes.push_back({.recipient = 0,
                              .state = RecipientState::kReported,
                              .last_reply = "550 no",
                              .hop = "mx.example.com",
                              .cause = "other"});
  const auto commit = [&] {
    std::vector<Submission> batch;
    batch.push_back({.envelope = *spool_->ReadEnvelope(id),
                     .content = spool_->NewMessage(),
                     .progress = {progress}});
    return spool_->Commit(std::move(batch), {})[0];
  };
  store_->FailCall(3, absl::UnavailableError("EIO"));  // Two reads first.
  EXPECT_FALSE(commit().ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kActive);
  EXPECT_EQ(spool_->List().size(), 1u);
  ASSERT_TRUE(commit().ok());
  EXPECT_EQ(spool_->List().size(), 2u);
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kWaiting);
  const Envelope envelope = *spool_->ReadEnvelope(id);
  EXPECT_TRUE(envelope.delay_told);
  EXPECT_EQ(envelope.recipients[0].state, RecipientState::kReported);
  EXPECT_EQ(envelope.recipients[0].hop, "mx.example.com");
  EXPECT_EQ(envelope.recipients[0].cause, "other");
}

std::string ReadAll(ContentReader& reader) {
  std::string content;
  for (auto piece = reader.Next(); piece.ok() && !piece->empty();
       piece = reader.Next()) {
    content.append(piece->data(), piece->size());
  }
  return content;
}

// The fields that are known only after the content is there.
TEST_F(SpoolQueueTest, AddedFieldsStandBeforeTheContent) {
  MessageWriter writer = spool_->NewMessage();
  ASSERT_TRUE(writer.Append("Subject: x\r\n\r\nbody\r\n").ok());
  EXPECT_EQ(ReadAll(**writer.Read()), "Subject: x\r\n\r\nbody\r\n");
  Envelope envelope;
  envelope.added_fields = "X-Seen: yes\r\n";
  std::vector<Submission> batch;
  batch.push_back({.envelope = envelope, .content = std::move(writer)});
  const QueueId id = *spool_->Commit(std::move(batch), {})[0];
  const std::string whole = "X-Seen: yes\r\nSubject: x\r\n\r\nbody\r\n";
  EXPECT_EQ(ReadAll(**spool_->OpenContent(id)), whole);
  EXPECT_EQ(ReadAll(**spool_->OpenContent(id, &envelope)), whole);
  store_->FailCall(1, absl::UnavailableError("EIO"));
  EXPECT_TRUE(absl::IsUnavailable(spool_->OpenContent(id).status()));
}

// And are not continued by it.
TEST_F(SpoolQueueTest, ContentDoesNotGoOnWithAddedFields) {
  MessageWriter writer = spool_->NewMessage();
  ASSERT_TRUE(writer.Append(" no\r\n\r\nbody\r\n").ok());
  Envelope envelope;
  envelope.added_fields = "X-Seen: yes\r\n";
  std::vector<Submission> batch;
  batch.push_back({.envelope = envelope, .content = std::move(writer)});
  const QueueId id = *spool_->Commit(std::move(batch), {})[0];
  EXPECT_EQ(ReadAll(**spool_->OpenContent(id)),
            "X-Seen: yes\r\n\r\n no\r\n\r\nbody\r\n");
}

// Quarantine: it is there, and nobody gets it before a person says so.
TEST_F(SpoolQueueTest, WhatIsHeldFromTheStartWaitsForAPerson) {
  std::vector<Submission> batch;
  batch.push_back({.envelope = Envelope(),
                   .content = spool_->NewMessage(),
                   .taken = true,
                   .held = true});
  const QueueId id = *spool_->Commit(std::move(batch), {})[0];
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  EXPECT_TRUE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->TakeDue(10), std::vector<QueueId>{id});
}

TEST_F(SpoolQueueTest, WhatIsTakenAtOnceIsNobodyElses) {
  Envelope envelope;
  std::vector<Submission> batch;
  batch.push_back(
      {.envelope = envelope, .content = spool_->NewMessage(), .taken = true});
  const QueueId id = *spool_->Commit(std::move(batch), {})[0];
  EXPECT_TRUE(spool_->TakeDue(10).empty());
  spool_->PutBack(id, absl::ZeroDuration());
  EXPECT_EQ(spool_->TakeDue(10), std::vector<QueueId>{id});
}

}  // namespace
}  // namespace mailsec::spool
