// attempt_recorder.h: is it written down what became of a message?
//
// What is not recorded would be delivered, or reported, again; so this tries
// for as long as it takes, or until the server stops. A notification and the
// end of the message that it is about become durable as one.
//
//   co_await recorder.Save(progress);
//   co_await recorder.SaveWith(settings, attempt, notices, progress);

#ifndef MAILCORE_SERVER_DELIVER_ATTEMPT_RECORDER_H_
#define MAILCORE_SERVER_DELIVER_ATTEMPT_RECORDER_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/queue/attempt.h"
#include "mailcore/server/tell/notifier.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: none; belongs to the thread of its event loop, but Stop().
class AttemptRecorder {
 public:
  // What is pointed to is not owned and must outlive the coroutines of `loop`.
  struct Context {
    spool::Spool* spool;
    io::SpoolWriter* writer;
    io::WorkerPool* pool;
    const base::Clock* clock;
    base::EventSink* events;
    const Notifier* notifier;
    boost::asio::io_context* loop;
    // Between two tries; zero: whatever else waits in the loop comes first.
    // Ours.
    absl::Duration pause = absl::Seconds(1);
  };
  explicit AttemptRecorder(Context context) : context_(context) {}

  boost::asio::awaitable<void> Save(spool::Progress progress);

  // Writes and stores the notifications, with the last one `progress`. If one
  // cannot be written, its message is held: a person has to look at it. What is
  // referred to must live until this has ended.
  boost::asio::awaitable<void> SaveWith(const NotifierSettings& settings,
                                        const Attempt& attempt, Notices notices,
                                        spool::Progress progress);

  // It could not be: an event.
  void RecordNotStored(spool::QueueId id, const absl::Status& status) const;

  // From now on, what fails is not tried again. Any thread.
  void Stop() { stopping_ = true; }

 private:
  // OK, or why the notification can never be written.
  boost::asio::awaitable<absl::Status> Store(const NotifierSettings& settings,
                                             const Attempt& attempt,
                                             const notify::NdnRequest& request,
                                             const spool::Progress* progress);
  boost::asio::awaitable<std::string> ReadOriginal(const Attempt& attempt,
                                                   bool full);
  boost::asio::awaitable<void> Pause();

  const Context context_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_ATTEMPT_RECORDER_H_
