// policy_handler.h: the server's own answers: the policies and the spool.

#ifndef MAILCORE_SERVER_POLICY_HANDLER_H_
#define MAILCORE_SERVER_POLICY_HANDLER_H_

#include <functional>
#include <memory>
#include <mutex>

#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/server/mail_handler.h"
#include "mailcore/server/policies.h"
#include "mailcore/server/stats.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class PolicyHandler : public MailHandler {
 public:
  // All pointers must outlive this. `on_accepted` is called on any thread
  // after a message that has somewhere to go is durable.
  PolicyHandler(spool::Spool* spool, io::SpoolWriter* writer,
                const Clock* clock, EventSink* events, Stats* stats,
                std::function<void()> on_accepted,
                std::shared_ptr<const Policies> policies);

  void SetPolicies(std::shared_ptr<const Policies> policies);
  std::shared_ptr<const Policies> policies() const;

  bool MayBlock() const override;
  policy::Decision DecideMail(const SessionInfo& session,
                              const smtp::MailFrom& mail) override;
  policy::Decision DecideRcpt(const SessionInfo& session,
                              const spool::Envelope& envelope,
                              const smtp::RcptTo& rcpt) override;
  spool::MessageWriter NewMessage() override;
  void Accept(const SessionInfo& session, spool::Envelope envelope,
              spool::MessageWriter content,
              std::function<void(smtp::Reply)> done) override;

 private:
  spool::Spool* const spool_;
  io::SpoolWriter* const writer_;
  const Clock* const clock_;
  EventSink* const events_;
  Stats* const stats_;
  const std::function<void()> on_accepted_;
  mutable std::mutex mutex_;  // Guards policies_.
  std::shared_ptr<const Policies> policies_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_POLICY_HANDLER_H_
