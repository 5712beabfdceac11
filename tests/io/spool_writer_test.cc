#include "mailcore/io/spool_writer.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::io {
namespace {

using spool::QueueId;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Commits wait in front of a gate, as they would for a slow disk.
class GatedStore : public spool::MemoryStore {
 public:
  absl::Status Commit(const spool::StoreBatch& batch) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++commits_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return MemoryStore::Commit(batch);
  }
  void SetOpen(bool open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void WaitForCommits(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return commits_ >= count; });
  }
  int commits() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return commits_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int commits_ = 0;
};

// Answers as they come. Thread safety: all methods may run concurrently.
class Answers {
 public:
  void Add(absl::StatusOr<QueueId> id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    all_.push_back(std::move(id));
    changed_.notify_all();
  }
  std::vector<absl::StatusOr<QueueId>> WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return all_.size() >= count; });
    return all_;
  }
  size_t size() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<absl::StatusOr<QueueId>> all_;
};

class SpoolWriterTest : public testing::Test {
 protected:
  SpoolWriterTest() {
    auto gate = std::make_unique<GatedStore>();
    gate_ = gate.get();
    auto store = std::make_unique<FailingStore>(std::move(gate));
    store_ = store.get();
    spool_ = *spool::Spool::OpenStore(spool::SpoolOptions(), std::move(store),
                                      nullptr, &clock_);
    writer_ = std::make_unique<SpoolWriter>(spool_.get());
  }
  ~SpoolWriterTest() override { gate_->SetOpen(true); }

  void Submit() {
    spool::Submission submission = {.envelope = {},
                                    .content = spool_->NewMessage()};
    (void)submission.content.Append("content");
    writer_->Submit(std::move(submission),
                    [this](absl::StatusOr<QueueId> id) { answers_.Add(id); });
  }

  void RecordDone(QueueId id) {
    spool::Progress progress;
    progress.id = id;
    progress.done = true;
    writer_->Record(progress, [this, id](absl::Status status) {
      recorded_.Add(status.ok() ? absl::StatusOr<QueueId>(id)
                                : absl::StatusOr<QueueId>(status));
    });
  }

  ManualClock clock_;
  GatedStore* gate_;  // Both are the spool's.
  FailingStore* store_;
  std::unique_ptr<spool::Spool> spool_;
  Answers answers_;
  Answers recorded_;
  std::unique_ptr<SpoolWriter> writer_;  // Destroyed first.
};

TEST_F(SpoolWriterTest, ManyThreadsAreAllAnsweredAfterTheirCommit) {
  constexpr int kThreads = 8;
  constexpr int kMessages = 200;
  Answers listed;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kMessages; ++j) {
        writer_->Submit({.envelope = {}, .content = spool_->NewMessage()},
                        [&](absl::StatusOr<QueueId> id) {
                          // What is listed has been committed.
                          if (id.ok() && spool_->Find(*id).ok()) listed.Add(id);
                          answers_.Add(id);
                        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<QueueId> ids;
  for (const auto& id : answers_.WaitFor(kThreads * kMessages)) {
    ASSERT_TRUE(id.ok()) << id.status();
    ids.insert(*id);
  }
  EXPECT_EQ(ids.size(), size_t{kThreads} * kMessages);
  EXPECT_EQ(listed.size(), size_t{kThreads} * kMessages);
}

TEST_F(SpoolWriterTest, NobodyIsAnsweredBeforeTheFlushAndOneIsForAll) {
  gate_->SetOpen(false);
  Submit();
  gate_->WaitForCommits(1);
  for (int i = 0; i < 99; ++i) Submit();
  EXPECT_EQ(answers_.size(), 0u);
  EXPECT_TRUE(spool_->List().empty());
  gate_->SetOpen(true);
  for (const auto& id : answers_.WaitFor(100)) EXPECT_TRUE(id.ok());
  EXPECT_EQ(gate_->commits(), 2) << "the first, and all that gathered";
}

TEST_F(SpoolWriterTest, AFailedCommitIsSaidToEachAndTheNextWorks) {
  gate_->SetOpen(false);
  Submit();
  gate_->WaitForCommits(1);
  for (int i = 0; i < 3; ++i) Submit();
  store_->FailCall(1, absl::UnavailableError("EIO"));
  gate_->SetOpen(true);
  const auto answers = answers_.WaitFor(4);
  EXPECT_TRUE(answers[0].ok());
  for (int i = 1; i < 4; ++i) {
    EXPECT_EQ(answers[i].status(), absl::UnavailableError("EIO"));
  }
  Submit();
  EXPECT_TRUE(answers_.WaitFor(5)[4].ok());
}

TEST_F(SpoolWriterTest, ProgressAloneIsWrittenSoonAndTogether) {
  for (int i = 0; i < 20; ++i) Submit();
  const auto ids = answers_.WaitFor(20);
  const int before = gate_->commits();
  const auto start = steady_clock::now();
  for (const auto& id : ids) RecordDone(*id);
  recorded_.WaitFor(20);
  // 10 ms by design; the rest is for a busy machine.
  EXPECT_LT(steady_clock::now() - start, milliseconds(1000));
  EXPECT_GE(steady_clock::now() - start, milliseconds(8));
  EXPECT_EQ(gate_->commits() - before, 1);
  EXPECT_TRUE(spool_->List().empty());
}

TEST_F(SpoolWriterTest, ProgressRidesWithTheNextMessage) {
  Submit();
  const QueueId id = *answers_.WaitFor(1)[0];
  gate_->SetOpen(false);
  Submit();
  gate_->WaitForCommits(2);
  RecordDone(id);
  Submit();
  gate_->SetOpen(true);
  answers_.WaitFor(3);
  recorded_.WaitFor(1);
  EXPECT_EQ(spool_->List().size(), 2u);
  EXPECT_EQ(gate_->commits(), 4) << "messages, progress";
}

TEST_F(SpoolWriterTest, FailedProgressIsSaid) {
  Submit();
  const QueueId id = *answers_.WaitFor(1)[0];
  gate_->SetOpen(false);
  Submit();
  gate_->WaitForCommits(2);
  RecordDone(id);
  store_->FailCall(1, absl::UnavailableError("EIO"));
  gate_->SetOpen(true);
  EXPECT_EQ(recorded_.WaitFor(1)[0].status(), absl::UnavailableError("EIO"));
  EXPECT_TRUE(spool_->Find(id).ok());
}

TEST_F(SpoolWriterTest, TheDestructorCommitsWhatStillWaits) {
  Submit();
  const QueueId id = *answers_.WaitFor(1)[0];
  gate_->SetOpen(false);
  Submit();
  gate_->WaitForCommits(2);
  for (int i = 0; i < 50; ++i) Submit();
  RecordDone(id);
  std::thread opener([this] {
    std::this_thread::sleep_for(milliseconds(20));
    gate_->SetOpen(true);
  });
  writer_.reset();
  opener.join();
  EXPECT_EQ(answers_.size(), 52u);
  EXPECT_EQ(recorded_.size(), 1u);
  EXPECT_EQ(spool_->List().size(), 51u);
}

TEST(DrivenSpoolWriterTest, WithoutAThreadItsOwnerCommits) {
  ManualClock clock;
  const auto spool = *spool::Spool::OpenStore(
      spool::SpoolOptions(), std::make_unique<spool::MemoryStore>(), nullptr,
      &clock);
  int answers = 0;
  {
    SpoolWriter writer(spool.get(), SpoolWriter::Driver::kCaller);
    EXPECT_FALSE(writer.CommitWaiting());
    for (int i = 0; i < 2; ++i) {
      writer.Submit({.envelope = {}, .content = spool->NewMessage()},
                    [&](const absl::StatusOr<QueueId>& id) {
                      EXPECT_TRUE(id.ok());
                      ++answers;
                    });
    }
    EXPECT_EQ(answers, 0);
    EXPECT_TRUE(writer.CommitWaiting());
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(spool->List().size(), 2u);
    writer.Submit({.envelope = {}, .content = spool->NewMessage()},
                  [&](const absl::StatusOr<QueueId>&) { ++answers; });
  }
  // What nobody committed is gone, and nobody was told that it was there.
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(spool->List().size(), 2u);
}

}  // namespace
}  // namespace mailsec::io
