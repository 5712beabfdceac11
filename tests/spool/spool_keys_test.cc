// Which keys must be there, and what their lack does to sealed mail (R4).

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

using testing::HasSubstr;

SpoolKey Key(uint32_t id, char octet) {
  return {.id = id, .secret = std::string(32, octet)};
}

const SpoolKey kOld = Key(17, 'o');
const SpoolKey kNew = Key(18, 'n');

Envelope ToBob() {
  Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<a@example.com>");
  envelope.recipients.push_back(
      {.path = *address::ForwardPath::Parse("<bob@example.org>"),
       .parameters = {},
       .last_reply = ""});
  return envelope;
}

class SpoolKeysTest : public testing::Test {
 protected:
  absl::Status Start(std::vector<SpoolKey> keys) {
    spool_.reset();
    SpoolOptions options;
    options.segment_octets = 64 << 10;
    options.max_inline_octets = 4000;
    options.keys = std::move(keys);
    auto spool = Spool::Open(std::move(options), &disk_, &clock_, &events_);
    if (spool.ok()) spool_ = *std::move(spool);
    return spool.status();
  }

  QueueId Add(const std::string& content) {
    MessageWriter writer = spool_->NewMessage();
    EXPECT_TRUE(writer.Append(content).ok());
    std::vector<Submission> batch;
    batch.push_back({.envelope = ToBob(), .content = std::move(writer)});
    auto id = spool_->Commit(std::move(batch), {})[0];
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or(QueueId());
  }

  absl::StatusOr<std::string> Read(QueueId id) {
    auto reader = spool_->OpenContent(id);
    if (!reader.ok()) return reader.status();
    std::string content;
    for (;;) {
      const auto piece = (*reader)->Next();
      if (!piece.ok()) return piece.status();
      if (piece->empty()) return content;
      content.append(piece->data(), piece->size());
    }
  }

  void MaintainAll() {
    for (int i = 0; i < 1000; ++i) {
      const absl::StatusOr<bool> more = spool_->Maintain();
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
    FAIL() << "maintenance does not end";
  }

  bool DiskHolds(const std::string& octets) {
    for (const auto& [name, inode] : disk_.files()) {
      if (inode->octets.find(octets) != std::string::npos) return true;
    }
    return false;
  }

  SimulatedDisk disk_{1};
  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolKeysTest, TheOldKeyReadsAndTheNewOneSeals) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId old = Add("sealed with the old key");
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  EXPECT_EQ(*Read(old), "sealed with the old key");
  EXPECT_EQ(*spool_->ReadEnvelope(old), ToBob());
  const QueueId fresh = Add("sealed with the new key");
  ASSERT_TRUE(spool_->Remove(old).ok());
  // Only the new key is needed for what is left.
  ASSERT_TRUE(Start({kNew}).ok());
  EXPECT_EQ(*Read(fresh), "sealed with the new key");
  EXPECT_EQ(*spool_->ReadEnvelope(fresh), ToBob());
  EXPECT_FALSE(DiskHolds("sealed with the"));
}

TEST_F(SpoolKeysTest, MaintenanceSealsOldMailWithTheNewKey) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId id = Add("mail");
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  ASSERT_NO_FATAL_FAILURE(MaintainAll());
  ASSERT_TRUE(Start({kNew}).ok());
  EXPECT_EQ(*Read(id), "mail");
  EXPECT_EQ(*spool_->ReadEnvelope(id), ToBob());
}

TEST_F(SpoolKeysTest, TheFirstKeySealsWhatLayInClear) {
  ASSERT_TRUE(Start({}).ok());
  const QueueId id = Add("mail in clear");
  ASSERT_TRUE(Start({kNew}).ok());
  EXPECT_EQ(*Read(id), "mail in clear");
  ASSERT_NO_FATAL_FAILURE(MaintainAll());
  EXPECT_EQ(*Read(id), "mail in clear");
  EXPECT_TRUE(absl::IsFailedPrecondition(Start({})));
}

// Octets of the content choose where it lies: in the log, or in big/.
class SpoolMissingKeyTest : public SpoolKeysTest,
                            public testing::WithParamInterface<size_t> {
 protected:
  void Refuses(std::vector<SpoolKey> keys) {
    const absl::Status status = Start(std::move(keys));
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("key 17,"));
  }

  const std::string content_ = std::string(GetParam(), 'm');
};

TEST_P(SpoolMissingKeyTest, NoStartWithoutTheKeyOfLiveMail) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId id = Add(content_);
  Refuses({kNew});
  Refuses({});
  // To refuse has changed nothing.
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  EXPECT_EQ(*Read(id), content_);
  EXPECT_EQ(*spool_->ReadEnvelope(id), ToBob());
  EXPECT_EQ(events_.Count("spool.damage"), 0);
  EXPECT_EQ(events_.Count("spool.set_aside"), 0);
}

// A changed envelope is sealed with the new key, the content still with the
// old one.
TEST_P(SpoolMissingKeyTest, ANewEnvelopeDoesNotFreeTheOldKey) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId id = Add(content_);
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  ASSERT_TRUE(spool_->Hold(id).ok());
  Refuses({kNew});
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  EXPECT_EQ(*Read(id), content_);
  EXPECT_EQ(spool_->Find(id)->state, QueueState::kHeld);
}

TEST_P(SpoolMissingKeyTest, DeliveredMailNeedsNoKey) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId id = Add(content_);
  ASSERT_TRUE(spool_->Remove(id).ok());
  EXPECT_TRUE(Start({kNew}).ok());
  EXPECT_TRUE(Start({}).ok());
  EXPECT_TRUE(spool_->List().empty());
}

// It must not pass for a torn write, whose mail nobody has to keep.
TEST_P(SpoolMissingKeyTest, NoStartWithAWrongSecret) {
  ASSERT_TRUE(Start({kOld}).ok());
  const QueueId first = Add(content_);
  const QueueId last = Add(content_);
  Refuses({Key(kOld.id, 'x')});
  ASSERT_TRUE(Start({kOld}).ok());
  EXPECT_EQ(*Read(first), content_);
  EXPECT_EQ(*Read(last), content_);
  EXPECT_EQ(events_.Count("spool.torn_tail"), 0);
}

INSTANTIATE_TEST_SUITE_P(Where, SpoolMissingKeyTest,
                         testing::Values(100, 9000, 200000),
                         [](const auto& info) {
                           return info.param < 4000
                                      ? std::string("InTheLog")
                                      : "BigFileOf" +
                                            std::to_string(info.param);
                         });

// Compaction gives a big message's record the new key; its file keeps the old.
TEST_F(SpoolKeysTest, ABigFileKeepsItsKeyNeeded) {
  ASSERT_TRUE(Start({kOld}).ok());
  const std::string content(9000, 'b');
  const QueueId id = Add(content);
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  ASSERT_NO_FATAL_FAILURE(MaintainAll());
  const absl::Status status = Start({kNew});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("key 17,"));
  ASSERT_TRUE(Start({kOld, kNew}).ok());
  EXPECT_EQ(*Read(id), content);
}

TEST_F(SpoolKeysTest, ABrokenKeyIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Start({{.id = 17, .secret = "short"}})));
  EXPECT_TRUE(absl::IsInvalidArgument(Start({Key(0, 'z')})));
}

}  // namespace
}  // namespace mailsec::spool
