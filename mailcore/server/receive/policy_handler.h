// policy_handler.h: the server's own answers: the policies and the spool.

#ifndef MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_
#define MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_

#include <functional>
#include <memory>

#include "mailcore/base/event.h"
#include "mailcore/server/queue/cut_through.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class PolicyHandler : public MailHandler {
 public:
  // Delivers a message that is active while its client waits (Delivery). It is
  // called on any thread, after the message is durable.
  using DeliverNow = std::function<void(spool::QueueId, CutThroughWaiter)>;

  // Neither pointer is owned; both must outlive this. Scanners are asked on
  // `parts->scan_pool`.
  PolicyHandler(const Parts* parts, const Current<Snapshot>* current,
                DeliverNow deliver_now);

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
  void Scan(const Snapshot& snapshot, const SessionInfo& session,
            std::shared_ptr<Arrival> arrival);
  // What the scanners say about it, or what no scanner could.
  void Judge(const Snapshot& snapshot, const policy::ContentDecision& made,
             const SessionInfo& session, std::shared_ptr<Arrival> arrival);
  // False, and the client is told, if a bounce may not be passed on along a
  // rewritten sender.
  bool MayBePassedOn(const Snapshot& snapshot, Arrival& arrival);
  void Store(const Snapshot& snapshot, std::shared_ptr<Arrival> arrival);
  void RecordAccepted(const base::Event& accepted);
  // What this session's message is decided by.
  std::shared_ptr<const Snapshot> SnapshotOf(const SessionInfo& session) const;

  const Parts* const parts_;
  const Current<Snapshot>* const current_;
  const DeliverNow deliver_now_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_POLICY_HANDLER_H_
