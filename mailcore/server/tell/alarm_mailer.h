// alarm_mailer.h: do the administrators hear of every alarm?
//
// Stands before the server's sink of events: passes each of them on, and mails
// the alarms to administrator and deputy (R20), at once for the first and then
// at most once an interval (notify/alarm_digest.h).
//
// No mail of it can cause another one without end:
//   - It is sent from <> and marked automatic, so its own failure is answered
//     by no notification, and is no alarm (notify::NdnPolicy).
//   - Whatever else befalls it in the queue, as that it may not leave the house
//     or cannot be read, is logged and not collected: its ids are known. After
//     a restart they are not; that costs one more mail, and no chain of them.
//   - That it could not be stored is a warning and no alarm. It is tried again
//     after a pause, with what has come since.
//   - Whatever happens, there is at most one mail an interval.
//
// What waits when the server stops is stored too, to be sent when it would have
// been. After a crash what had not been mailed is in the log alone.

#ifndef MAILCORE_SERVER_TELL_ALARM_MAILER_H_
#define MAILCORE_SERVER_TELL_ALARM_MAILER_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/notify/alarm_digest.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::server {

// Thread safety: Record() and Wake() may run concurrently with all; Start() and
// Stop() belong to the owner.
class AlarmMailer : public base::EventSink {
 public:
  // Not owned; must outlive this. Collects alarms from now on.
  AlarmMailer(base::EventSink* next, const base::Clock* clock)
      : next_(next), clock_(clock) {}
  ~AlarmMailer() override { Stop(); }

  void Record(const base::Event& event) override;

  // Mails what has been collected, and what will be, as the snapshot in force
  // has it. Both must outlive Stop(); `current` holds a snapshot.
  void Start(const Parts* parts, const Current<Snapshot>* current);
  // Another snapshot is in force: its interval may be shorter.
  void Wake();

  // Stores what waits. Alarms that come later are only passed on.
  void Stop();

 private:
  void Run();
  void Mail(notify::Alarms alarms, absl::Duration pause);
  // Blocks until it is durable.
  absl::StatusOr<spool::QueueId> Store(const notify::Alarms& alarms,
                                       absl::Duration pause);
  void Remember(spool::QueueId id);

  base::EventSink* const next_;
  const base::Clock* const clock_;
  const Parts* parts_ = nullptr;                // Set by Start().
  const Current<Snapshot>* current_ = nullptr;  // Set by Start().
  std::thread thread_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  notify::AlarmDigest digest_;
  bool stop_ = false;
  // Ids of the mails that may still be in the queue, the oldest first.
  std::deque<std::string> own_;
  absl::flat_hash_set<std::string> own_ids_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_ALARM_MAILER_H_
