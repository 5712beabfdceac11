// What the spool writes besides the mail itself.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

namespace mailsec::spool {
namespace {

constexpr uint64_t kSegmentOctets = 4 << 20;

class SpoolSegmentsTest : public testing::Test {
 protected:
  SpoolSegmentsTest() {
    SpoolOptions options;
    options.segment_octets = kSegmentOctets;
    spool_ = *Spool::Open(std::move(options), &disk_, &clock_, &events_);
  }

  // Octets written for each octet of mail, while 20 MiB come in batches of this
  // size, and the spool is maintained all the time.
  double WrittenFor(size_t batch_octets) {
    constexpr uint64_t kAll = 20 << 20;
    const uint64_t before = disk_.written_octets();
    for (uint64_t octets = 0; octets < kAll; octets += batch_octets) {
      MessageWriter content = spool_->NewMessage();
      EXPECT_TRUE(content.Append(std::string(batch_octets, 'x')).ok());
      std::vector<Submission> batch;
      batch.push_back({.envelope = {}, .content = std::move(content)});
      EXPECT_TRUE(spool_->Commit(std::move(batch), {})[0].ok());
      for (int step = 0; step < 8; ++step) EXPECT_TRUE(spool_->Maintain().ok());
    }
    return static_cast<double>(disk_.written_octets() - before) / kAll;
  }

  SimulatedDisk disk_{1};
  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolSegmentsTest, SmallBatchesGoIntoSegmentsThatWereFilled) {
  EXPECT_GT(WrittenFor(16 << 10), 1.9);
}

TEST_F(SpoolSegmentsTest, LargeBatchesAreNotWrittenTwice) {
  EXPECT_LT(WrittenFor(512 << 10), 1.5);
}

TEST_F(SpoolSegmentsTest, TheSizeOfBatchesMayChange) {
  (void)WrittenFor(512 << 10);
  (void)WrittenFor(16 << 10);
  EXPECT_GT(WrittenFor(16 << 10), 1.9);
  (void)WrittenFor(512 << 10);
  EXPECT_LT(WrittenFor(512 << 10), 1.3);
}

TEST_F(SpoolSegmentsTest, AllThatWasWrittenIntoThemComesBack) {
  (void)WrittenFor(512 << 10);
  const size_t count = spool_->List().size();
  spool_.reset();
  disk_.Restart();
  SpoolOptions options;
  options.segment_octets = kSegmentOctets;
  spool_ = *Spool::Open(std::move(options), &disk_, &clock_, &events_);
  ASSERT_EQ(spool_->List().size(), count);
  for (const QueueEntry& entry : spool_->List()) {
    auto reader = spool_->OpenContent(entry.id);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(*(*reader)->Next(), std::string(512 << 10, 'x'));
  }
}

}  // namespace
}  // namespace mailsec::spool
