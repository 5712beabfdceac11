// A store that fails: whoever asked is told, nothing half done is listed, and
// the spool works on.

#include "mailcore/testing/failing_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::spool {
namespace {

Envelope ToBob() {
  Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<a@example.com>");
  envelope.recipients.push_back(
      {.path = *address::ForwardPath::Parse("<bob@example.org>"),
       .parameters = {},
       .last_reply = ""});
  return envelope;
}

class FailingStoreTest : public testing::Test {
 protected:
  FailingStoreTest() {
    auto store =
        std::make_unique<FailingStore>(std::make_unique<MemoryStore>());
    store_ = store.get();
    SpoolOptions options;
    options.max_inline_octets = 100;
    spool_ = *Spool::OpenStore(std::move(options), std::move(store), nullptr,
                               &clock_);
  }

  Submission NewSubmission(const std::string& content) {
    MessageWriter writer = spool_->NewMessage();
    (void)writer.Append(content);
    return {.envelope = ToBob(), .content = std::move(writer)};
  }

  std::vector<absl::StatusOr<QueueId>> Add(
      const std::vector<std::string>& contents) {
    std::vector<Submission> batch;
    for (const std::string& content : contents) {
      batch.push_back(NewSubmission(content));
    }
    return spool_->Commit(std::move(batch), {});
  }

  absl::StatusOr<std::string> Read(QueueId id) {
    auto reader = spool_->OpenContent(id);
    if (!reader.ok()) return reader.status();
    return std::string(*(*reader)->Next());
  }

  ManualClock clock_;
  FailingStore* store_;  // Owned by the spool.
  std::unique_ptr<Spool> spool_;
};

TEST_F(FailingStoreTest, AFailedCommitFailsItsSubmissionsAndListsNothing) {
  store_->FailCall(1, absl::UnavailableError("EIO"));
  const auto failed = Add({"one", "two"});
  ASSERT_EQ(failed.size(), 2u);
  for (const auto& id : failed) {
    EXPECT_EQ(id.status(), absl::UnavailableError("EIO"));
  }
  EXPECT_TRUE(spool_->List().empty());
  EXPECT_EQ(spool_->UntilDue(), absl::InfiniteDuration());
  const QueueId later = *Add({"three"})[0];
  ASSERT_EQ(spool_->List().size(), 1u);
  EXPECT_EQ(*Read(later), "three");
}

TEST_F(FailingStoreTest, NoRoomIsSaidAsSuch) {
  store_->FailCall(1, absl::ResourceExhaustedError("ENOSPC"));
  EXPECT_TRUE(absl::IsResourceExhausted(Add({"one"})[0].status()));
}

TEST_F(FailingStoreTest, ALargeMessageThatFailsLeavesTheOthersInItsBatch) {
  store_->FailCall(1, absl::ResourceExhaustedError("no inodes"));
  const auto ids = Add({std::string(1000, 'x'), "small"});
  EXPECT_TRUE(absl::IsResourceExhausted(ids[0].status()));
  ASSERT_TRUE(ids[1].ok());
  EXPECT_EQ(spool_->List().size(), 1u);
}

TEST_F(FailingStoreTest, FailedProgressLeavesTheMessageAsItWas) {
  const QueueId id = *Add({"one"})[0];
  ASSERT_EQ(spool_->TakeDue(1).size(), 1u);
  Progress progress;
  progress.id = id;
  progress.changes.push_back({0, RecipientState::kDelivered, "250 ok"});
  progress.done = true;
  store_->FailCall(1, absl::UnavailableError("EIO"));
  EXPECT_EQ(spool_->Record(progress), absl::UnavailableError("EIO"));
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kActive);
  EXPECT_EQ(*spool_->ReadEnvelope(id), ToBob());
  EXPECT_TRUE(spool_->Record(progress).ok());
  EXPECT_TRUE(spool_->List().empty());
}

TEST_F(FailingStoreTest, MessagesAreTakenThoughProgressIsNot) {
  const QueueId id = *Add({"one"})[0];
  Progress progress;
  progress.id = id;
  progress.done = true;
  std::vector<Submission> batch;
  batch.push_back(NewSubmission("two"));
  store_->FailCall(2, absl::UnavailableError("EIO"));
  std::vector<absl::Status> recorded;
  const auto ids = spool_->Commit(std::move(batch), {progress}, &recorded);
  EXPECT_TRUE(ids[0].ok());
  EXPECT_FALSE(recorded[0].ok());
  EXPECT_EQ(spool_->List().size(), 2u);
}

TEST_F(FailingStoreTest, AFailedHoldHoldsNothing) {
  const QueueId id = *Add({"one"})[0];
  for (const int64_t call : {1, 2}) {  // Reads the envelope, then commits.
    store_->FailCall(call, absl::UnavailableError("EIO"));
    EXPECT_FALSE(spool_->Hold(id).ok());
    EXPECT_EQ(spool_->Find(id)->state, QueueState::kWaiting);
  }
  EXPECT_TRUE(spool_->Hold(id).ok());
  store_->FailCall(2, absl::UnavailableError("EIO"));
  EXPECT_FALSE(spool_->Release(id).ok());
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
}

TEST_F(FailingStoreTest, FailedReadsAndMaintenanceAreSaid) {
  const QueueId id = *Add({"one"})[0];
  store_->FailCall(1, absl::DataLossError("damaged"));
  EXPECT_TRUE(absl::IsDataLoss(spool_->ReadEnvelope(id).status()));
  store_->FailCall(1, absl::DataLossError("damaged"));
  EXPECT_TRUE(absl::IsDataLoss(spool_->OpenContent(id).status()));
  store_->FailCall(1, absl::UnavailableError("EIO"));
  EXPECT_FALSE(spool_->Maintain().ok());
  EXPECT_EQ(*Read(id), "one");
}

TEST(FailingRecoveryTest, ASpoolThatCannotRecoverDoesNotOpen) {
  auto store = std::make_unique<FailingStore>(std::make_unique<MemoryStore>());
  store->FailCall(1, absl::UnavailableError("EIO"));
  ManualClock clock;
  EXPECT_EQ(Spool::OpenStore(SpoolOptions(), std::move(store), nullptr, &clock)
                .status(),
            absl::UnavailableError("EIO"));
}

}  // namespace
}  // namespace mailsec::spool
