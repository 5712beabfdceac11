// delivery.h: is everything that waits on its way?
//
// Takes due messages from the spool, asks route::Router where each recipient's
// copy goes, and brings it there: into a Maildir, or to the next hop by SMTP or
// LMTP (outbox.h). What became of each recipient is recorded in the spool
// before anything else is tried, so that a crash sends nothing twice but what
// was in that moment under way. Who has to be told is told (notifier.h), in the
// same commit that ends the message.

#ifndef MAILCORE_SERVER_DELIVER_DELIVERY_H_
#define MAILCORE_SERVER_DELIVER_DELIVERY_H_

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/server/deliver/attempt_recorder.h"
#include "mailcore/server/deliver/hop_asker.h"
#include "mailcore/server/deliver/hop_cache.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/server/deliver/outbox.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/server/queue/attempt.h"
#include "mailcore/server/runtime/io_thread.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/server/snapshot/routing.h"
#include "mailcore/server/tell/automatic_sender.h"
#include "mailcore/server/tell/notifier.h"
#include "mailcore/spool/retry_schedule.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What may change with a reload. Thread safety: immutable once shared.
struct DeliverySettings {
  std::shared_ptr<const Routing> routing;
  std::shared_ptr<policy::RecipientDirectory> directory;  // Names mailboxes.
  spool::RetrySchedule schedule;
  NotifierSettings notifier;
  Outbox::Options outbox;
};

// What a delivery works with. All of it outlives it.
struct DeliveryContext {
  spool::Spool* spool;
  io::SpoolWriter* writer;
  io::WorkerPool* pool;      // For the disk.
  io::WorkerPool* dns_pool;  // For the DNS alone: it may be slow.
  const base::Clock* clock;
  base::EventSink* events;
  Stats* stats;
  std::string hostname;  // Said in EHLO.
  // What delivered messages cause. Null: nothing.
  const AutomaticSender* automatic = nullptr;
  // Null: nobody asks who a sender's exchangers are.
  dns::Resolver* resolver = nullptr;
  StoreWatch* stores = nullptr;  // Null: nobody is told of faults of Maildirs.
};

// Thread safety: the public methods may be called from any thread; the rest
// runs on a thread of its own.
class Delivery {
 public:
  Delivery(DeliveryContext context,
           std::shared_ptr<const DeliverySettings> settings);
  ~Delivery();

  void Start();

  // There may be something due. Cheap; call it after each message.
  void Wake();

  // Delivers a message that is active (spool::Submission::taken) to the next
  // hops that take part in cut-through, while its client waits. `waiter.done`
  // is called once, in the end or after `limit`; the rest of the recipients
  // follow.
  void DeliverNow(spool::QueueId id, CutThroughWaiter waiter,
                  absl::Duration limit);

  // Asks the next hop of this recipient; `done` is called once with its answer
  // or what kept us from having one, and who said it.
  void Ask(HopQuestion question, HopAsker::Done done);

  // Whatever was suspended may be tried: an operator has said so.
  void RetryNow();

  // Begins nothing more. Returns when nothing is under way, or after `limit`:
  // what is cut off then stays in the spool.
  void Stop(absl::Duration limit);

  void SetSettings(std::shared_ptr<const DeliverySettings> settings);

 private:
  using AttemptPointer = std::shared_ptr<Attempt>;
  // Recipients of an attempt that go the same way.
  struct Group {
    route::Destination destination;
    route::MailClass mail_class = route::MailClass::kOrdinary;
    std::vector<size_t> recipients;
  };
  struct Plan;  // Where the groups of one attempt go.

  boost::asio::awaitable<void> Loop();
  boost::asio::awaitable<void> Sweep();
  boost::asio::awaitable<void> Load(std::vector<spool::QueueId> ids);
  boost::asio::awaitable<void> LoadNow(spool::QueueId id,
                                       std::unique_ptr<CutThroughWaiter> waiter,
                                       absl::Duration limit);
  boost::asio::awaitable<void> HoldUnreadable(spool::QueueId id,
                                              absl::Status why);
  void Begin(AttemptPointer attempt);
  std::vector<Group> GroupRecipients(Attempt& attempt) const;
  void FindHops(AttemptPointer attempt, std::shared_ptr<Plan> plan,
                Group group);
  void SendPlanned(AttemptPointer attempt, const std::shared_ptr<Plan>& plan);
  void Send(AttemptPointer attempt, const route::NextHops& hops, Group group);
  void OnSent(AttemptPointer attempt, const Group& group, SendResult result);
  boost::asio::awaitable<void> SendToMaildirs(AttemptPointer attempt,
                                              Group group);
  void PutOff(Attempt& attempt, const std::vector<size_t>& recipients,
              const std::string& why, absl::Duration pause);
  void Decide(Attempt& attempt, size_t recipient, const HopOutcome& outcome,
              const Group& group, bool kept_inside);
  void CloseGroup(AttemptPointer attempt);
  boost::asio::awaitable<void> Finish(AttemptPointer attempt);
  absl::Duration Age(const Attempt& attempt) const;
  bool CausesMail(const Attempt& attempt) const;
  boost::asio::awaitable<void> SendAutomatic(AttemptPointer attempt);
  // Whoever may have to be told is known by all that bounds it.
  boost::asio::awaitable<void> FindSender(AttemptPointer attempt);
  void Leave();  // A message is not active any more.
  boost::asio::awaitable<void> AnswerWaiter(AttemptPointer attempt);
  void ReportExpansions(Attempt& attempt);
  boost::asio::awaitable<void> Conclude(AttemptPointer attempt);
  spool::Progress TakeChanges(Attempt& attempt) const;
  void RecordOutcome(const Attempt& attempt, const Group& group,
                     size_t recipient, const HopOutcome& outcome);
  std::shared_ptr<const DeliverySettings> settings() const;

  const DeliveryContext context_;
  const Notifier notifier_;
  mutable std::mutex mutex_;  // Guards settings_.
  std::shared_ptr<const DeliverySettings> settings_;
  // Connections end with the loop, which takes them off the list.
  absl::flat_hash_set<HopConnection*> connections_;
  HopContext hop_context_;
  IoThread thread_;
  HopCache cache_;
  AttemptRecorder recorder_;
  Outbox outbox_;
  HopAsker asker_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer sweep_;
  std::atomic<bool> wake_posted_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> active_ = 0;  // Messages taken from the spool.
  size_t loading_ = 0;              // Of these, being read.
  size_t found_full_ = 0;  // Lately put off, as too many were before them.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_DELIVERY_H_
