// worker_pool.h: which threads do work that may block?
//
// A fixed number of threads that run tasks in the order given, with a bound on
// how many may wait, so that a slow disk or name server can hold up neither an
// event loop nor the memory.
//
//   io::WorkerPool pool(4, 1000);
//   if (!pool.Run([=] { Work(); })) GiveUp();  // Too many wait.
//
// A pool without threads leaves it to its owner when what is done, as a test
// needs that tries orders:
//
//   io::WorkerPool driven(0, 1000);
//   while (driven.RunNext()) continue;

#ifndef MAILCORE_IO_WORKER_POOL_H_
#define MAILCORE_IO_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mailsec::io {

// Thread safety: Run() and RunNext() may be called concurrently.
class WorkerPool {
 public:
  // With 0 threads, only RunNext() runs anything. At most `max_waiting` tasks
  // may wait that nobody has begun. Throws std::system_error if the system has
  // no threads left.
  WorkerPool(size_t threads, size_t max_waiting);
  // Drops the tasks that no thread has begun, and joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False if too many wait; then `task` is not run. Tasks must not throw.
  bool Run(std::function<void()> task);

  // Runs the task that waits longest on this thread. False if none waits.
  bool RunNext();

 private:
  void Work();
  void End();  // What the destructor does.

  const size_t max_waiting_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_WORKER_POOL_H_
