// Progress of many and of large messages at once: whatever is too large for a
// batch or for a segment concerns nobody else.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

class SpoolProgressTest : public testing::Test {
 protected:
  SpoolProgressTest() { Open(); }

  void Open() {
    spool_ = *Spool::Open({.segment_octets = 1 << 20, .keys = {}}, &disk_,
                          &clock_, &events_);
  }

  Submission NewSubmission(size_t recipients) {
    Submission submission = {.envelope = {}, .content = spool_->NewMessage()};
    EXPECT_TRUE(submission.content.Append("Subject: x\r\n\r\n").ok());
    for (size_t i = 0; i < recipients; ++i) {
      submission.envelope.recipients.push_back(
          {.path = *address::ForwardPath::Parse(
               absl::StrCat("<r", i, "@example.org>")),
           .parameters = {},
           .last_reply = ""});
    }
    return submission;
  }

  QueueId Add(size_t recipients) {
    std::vector<Submission> batch;
    batch.push_back(NewSubmission(recipients));
    return *spool_->Commit(std::move(batch), {})[0];
  }

  // The first attempt at `id` has ended, with such a reply for everybody.
  static Progress Ended(QueueId id, size_t recipients, size_t reply_octets) {
    Progress progress;
    progress.id = id;
    progress.attempts = 1;
    progress.pause = absl::Minutes(5);
    for (size_t i = 0; i < recipients; ++i) {
      progress.changes.push_back(
          {i, RecipientState::kPending, std::string(reply_octets, 'x')});
    }
    return progress;
  }

  static Progress Done(QueueId id) {
    Progress progress;
    progress.id = id;
    progress.done = true;
    return progress;
  }

  SimulatedDisk disk_{1};
  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolProgressTest, WhatDoesNotFitIntoOneBatchGoesInSeveral) {
  constexpr size_t kRecipients = 800;
  std::vector<Progress> progress;
  for (int i = 0; i < 12; ++i) {
    progress.push_back(Ended(Add(kRecipients), kRecipients, 160));
  }
  const QueueId gone = Add(1);
  progress.push_back(Done(gone));
  ASSERT_EQ(spool_->TakeDue(100).size(), 13u);
  std::vector<absl::Status> results;
  (void)spool_->Commit({}, progress, &results);
  ASSERT_EQ(results.size(), progress.size());
  for (const absl::Status& result : results)
    EXPECT_EQ(result, absl::OkStatus());
  spool_.reset();
  disk_.Restart();
  Open();
  ASSERT_EQ(spool_->List().size(), 12u);
  for (const QueueEntry& entry : spool_->List()) {
    EXPECT_EQ(entry.attempts, 1u);
    EXPECT_EQ(spool_->ReadEnvelope(entry.id)->recipients[0].last_reply,
              std::string(160, 'x'));
  }
}

TEST_F(SpoolProgressTest, WhatFitsIntoNoSegmentFailsAlone) {
  const QueueId before = Add(1);
  const QueueId large = Add(800);
  const QueueId behind = Add(1);
  const QueueId gone = Add(1);
  ASSERT_EQ(spool_->TakeDue(100).size(), 4u);
  std::vector<absl::Status> results;
  (void)spool_->Commit({},
                       {Ended(before, 1, 100), Ended(large, 800, 2000),
                        Ended(behind, 1, 100), Done(gone)},
                       &results);
  ASSERT_EQ(results.size(), 4u);
  EXPECT_TRUE(results[0].ok());
  EXPECT_TRUE(absl::IsResourceExhausted(results[1])) << results[1];
  EXPECT_TRUE(results[2].ok());
  EXPECT_TRUE(results[3].ok());
  EXPECT_EQ(spool_->Find(before)->attempts, 1u);
  EXPECT_EQ(spool_->Find(behind)->attempts, 1u);
  EXPECT_TRUE(absl::IsNotFound(spool_->Find(gone).status()));
  // It stays as it was, and what fits can still be recorded of it.
  EXPECT_EQ(spool_->Find(large)->state, QueueState::kActive);
  EXPECT_TRUE(spool_->Record(Ended(large, 800, 160)).ok());
}

TEST_F(SpoolProgressTest, WhoseFatesWouldNotFitIsNotTaken) {
  std::vector<Submission> batch;
  batch.push_back(NewSubmission(1));
  batch.push_back(NewSubmission(1000));
  batch.push_back(NewSubmission(1));
  const auto ids = spool_->Commit(std::move(batch), {});
  EXPECT_TRUE(ids[0].ok());
  EXPECT_TRUE(absl::IsResourceExhausted(ids[1].status()));
  EXPECT_TRUE(ids[2].ok());
  EXPECT_EQ(spool_->List().size(), 2u);
}

// Many envelopes with little content: their size counts too.
TEST_F(SpoolProgressTest, EnvelopesCountInTheSizeOfABatch) {
  std::vector<Submission> batch;
  for (int i = 0; i < 60; ++i) batch.push_back(NewSubmission(800));
  for (const auto& id : spool_->Commit(std::move(batch), {})) {
    EXPECT_TRUE(id.ok()) << id.status();
  }
  EXPECT_EQ(spool_->List().size(), 60u);
}

}  // namespace
}  // namespace mailsec::spool
