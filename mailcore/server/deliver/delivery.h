// delivery.h: is everything that waits on its way?
//
// Takes due messages from the spool and runs an attempt for each of them
// (message_delivery.h), as many at once as it has room for. What became of each
// recipient is written down in the spool before anything else is tried, so that
// a crash sends nothing twice but what was under way in that moment.
//
//   Delivery delivery(&parts, &current);
//   delivery.Start();
//   delivery.Wake();  // After each message that was stored.
//   delivery.Stop(absl::Seconds(5));

#ifndef MAILCORE_SERVER_DELIVER_DELIVERY_H_
#define MAILCORE_SERVER_DELIVER_DELIVERY_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/server/deliver/attempt_recorder.h"
#include "mailcore/server/deliver/hop_asker.h"
#include "mailcore/server/deliver/hop_cache.h"
#include "mailcore/server/deliver/hop_connection.h"
#include "mailcore/server/deliver/message_delivery.h"
#include "mailcore/server/deliver/outbox.h"
#include "mailcore/server/deliver/reach_watch.h"
#include "mailcore/server/deliver/socket_hop_connection.h"
#include "mailcore/server/deliver/store_watch.h"
#include "mailcore/server/queue/cut_through.h"
#include "mailcore/server/queue/loaded_message.h"
#include "mailcore/server/runtime/clock_watch.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/io_thread.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/server/tell/automatic_sender.h"
#include "mailcore/server/tell/notifier.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What a delivery can have beside the parts of the server. What is pointed to
// outlives it.
struct DeliveryOptions {
  // What delivered messages cause. Null: nothing.
  const AutomaticSender* automatic = nullptr;
  StoreWatch* stores = nullptr;  // Null: nobody is told of faults of Maildirs.
  // Makes connections to next hops. Default: sockets.
  HopConnector connect = ConnectBySocket;
  // The pause between two tries to write down what became of a message; zero:
  // whatever else waits in the loop comes first. Ours.
  absl::Duration write_pause = absl::Seconds(1);
};

// Thread safety: the public methods may be called from any thread; the rest
// runs on a thread of its own.
class Delivery {
 public:
  // Neither `parts` nor `current` is owned; both must outlive the delivery.
  // Each attempt takes the snapshot that is in force when it begins.
  Delivery(const Parts* parts, const Current<Snapshot>* current,
           DeliveryOptions options = {});
  ~Delivery();

  void Start();

  // There may be something due, or another snapshot is in force. Cheap; call it
  // after each message.
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

  // In place of Start(), for a caller that has its own thread for it, as a test
  // has: does what can be done now, and returns whether that was anything.
  bool RunReady();
  // What Start() does once a second by itself: looks at all time limits.
  void CheckTime();

 private:
  boost::asio::awaitable<void> Loop();
  boost::asio::awaitable<void> Sweep();
  boost::asio::awaitable<void> Load(std::vector<spool::QueueId> ids);
  boost::asio::awaitable<void> LoadNow(spool::QueueId id,
                                       CutThroughWaiter waiter,
                                       absl::Duration limit);
  boost::asio::awaitable<void> Deliver(
      spool::QueueId id, LoadedMessage message,
      std::unique_ptr<WaitingClient> client = nullptr);
  boost::asio::awaitable<void> HoldUnreadable(spool::QueueId id,
                                              absl::Status why);
  void WatchClock();
  // A next hop takes mail again: what waited for that goes, paced.
  void OnReached(const std::string& key);
  void Leave();              // A message is not active any more.
  size_t MaxActive() const;  // By the snapshot that was taken last.
  // The snapshot in force; the outbox has its bounds from it.
  std::shared_ptr<const Snapshot> TakeSnapshot();

  const Parts& parts_;
  const Current<Snapshot>& current_;
  const DeliveryOptions options_;
  const Notifier notifier_;
  std::shared_ptr<const Snapshot> snapshot_;  // The last one that was taken.
  // Connections end with the loop, which takes them off the list.
  absl::flat_hash_set<HopConnection*> connections_;
  HopContext hop_context_;
  IoThread thread_;
  ClockWatch clock_watch_;
  HopCache cache_;
  ReachWatch reach_watch_;
  AttemptRecorder recorder_;
  Outbox outbox_;
  HopAsker asker_;
  const DeliveryTools tools_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer sweep_;
  std::atomic<bool> wake_posted_ = false;
  std::atomic<bool> stopping_ = false;
  bool is_driven_ = false;          // By RunReady().
  std::atomic<size_t> active_ = 0;  // Messages taken from the spool.
  size_t loading_ = 0;              // Of these, being read.
  size_t found_full_ = 0;  // Lately put off, as too many were before them.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_DELIVERY_H_
