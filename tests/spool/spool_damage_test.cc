// What a damaged, full or failing disk does to a spool: never a wrong octet,
// never more than what was hit, never the end of the server.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"
#include "mailcore/testing/simulated_disk.h"

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

class SpoolDamageTest : public testing::TestWithParam<bool> {
 protected:
  void Open() {
    spool_.reset();
    SpoolOptions options;
    options.segment_octets = 64 << 10;
    options.max_inline_octets = 4000;
    if (GetParam()) {
      options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
    }
    auto spool = Spool::Open(std::move(options), &disk_, &clock_, &events_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
  }

  absl::StatusOr<QueueId> Add(const std::string& content) {
    MessageWriter writer = spool_->NewMessage();
    (void)writer.Append(content);
    std::vector<Submission> batch;
    batch.push_back({.envelope = ToBob(), .content = std::move(writer)});
    return spool_->Commit(std::move(batch), {})[0];
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

  SimulatedDisk disk_{1};
  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
};

// R10: what cannot be read is not taken for foreign or empty. Whichever read
// fails at a start, once or for good, the server starts with all of its mail
// or not at all, and the next start without a fault has all of it.
TEST_P(SpoolDamageTest, AReadThatFailsAtAStartHidesNoMail) {
  Open();
  std::map<QueueId, std::string> sent;
  for (int i = 0; i < 12; ++i) {
    const std::string content(i % 3 == 0 ? 5000 : 3000,
                              static_cast<char>('a' + i));
    sent[*Add(content)] = content;
  }
  const QueueId removed = sent.begin()->first;
  ASSERT_TRUE(spool_->Remove(removed).ok());
  sent.erase(removed);
  spool_.reset();
  const auto check = [&] {
    ASSERT_EQ(spool_->List().size(), sent.size());
    for (const auto& [id, content] : sent) ASSERT_EQ(*Read(id), content);
  };
  std::map<std::string, std::string> before;
  for (auto& [name, inode] : disk_.files()) before[name] = inode->octets;
  int refused = 0;
  for (const bool lasts : {false, true}) {
    for (int read = 1;; ++read) {
      SCOPED_TRACE(absl::StrCat("read ", read, lasts ? " and all later" : ""));
      disk_.files().clear();
      for (const auto& [name, octets] : before) {
        disk_.files()[name] = std::make_shared<SimulatedDisk::Inode>();
        disk_.files()[name]->octets = octets;
      }
      disk_.FailRead(read, lasts);
      SpoolOptions options;
      options.segment_octets = 64 << 10;
      options.max_inline_octets = 4000;
      if (GetParam()) {
        options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
      }
      auto spool = Spool::Open(std::move(options), &disk_, &clock_, &events_);
      const bool was_read = !disk_.IsReadDue();
      disk_.FailRead(0);
      refused += !spool.ok();
      if (spool.ok()) {
        spool_ = *std::move(spool);
        ASSERT_NO_FATAL_FAILURE(check());
      }
      ASSERT_NO_FATAL_FAILURE(Open());
      ASSERT_NO_FATAL_FAILURE(check());
      if (!was_read) break;  // A start reads less than that.
    }
  }
  EXPECT_GT(refused, 4);
  EXPECT_EQ(events_.Count("spool.set_aside"), 0);
}

// Each octet of a small spool in turn: at most one message suffers.
TEST_P(SpoolDamageTest, AFlippedBitHurtsAtMostOneMessage) {
  Open();
  std::map<QueueId, std::string> sent;
  for (const size_t octets : {10, 300, 5000}) {
    const std::string content(octets, static_cast<char>('a' + octets % 26));
    sent[*Add(content)] = content;
  }
  spool_.reset();
  const std::map<std::string, std::string> before = [&] {
    std::map<std::string, std::string> octets;
    for (auto& [name, inode] : disk_.files()) octets[name] = inode->octets;
    return octets;
  }();
  int hurt_at_all = 0;
  for (const auto& [flipped, whole] : before) {
    const size_t used = whole.find_last_not_of('\0') + 1;
    for (size_t i = 0; i < used; ++i) {
      disk_.files().clear();
      for (const auto& [name, octets] : before) {
        disk_.files()[name] = std::make_shared<SimulatedDisk::Inode>();
        disk_.files()[name]->octets = octets;
      }
      disk_.files()[flipped]->octets[i] ^= 1 << (i % 8);
      ASSERT_NO_FATAL_FAILURE(Open());
      int hurt = 0;
      for (const auto& [id, content] : sent) {
        const auto read = Read(id);
        const auto envelope = spool_->ReadEnvelope(id);
        if (read.ok()) {
          ASSERT_EQ(*read, content);
        }
        if (envelope.ok()) {
          ASSERT_EQ(*envelope, ToBob());
        }
        hurt += !read.ok() || !envelope.ok();
      }
      ASSERT_LE(hurt, 1) << flipped << " at " << i;
      hurt_at_all += hurt;
    }
  }
  EXPECT_GT(hurt_at_all, 5000);
}

TEST_P(SpoolDamageTest, AFailedWriteOrFlushFailsItsBatchOnly) {
  Open();
  const QueueId first = *Add("first");
  disk_.FailSyncs(1);
  EXPECT_FALSE(Add("second").ok());
  const QueueId third = *Add("third");
  disk_.FailWrites(1);
  EXPECT_FALSE(Add("fourth").ok());
  EXPECT_EQ(events_.Count("spool.write_failed"), 2);
  const QueueId fifth = *Add("fifth");
  Open();
  EXPECT_EQ(spool_->List().size(), 3u);
  EXPECT_EQ(*Read(first), "first");
  EXPECT_EQ(*Read(third), "third");
  EXPECT_EQ(*Read(fifth), "fifth");
}

// SPOOL-04.
TEST_P(SpoolDamageTest, AFullDiskIsSaidAndLosesNothing) {
  Open();
  const QueueId first = *Add("first");
  disk_.SetCapacity(disk_.UsedOctets());
  absl::Status status;
  int added = 1;
  while (status.ok()) {
    status = Add(std::string(3000, 'x')).status();
    added += status.ok();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(absl::IsResourceExhausted(Add(std::string(9000, 'x')).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(spool_->CheckSpace(1)));
  Open();
  EXPECT_EQ(static_cast<int>(spool_->List().size()), added);
  EXPECT_EQ(*Read(first), "first");
  disk_.SetCapacity(UINT64_MAX);
  EXPECT_TRUE(Add("more").ok());
}

TEST_P(SpoolDamageTest, NoInodesRefuseALargeMessageForNow) {
  Open();
  disk_.SetFreeInodes(0);
  EXPECT_TRUE(absl::IsResourceExhausted(Add(std::string(9000, 'x')).status()));
  EXPECT_TRUE(Add("small").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(spool_->CheckSpace(1)));
}

// SPOOL-05.
TEST_P(SpoolDamageTest, ForeignFilesAreSetAside) {
  Open();
  const QueueId id = *Add("mail");
  spool_.reset();
  // 3W5E11264SGSF is the highest id that can be written.
  for (const char* name : {"log/0000000099.seg", "log/readme", "log/1\n.seg",
                           "log/9999999999.seg", "log/18446744073709551615.seg",
                           "big/1..", "big/0", "big/3W5E11264SGSF"}) {
    disk_.files()[name] = std::make_shared<SimulatedDisk::Inode>();
    disk_.files()[name]->octets = "x";
  }
  disk_.files()["log/0000000098.seg"] =
      std::make_shared<SimulatedDisk::Inode>();
  disk_.files()["log/0000000098.seg"]->regular = false;
  Open();
  EXPECT_EQ(events_.Count("spool.set_aside"), 9);
  EXPECT_EQ(*Read(id), "mail");
  // Their names have spoiled no number.
  const QueueId next = *Add("more mail");
  EXPECT_GT(next, id);
  EXPECT_EQ(*Read(next), "more mail");
  Open();
  EXPECT_EQ(*Read(id), "mail");
  EXPECT_EQ(*Read(next), "more mail");
}

TEST_P(SpoolDamageTest, ATruncatedSegmentKeepsWhatIsInFrontOfTheCut) {
  Open();
  const QueueId first = *Add("first");
  const QueueId second = *Add(std::string(3000, 'b'));
  spool_.reset();
  for (auto& [name, inode] : disk_.files()) {
    if (inode->octets.find(std::string(10, 'b')) != std::string::npos ||
        GetParam()) {
      inode->octets.resize(8192 + 4096 + 200);
    }
  }
  Open();
  EXPECT_EQ(*Read(first), "first");
  EXPECT_FALSE(Read(second).ok());
}

// A torn batch lies behind what was acknowledged, and the next segment says up
// to where; then the file loses that batch.
TEST_P(SpoolDamageTest, MaintenanceEndsWhereACutSegmentDoes) {
  constexpr size_t kSecondBatch = 8192 + 4096;
  Open();
  const QueueId first = *Add("first");
  (void)Add("second");
  spool_.reset();
  std::string* segment = nullptr;
  for (auto& [name, inode] : disk_.files()) {
    const size_t used = inode->octets.find_last_not_of('\0') + 1;
    if (used <= kSecondBatch) continue;
    segment = &inode->octets;
    (*segment)[used - 1] ^= 1;
  }
  ASSERT_NE(segment, nullptr);
  Open();
  EXPECT_EQ(events_.Count("spool.torn_tail"), 1);
  const QueueId third = *Add("third");
  spool_.reset();
  segment->resize(kSecondBatch);
  Open();
  int steps = 0;
  while (*spool_->Maintain()) ASSERT_LT(++steps, 100);
  EXPECT_EQ(*Read(first), "first");
  EXPECT_EQ(*Read(third), "third");
}

// One message alone: one write and one flush.
TEST_P(SpoolDamageTest, ACommitIsOneWriteAndOneFlush) {
  Open();
  (void)Add("first");
  const uint64_t writes = disk_.writes();
  const uint64_t syncs = disk_.syncs();
  (void)Add("second");
  EXPECT_EQ(disk_.writes() - writes, 1u);
  EXPECT_EQ(disk_.syncs() - syncs, 1u);
}

// A segment's new life was begun, and its second header is still that of the
// life before. The start completes it: otherwise the loss of the first one would
// bring back what the old life had been rid of.
TEST_P(SpoolDamageTest, ALifeThatWasHalfBegunIsBegunAtTheStart) {
  constexpr size_t kBlock = 4096;
  Open();
  const QueueId gone = *Add(std::string(9000, 'g'));
  std::string name;
  std::string old_header;
  for (const auto& [file, inode] : disk_.files()) {
    if (inode->octets.find_last_not_of('\0') < 2 * kBlock) continue;
    name = file;
    old_header = inode->octets.substr(kBlock, kBlock);
  }
  ASSERT_TRUE(spool_->Remove(gone).ok());
  std::string& octets = disk_.files()[name]->octets;
  for (int i = 0; i < 1000 && octets.substr(kBlock, kBlock) == old_header;
       ++i) {
    const QueueId id = *Add(std::string(3000, 'x'));
    ASSERT_TRUE(spool_->Remove(id).ok());
    while (*spool_->Maintain()) {
    }
  }
  ASSERT_NE(octets.substr(kBlock, kBlock), old_header) << "no second life";
  octets.replace(kBlock, kBlock, old_header);
  spool_.reset();
  Open();
  EXPECT_EQ(octets.substr(kBlock, kBlock), octets.substr(0, kBlock));
  EXPECT_NE(octets.substr(kBlock, kBlock), old_header);
  spool_.reset();
  octets.replace(0, kBlock, std::string(kBlock, 'g'));
  Open();
  EXPECT_TRUE(absl::IsNotFound(spool_->Find(gone).status()));
}

// Old deferred mail keeps at most four times its own size, and a constant.
TEST_P(SpoolDamageTest, CompactionGivesSpaceBackWhileOldMailWaits) {
  Open();
  std::vector<QueueId> kept;
  for (int i = 0; i < 2000; ++i) {
    const QueueId id = *Add(std::string(3000, 'a' + i % 26));
    if (i % 40 == 0) {
      kept.push_back(id);
    } else {
      ASSERT_TRUE(spool_->Remove(id).ok());
    }
    if (i % 10 == 0) (void)spool_->Maintain();
  }
  while (*spool_->Maintain()) {
  }
  EXPECT_LE(disk_.UsedOctets(), 4 * 50 * 3100u + 4 * (64 << 10));
  Open();
  ASSERT_EQ(spool_->List().size(), kept.size());
  for (const QueueId id : kept) EXPECT_EQ(Read(id)->size(), 3000u);
}

INSTANTIATE_TEST_SUITE_P(Sealing, SpoolDamageTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Sealed" : "Clear";
                         });

}  // namespace
}  // namespace mailsec::spool
