// policy_handler.h: the server's own answers: the policies and the spool.

#ifndef MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_
#define MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_

#include <functional>
#include <memory>
#include <mutex>

#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/queue/cut_through.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/server/snapshot/policies.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class PolicyHandler : public MailHandler {
 public:
  // Both are called on any thread, after a message is durable.
  struct Next {
    std::function<void()> wake;  // There is something to deliver.
    // Delivers one that is active while its client waits (Delivery).
    std::function<void(spool::QueueId, CutThroughWaiter)> deliver_now;
  };

  // All pointers must outlive this. What scanners are asked runs on
  // `scan_pool`.
  PolicyHandler(spool::Spool* spool, io::SpoolWriter* writer,
                io::WorkerPool* scan_pool, const base::Clock* clock,
                base::EventSink* events, Stats* stats, Next next,
                std::shared_ptr<const Policies> policies);

  void SetPolicies(std::shared_ptr<const Policies> policies);
  std::shared_ptr<const Policies> policies() const;

  bool MayBlock(const SessionInfo& session) const override;
  policy::Decision DecideMail(const SessionInfo& session,
                              const smtp::MailFrom& mail) override;
  policy::Decision DecideRcpt(const SessionInfo& session,
                              const spool::Envelope& envelope,
                              const smtp::RcptTo& rcpt) override;
  spool::MessageWriter NewMessage() override;
  void Accept(const SessionInfo& session, IncomingMessage message,
              std::function<void(std::vector<smtp::Reply>)> done) override;

 private:
  using Done = std::function<void(std::vector<smtp::Reply>)>;
  struct Arrival;  // A whole message on its way into the spool.

  // Asks the scanners; then refuses or stores. Blocks.
  void Scan(const Policies& policies, const SessionInfo& session,
            std::shared_ptr<Arrival> arrival);
  // What the scanners say about it, or what no scanner could.
  void Judge(const Policies& policies, const policy::ContentDecision& made,
             const SessionInfo& session, std::shared_ptr<Arrival> arrival);
  // False, and the client is told, if a bounce may not be passed on along a
  // rewritten sender.
  bool MayBePassedOn(const Policies& policies, Arrival& arrival);
  void Store(const Policies& policies, std::shared_ptr<Arrival> arrival);
  spool::Spool* const spool_;
  io::SpoolWriter* const writer_;
  io::WorkerPool* const scan_pool_;
  const base::Clock* const clock_;
  base::EventSink* const events_;
  Stats* const stats_;
  const Next next_;
  mutable std::mutex mutex_;  // Guards policies_.
  std::shared_ptr<const Policies> policies_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_
