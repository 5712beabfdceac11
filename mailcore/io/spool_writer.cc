#include "mailcore/io/spool_writer.h"

#include <utility>

namespace mailsec::io {
namespace {

constexpr std::chrono::milliseconds kProgressWait(10);
// How long to leave the disk alone when it refused maintenance, or had nothing
// to do.
constexpr std::chrono::seconds kIdle(1);
// Under steady load, maintain after so many batches, so that segments are
// recycled before they are needed.
constexpr int kBatchesPerMaintenance = 16;

}  // namespace

SpoolWriter::SpoolWriter(spool::Spool* spool, CallbackRunner runner)
    : spool_(spool), runner_(std::move(runner)), thread_([this] { Run(); }) {}

SpoolWriter::SpoolWriter(spool::Spool* spool, Driver driver) : spool_(spool) {
  if (driver == Driver::kOwnThread) thread_ = std::thread([this] { Run(); });
}

SpoolWriter::~SpoolWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SpoolWriter::Submit(
    spool::Submission submission,
    std::function<void(absl::StatusOr<spool::QueueId>)> done) {
  bool first;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    first = waiting_.submissions.empty();
    waiting_.submissions.push_back(std::move(submission));
    waiting_.submitted.push_back(std::move(done));
  }
  if (first) wake_.notify_one();
}

void SpoolWriter::Record(spool::Progress progress,
                         std::function<void(absl::Status)> done) {
  bool first;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    first = waiting_.progress.empty();
    if (first) progress_due_ = Clock::now() + kProgressWait;
    waiting_.progress.push_back(std::move(progress));
    waiting_.recorded.push_back(std::move(done));
  }
  if (first) wake_.notify_one();
}

bool SpoolWriter::CommitWaiting() {
  Batch batch;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    batch = std::exchange(waiting_, Batch());
  }
  if (batch.empty()) return false;
  Commit(std::move(batch));
  return true;
}

void SpoolWriter::Run() {
  for (;;) {
    Batch batch;
    if (!Take(&batch)) return;
    if (batch.empty()) {
      may_maintain_ = Maintain();
      continue;
    }
    Commit(std::move(batch));
    may_maintain_ = true;
    if (++batches_since_maintenance_ >= kBatchesPerMaintenance) {
      may_maintain_ = Maintain();
    }
  }
}

// Waits for something to commit, or returns an empty batch when it is time to
// maintain the spool.
bool SpoolWriter::Take(Batch* batch) {
  std::unique_lock<std::mutex> lock(mutex_);
  const Clock::time_point idle_end = Clock::now() + kIdle;
  for (;;) {
    const bool progress_due =
        !waiting_.progress.empty() && (stop_ || Clock::now() >= progress_due_);
    if (!waiting_.submissions.empty() || progress_due) {
      *batch = std::exchange(waiting_, Batch());
      return true;
    }
    if (stop_) return false;
    if (waiting_.progress.empty()) {
      if (may_maintain_) return true;
      if (wake_.wait_until(lock, idle_end) == std::cv_status::timeout) {
        return true;
      }
    } else {
      wake_.wait_until(lock, progress_due_);
    }
  }
}

void SpoolWriter::Commit(Batch batch) {
  std::vector<absl::Status> recorded;
  const std::vector<absl::StatusOr<spool::QueueId>> results = spool_->Commit(
      std::move(batch.submissions), std::move(batch.progress), &recorded);
  const auto callbacks = [&] {
    for (size_t i = 0; i < results.size(); ++i) batch.submitted[i](results[i]);
    for (size_t i = 0; i < recorded.size(); ++i) batch.recorded[i](recorded[i]);
  };
  runner_ ? runner_(callbacks) : callbacks();
}

bool SpoolWriter::Maintain() {
  batches_since_maintenance_ = 0;
  const absl::StatusOr<bool> more = spool_->Maintain();
  return more.ok() && *more;
}

}  // namespace mailsec::io
