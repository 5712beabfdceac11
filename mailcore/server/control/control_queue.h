// control_queue.h: what does an operator see of the queue, and change in it?
//
// Every change, and every look at the content of a message, leaves an event
// with the operator and the message's id, whether it succeeded or not.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_QUEUE_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_QUEUE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailcore/server/control/control.pb.h"
#include "mailcore/server/control/operator.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently. They block on the
// spool.
class ControlQueue {
 public:
  using Send = std::function<void(const control::Response&)>;

  // Neither pointer is owned; both must outlive this. `retry_now` is called
  // on any thread when messages may be due.
  ControlQueue(const Parts* parts, const Current<Snapshot>* current,
               std::function<void()> retry_now)
      : parts_(parts), current_(current), retry_now_(std::move(retry_now)) {}

  // Each answers by calling `send` at least once. What fails as a whole is a
  // response with an error; of a change to several messages, each that failed
  // is named with its reason, and the others are changed all the same.
  void List(const control::QueueList& request, const Send& send) const;
  control::Response Show(const control::QueueShow& request) const;
  void Cat(const control::QueueCat& request, const Operator& by,
           const Send& send) const;
  void Change(const control::QueueChange& request, const Operator& by,
              const Send& send) const;

 private:
  using Action = control::QueueChange::Action;

  // Calls `use` for each message that matches, by id, until it returns false.
  void ForEach(const control::QueueFilter& filter, absl::string_view after,
               const std::function<bool(const spool::QueueEntry&,
                                        const spool::Envelope*)>& use) const;
  absl::Status ChangeOne(Action action, spool::QueueId id,
                         std::string* new_id) const;
  absl::Status Requeue(spool::QueueId id, std::string* new_id) const;
  absl::StatusOr<spool::Submission> NewSubmission(spool::QueueId id) const;
  void Record(const Operator& by, Action action, absl::string_view id,
              const absl::Status& status, absl::string_view new_id) const;

  const Parts* const parts_;
  const Current<Snapshot>* const current_;
  const std::function<void()> retry_now_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_QUEUE_H_
