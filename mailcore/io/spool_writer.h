// spool_writer.h: one flush for many sessions.
//
//   SpoolWriter writer(spool.get());
//   writer.Submit({.envelope = envelope, .content = std::move(content)},
//                 [&](absl::StatusOr<spool::QueueId> id) { Answer(id); });
//
// A test that tries orders commits itself:
//
//   SpoolWriter driven(spool.get(), SpoolWriter::Driver::kCaller);
//   while (driven.CommitWaiting()) continue;

#ifndef MAILCORE_IO_SPOOL_WRITER_H_
#define MAILCORE_IO_SPOOL_WRITER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/spool.h"

namespace mailsec::io {

// Owns a thread that commits all submissions that wait, runs the callbacks, and
// begins again; while it flushes, the next batch gathers. The slower the disk,
// the larger the batches. When nothing waits it maintains the spool.
//
// Thread safety: Submit() and Record() may run concurrently; callbacks run on
// the writer's thread and must not block.
class SpoolWriter {
 public:
  // Runs all callbacks of a batch by calling its argument once.
  using CallbackRunner =
      std::function<void(const std::function<void()>& callbacks)>;

  enum class Driver {
    kOwnThread,
    kCaller,  // There is no thread; whoever owns the writer commits.
  };

  // `spool` is not owned and must outlive the writer. `runner` lets the caller
  // do something around the callbacks of each batch. Default: just calls them.
  explicit SpoolWriter(spool::Spool* spool, CallbackRunner runner = nullptr);
  SpoolWriter(spool::Spool* spool, Driver driver);
  // Commits what still waits; with Driver::kCaller, drops it.
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  // `done` gets the id once the message is durable, or why it is not.
  void Submit(spool::Submission submission,
              std::function<void(absl::StatusOr<spool::QueueId>)> done);

  // Rides in the next batch; without one, it is written within 10 ms, so that
  // progress alone gathers too. `done` runs after the flush.
  void Record(spool::Progress progress, std::function<void(absl::Status)> done);

  // With Driver::kCaller: commits all that waits, on this thread. False if
  // nothing waits.
  bool CommitWaiting();

 private:
  using Clock = std::chrono::steady_clock;
  struct Batch {
    std::vector<spool::Submission> submissions;
    std::vector<std::function<void(absl::StatusOr<spool::QueueId>)>> submitted;
    std::vector<spool::Progress> progress;
    std::vector<std::function<void(absl::Status)>> recorded;
    bool empty() const { return submissions.empty() && progress.empty(); }
  };

  void Run();
  bool Take(Batch* batch);  // False: the writer stops and nothing waits.
  void Commit(Batch batch);
  bool Maintain();  // True if there is more to do.

  spool::Spool* const spool_;
  const CallbackRunner runner_;  // May be empty.
  std::mutex mutex_;
  std::condition_variable wake_;
  Batch waiting_;
  Clock::time_point progress_due_;  // When the oldest progress is due.
  bool stop_ = false;
  // The thread's own.
  bool may_maintain_ = true;
  int batches_since_maintenance_ = 0;
  std::thread thread_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SPOOL_WRITER_H_
