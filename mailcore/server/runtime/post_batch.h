// post_batch.h: how does a thread hand many results to event loops cheaply?
//
// A post to an event loop that sleeps wakes its thread, which then competes for
// the processor with the one that still has results to hand out. While a
// PostBatch exists, what its thread gives to Post() gathers, and the end of the
// batch hands it over with one post to each loop.
//
//   PostBatch batch;
//   for (auto& done : callbacks) done(result);  // Each calls Post().

#ifndef MAILCORE_SERVER_RUNTIME_POST_BATCH_H_
#define MAILCORE_SERVER_RUNTIME_POST_BATCH_H_

#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "boost/asio/any_io_executor.hpp"

namespace mailsec::server {

// Thread safety: none; lives on the stack of one thread, one at a time.
class PostBatch {
 public:
  using Task = absl::AnyInvocable<void()>;

  PostBatch();
  ~PostBatch();
  PostBatch(const PostBatch&) = delete;
  PostBatch& operator=(const PostBatch&) = delete;

  // Runs `task` in the event loop of `executor`: handed over at the end of this
  // thread's batch, or at once if there is none.
  static void Post(const boost::asio::any_io_executor& executor, Task task);

  // Runs `task` on this thread when the batch has handed over, or at once if
  // there is none: for what the other threads need not wait for.
  static void Afterwards(Task task);

 private:
  struct Loop {
    boost::asio::any_io_executor executor;
    std::vector<Task> tasks;
  };
  std::vector<Loop> loops_;  // As few as there are threads.
  std::vector<Task> afterwards_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_POST_BATCH_H_
