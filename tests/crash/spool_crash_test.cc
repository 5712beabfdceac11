// Random histories of a spool on a disk that crashes: after each restart, all
// that was acknowledged is there, once and unaltered, and nothing else is.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
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

constexpr int kTests = 8;  // Shared out over the shards.
constexpr int kHistoriesPerTest = 1300;
constexpr int kCrashesPerHistory = 4;

Envelope TwoRecipients() {
  Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<a@example.com>");
  for (const char* path : {"<bob@example.org>", "<carol@example.org>"}) {
    envelope.recipients.push_back({.path = *address::ForwardPath::Parse(path),
                                   .parameters = {},
                                   .last_reply = ""});
  }
  return envelope;
}

int failed_starts = 0;  // Of all histories, as a read failed.

// What the outside world knows of one message.
struct Known {
  std::string content;
  bool acknowledged = false;
  bool remove_tried = false;
  bool removed = false;    // The removal was acknowledged.
  bool delivered = false;  // Acknowledged for the first recipient.
  bool deliver_tried = false;
  std::vector<uint64_t> reports;  // Messages that were to take its place.
};

class History {
 public:
  explicit History(uint64_t seed)
      : random_(seed),
        disk_(seed * 2 + 1, random_() % 2 == 0 ? 4096 : 512),
        sealed_(random_() % 3 == 0) {}

  void Run() {
    for (int i = 0; i < kCrashesPerHistory && !testing::Test::HasFailure();
         ++i) {
      disk_.CrashAfter(1 + random_() % (random_() % 4 == 0 ? 200 : 60));
      OpenWhileReadsFail();
      if (Open()) {
        Check();
        while (!disk_.crashed()) Step();
      }
      spool_.reset();
      disk_.FailRead(0);
      disk_.Restart();
    }
    ASSERT_TRUE(Open());
    Check();
    EXPECT_EQ(events_.Count("spool.damage"), 0) << "a crash is no damage";
    spool_.reset();
  }

 private:
  // A start at which a read fails either says so or has all mail; it removes
  // nothing, so the next start without a fault has all of it too.
  void OpenWhileReadsFail() {
    if (random_() % 3 != 0) return;
    disk_.FailRead(1 + static_cast<int64_t>(random_() % 60),
                   /*lasts=*/random_() % 2 == 0);
    auto spool = Spool::Open(Options(), &disk_, &clock_, &events_);
    failed_starts += !spool.ok();
    disk_.FailRead(0);
    if (!spool.ok() || disk_.crashed()) return;
    spool_ = *std::move(spool);
    Check();
    spool_.reset();
  }

  SpoolOptions Options() const {
    SpoolOptions options;
    options.segment_octets = 48 << 10;
    options.max_inline_octets = 6000;
    if (sealed_) {
      options.keys.push_back({.id = 1, .secret = std::string(32, 'k')});
    }
    return options;
  }

  bool Open() {
    auto spool = Spool::Open(Options(), &disk_, &clock_, &events_);
    if (!spool.ok()) {
      EXPECT_TRUE(disk_.crashed()) << spool.status();
      return false;
    }
    spool_ = *std::move(spool);
    return true;
  }

  void Step() {
    // A lasting fault ends, sooner or later.
    if (random_() % 4 == 0) disk_.FailRead(0);
    switch (random_() % 9) {
      case 0:
      case 1:
      case 2:
        return Add();
      case 3:
        return Deliver();
      case 4:
      case 5:
        return Remove();
      case 6:
        (void)spool_->Maintain();
        return;
      case 7:
        return Replace();
      default:
        if (random_() % 4 == 0) disk_.FailWrites(1);
        if (random_() % 4 == 0) disk_.FailSyncs(1);
        if (random_() % 2 == 0) {
          disk_.FailRead(1 + static_cast<int64_t>(random_() % 8),
                         /*lasts=*/random_() % 4 == 0);
        }
        return;
    }
  }

  void Add() {
    std::vector<Submission> batch;
    std::vector<std::string> contents;
    const size_t count = 1 + random_() % 4;
    for (size_t i = 0; i < count; ++i) {
      MessageWriter writer = spool_->NewMessage();
      std::string content = absl::StrCat("message ", ++last_, "\r\n");
      const size_t length =
          random_() % 4 == 0 ? random_() % 9000 : random_() % 3000;
      while (content.size() < length) {
        content.append(absl::StrCat(random_(), "\r\n"));
      }
      (void)writer.Append(content);
      contents.push_back(content);
      const uint64_t id = writer.id().value();
      EXPECT_FALSE(known_.contains(id)) << "an id was given out twice";
      known_[id].content = content;
      batch.push_back(
          {.envelope = TwoRecipients(), .content = std::move(writer)});
      ids_.push_back(id);
    }
    const auto results = spool_->Commit(std::move(batch), {});
    for (const auto& id : results) {
      if (id.ok()) known_[id->value()].acknowledged = true;
    }
  }

  // A message that is there, or 0, which no message has.
  uint64_t Pick() {
    if (ids_.empty()) return 0;
    const uint64_t id = ids_[random_() % ids_.size()];
    return spool_->Find(QueueId(id)).ok() ? id : 0;
  }

  void Deliver() {
    const uint64_t id = Pick();
    if (id == 0) return;
    Progress progress;
    progress.id = QueueId(id);
    progress.changes.push_back({0, RecipientState::kDelivered, "250 ok"});
    known_[id].deliver_tried = true;
    if (spool_->Record(progress).ok()) known_[id].delivered = true;
  }

  void Remove() {
    const uint64_t id = Pick();
    if (id == 0) return;
    known_[id].remove_tried = true;
    if (spool_->Remove(QueueId(id)).ok()) known_[id].removed = true;
  }

  // A report comes and the message that it is about goes, as one.
  void Replace() {
    const uint64_t id = Pick();
    if (id == 0) return;
    std::vector<Submission> batch;
    MessageWriter writer = spool_->NewMessage();
    const std::string content = absl::StrCat(
        "report ", ++last_, std::string(random_() % 9000, 'x'), "\r\n");
    (void)writer.Append(content);
    const uint64_t report = writer.id().value();
    known_[report].content = content;
    known_[id].reports.push_back(report);
    ids_.push_back(report);
    Progress progress;
    progress.id = QueueId(id);
    progress.done = true;
    batch.push_back({.envelope = TwoRecipients(),
                     .content = std::move(writer),
                     .progress = {progress}});
    if (!spool_->Commit(std::move(batch), {})[0].ok()) return;
    known_[report].acknowledged = true;
    known_[id].removed = true;
  }

  // One of the two is there: the message, or one report about it.
  void CheckReports(uint64_t id, const std::set<uint64_t>& there) {
    const Known& known = known_[id];
    int reports = 0;
    bool report_may_be_gone = false;
    for (const uint64_t report : known.reports) {
      reports += there.contains(report);
      report_may_be_gone |=
          known_[report].remove_tried || !known_[report].reports.empty();
    }
    EXPECT_LE(reports + there.contains(id), 1) << "message and report " << id;
    if (!known.remove_tried && !report_may_be_gone && known.acknowledged) {
      EXPECT_EQ(reports + there.contains(id), 1) << "neither is there: " << id;
    }
  }

  void Check() {
    std::set<uint64_t> there;
    for (const QueueEntry& entry : spool_->List()) {
      const uint64_t id = entry.id.value();
      there.insert(id);
      ASSERT_TRUE(known_.contains(id)) << "a message that was never sent";
      CheckMessage(entry.id, known_[id]);
      if (disk_.crashed()) return;
    }
    for (const auto& [id, known] : known_) {
      if (!known.reports.empty()) {
        CheckReports(id, there);
      } else if (known.acknowledged && !known.remove_tried) {
        EXPECT_TRUE(there.contains(id)) << "lost: " << id;
      }
    }
  }

  void CheckMessage(QueueId id, const Known& known) {
    EXPECT_FALSE(known.removed) << "removed and back: " << id.ToString();
    const absl::StatusOr<Envelope> envelope = spool_->ReadEnvelope(id);
    auto reader = spool_->OpenContent(id);
    std::string content;
    while (reader.ok()) {
      const auto piece = (*reader)->Next();
      ASSERT_TRUE(piece.ok() || disk_.crashed()) << piece.status();
      if (!piece.ok() || piece->empty()) break;
      content.append(piece->data(), piece->size());
    }
    if (disk_.crashed()) return;
    ASSERT_TRUE(reader.ok()) << reader.status() << id.ToString();
    EXPECT_EQ(content, known.content);
    ASSERT_TRUE(envelope.ok()) << envelope.status();
    Envelope want = TwoRecipients();
    const bool delivered =
        envelope->recipients[0].state == RecipientState::kDelivered;
    EXPECT_TRUE(delivered || !known.delivered) << "would be delivered twice";
    EXPECT_TRUE(!delivered || known.deliver_tried);
    EXPECT_EQ(envelope->recipients[1], want.recipients[1]);
    EXPECT_EQ(envelope->sender, want.sender);
  }

  std::mt19937_64 random_;
  SimulatedDisk disk_;
  const bool sealed_;
  ManualClock clock_;
  RecordingEventSink events_;
  std::unique_ptr<Spool> spool_;
  std::map<uint64_t, Known> known_;
  std::vector<uint64_t> ids_;
  int last_ = 0;
};

class SpoolCrashTest : public testing::TestWithParam<int> {};

TEST_P(SpoolCrashTest, KeepsWhatItAcknowledged) {
  int histories = 0;
  for (int i = 0; i < kHistoriesPerTest && !HasFailure(); ++i, ++histories) {
    const uint64_t seed = GetParam() * kHistoriesPerTest + i;
    const char* const only = std::getenv("SEED");  // One history, again.
    if (only != nullptr && std::to_string(seed) != only) continue;
    SCOPED_TRACE(absl::StrCat("SEED=", seed));
    History(seed).Run();
  }
  std::printf("%d histories, %d crashes each, %d starts that a read ended\n",
              histories, kCrashesPerHistory, failed_starts);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpoolCrashTest, testing::Range(0, kTests));

}  // namespace
}  // namespace mailsec::spool
