// control_answers.h: the answers to the command `mailsec`.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_

#include <functional>
#include <utility>

#include "mailcore/server/control/control.pb.h"
#include "mailcore/server/control/control_automatic.h"
#include "mailcore/server/receive/policy_handler.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class ControlAnswers {
 public:
  // None is owned; all must outlive this. `on_released` is called when messages
  // may be due.
  ControlAnswers(const Parts* parts, const Current<Snapshot>* current,
                 PolicyHandler* handler, std::function<void()> on_released,
                 ControlAutomatic automatic)
      : parts_(*parts),
        current_(current),
        handler_(handler),
        on_released_(std::move(on_released)),
        automatic_(std::move(automatic)) {}

  // Calls `send` for each response. Blocks on the spool and on the policies.
  void Answer(const control::Request& request,
              const std::function<void(const control::Response&)>& send);

 private:
  using Send = std::function<void(const control::Response&)>;
  void List(const Send& send);
  control::Response Show(const control::QueueShow& request);
  control::Response Change(const control::QueueChange& request);
  control::Response Explain(const control::Explain& request);
  control::Response Check();

  const Parts& parts_;
  const Current<Snapshot>* const current_;
  PolicyHandler* const handler_;
  const std::function<void()> on_released_;
  const ControlAutomatic automatic_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_
