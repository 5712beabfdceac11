// delivery.h: is everything that waits on its way?
//
// Takes due messages from the spool and brings them to where RouteTable says:
// a Maildir, an LMTP server or the next SMTP hop. What became of each
// recipient is recorded in the spool before anything else is tried, so that a
// crash sends nothing twice but what was in that moment under way. A recipient
// that can never be delivered to makes the message held and an alarm raised:
// nothing is dropped.

#ifndef MAILCORE_SERVER_DELIVERY_H_
#define MAILCORE_SERVER_DELIVERY_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/server/io_thread.h"
#include "mailcore/server/route_table.h"
#include "mailcore/server/smtp_transport.h"
#include "mailcore/server/stats.h"
#include "mailcore/spool/retry_schedule.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What may change with a reload. Thread safety: immutable once shared.
struct DeliverySettings {
  std::shared_ptr<const RouteTable> routes;
  std::shared_ptr<policy::RecipientDirectory> directory;  // Names mailboxes.
  spool::RetrySchedule schedule;
  // A destination that does not answer is left alone this long at first,
  // doubled with each further failure, up to half an hour. Ours.
  absl::Duration first_suspension = absl::Seconds(30);
  size_t concurrency = 50;                  // Messages at once. Ours.
  size_t concurrency_per_destination = 10;  // Ours.
};

// Thread safety: Start(), Stop(), Wake() and SetSettings() may be called from
// any thread; the rest runs on a thread of its own.
class Delivery {
 public:
  // All pointers must outlive this.
  Delivery(TransportContext transport, io::SpoolWriter* writer,
           const Clock* clock, EventSink* events, Stats* stats,
           std::shared_ptr<const DeliverySettings> settings);
  ~Delivery();

  void Start();

  // There may be something due. Cheap; call it after each message.
  void Wake();

  // Whatever was suspended may be tried: an operator has said so.
  void RetryNow();

  // Begins nothing more. Returns when nothing is under way, or after `limit`:
  // what is cut off then stays in the spool.
  void Stop(absl::Duration limit);

  void SetSettings(std::shared_ptr<const DeliverySettings> settings);

 private:
  // What the last attempts told of a destination, so that a dead one is asked
  // by one message at a time and not by all that wait for it.
  struct DestinationState {
    size_t active = 0;
    int failures = 0;            // Connections refused or lost in a row.
    absl::Time suspended_until;  // Nothing is tried before.
  };
  struct Attempt {
    spool::QueueId id;
    spool::Envelope envelope;
    absl::Time next_attempt = absl::InfiniteFuture();
    bool tried = false;  // A destination was really asked.
  };

  boost::asio::awaitable<void> Loop();
  boost::asio::awaitable<void> Deliver(spool::QueueId id);
  boost::asio::awaitable<void> DeliverGroup(Attempt& attempt,
                                            const Destination& to,
                                            std::vector<size_t> recipients);
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> Send(
      const Attempt& attempt, const Destination& to,
      const std::vector<size_t>& recipients, bool* answered);
  boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> DeliverToMaildirs(
      const Attempt& attempt, const Destination& to,
      const std::vector<size_t>& recipients);
  boost::asio::awaitable<smtp::Reply> DeliverToMaildir(const Attempt& attempt,
                                                       const Destination& to,
                                                       size_t recipient);
  void DeferGroup(Attempt& attempt, const std::vector<size_t>& recipients,
                  const std::string& why, absl::Time until);
  spool::Progress ApplyOutcomes(
      Attempt& attempt, const Destination& to,
      const std::vector<size_t>& recipients,
      const std::vector<smtp::RecipientOutcome>& outcomes);
  boost::asio::awaitable<void> Finish(Attempt attempt);
  // Records `progress` durably, however long that takes: what is not recorded
  // would be delivered again.
  boost::asio::awaitable<void> Save(spool::Progress progress);
  void RecordNotStored(spool::QueueId id, const absl::Status& status);
  void RecordOutcome(const Attempt& attempt, const Destination& to,
                     const spool::Recipient& recipient,
                     const smtp::RecipientOutcome& outcome);
  std::shared_ptr<const DeliverySettings> settings() const;

  const TransportContext transport_;
  io::SpoolWriter* const writer_;
  const Clock* const clock_;
  EventSink* const events_;
  Stats* const stats_;
  mutable std::mutex mutex_;  // Guards settings_.
  std::shared_ptr<const DeliverySettings> settings_;
  IoThread thread_;
  boost::asio::steady_timer wake_;
  std::atomic<bool> wake_posted_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> active_ = 0;
  absl::flat_hash_map<std::string, DestinationState> destinations_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVERY_H_
