// control_answers.h: the answers to the command `mailsec`.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_

#include <functional>
#include <utility>

#include "mailcore/server/control/control.pb.h"
#include "mailcore/server/control/control_automatic.h"
#include "mailcore/server/control/control_queue.h"
#include "mailcore/server/control/operator.h"
#include "mailcore/server/receive/policy_handler.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class ControlAnswers {
 public:
  // None is owned; all must outlive this.
  ControlAnswers(const Parts* parts, const Current<Snapshot>* current,
                 PolicyHandler* handler, ControlQueue queue,
                 ControlAutomatic automatic)
      : parts_(*parts),
        current_(current),
        handler_(handler),
        queue_(std::move(queue)),
        automatic_(std::move(automatic)) {}

  // Calls `send` for each response, and records who has asked for what. Blocks
  // on the spool and on the policies.
  void Answer(const control::Request& request, const Operator& by,
              const std::function<void(const control::Response&)>& send);

 private:
  using Send = std::function<void(const control::Response&)>;
  void Looked(const Operator& by, absl::string_view action,
              absl::string_view at) const;
  void Changed(const Operator& by, absl::string_view action,
               absl::string_view mailbox,
               const control::Response& response) const;
  control::Response Explain(const control::Explain& request);
  control::Response Check();

  const Parts& parts_;
  const Current<Snapshot>* const current_;
  PolicyHandler* const handler_;
  const ControlQueue queue_;
  const ControlAutomatic automatic_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_ANSWERS_H_
