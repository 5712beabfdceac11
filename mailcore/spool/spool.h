// spool.h: is the mail that we answered 250 for still there?
//
//   absl::StatusOr<std::unique_ptr<Spool>> spool =
//       Spool::Open(SpoolOptions(), &disk, &clock, &events);
//   MessageWriter content = (*spool)->NewMessage();
//   (void)content.Append("Subject: hello\r\n\r\n");
//   std::vector<Submission> batch;
//   batch.push_back({.envelope = envelope, .content = std::move(content)});
//   auto ids = (*spool)->Commit(std::move(batch), {});  // Now say 250.
//
// The clock may be set. Mail therefore waits by Clock::Uptime(); the time of
// day is only stored for the next start, and shown to people.
//
// io::SpoolWriter is the thread that commits for many sessions at once.

#ifndef MAILCORE_SPOOL_SPOOL_H_
#define MAILCORE_SPOOL_SPOOL_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/spool/disk.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/message_writer.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/retry_schedule.h"
#include "mailcore/spool/sealer.h"
#include "mailcore/spool/store.h"

namespace mailsec::spool {

struct SpoolOptions {
  // Size of a file of the log. Default: 64 MiB.
  uint64_t segment_octets = 64 << 20;
  // A larger message gets a file of its own; so does any above a quarter of a
  // segment.
  uint64_t max_inline_octets = 1 << 20;
  // So much may all incoming messages hold in memory together.
  uint64_t max_gathered_octets = 256 << 20;
  // Never used up by new mail (R10).
  uint64_t reserve_octets = 64 << 20;
  uint64_t reserve_inodes = 1000;
  // After a start no message waits longer than its longest pause, whatever time
  // is stored on the disk.
  RetrySchedule schedule = RetrySchedule();
  // The last one seals; the others still open. Empty: not sealed.
  std::vector<SpoolKey> keys = {};
};

struct RecipientChange {
  size_t recipient = 0;  // Its index in the envelope.
  RecipientState state = RecipientState::kPending;
  std::string last_reply = {};
  std::string hop = {};    // As in Recipient.
  std::string cause = {};  // As in Recipient.
};

// The result of an attempt. One with `attempts` above the message's ends the
// attempt: the message waits for `pause`, counted from the commit, and its age
// is written down. Others only record changes.
struct Progress {
  QueueId id = {};
  std::vector<RecipientChange> changes = {};
  uint32_t attempts = 0;
  absl::Duration pause = absl::InfiniteDuration();
  bool hold = false;        // With the end of the attempt, hold the message.
  bool done = false;        // Forget the message.
  bool delay_told = false;  // As Envelope::delay_told; never set back.
};

struct Submission {
  Envelope envelope;
  MessageWriter content;
  // The first attempt waits for so long. Default: due at once.
  absl::Duration first_pause = absl::ZeroDuration();
  // Active from the start, as if TakeDue() had returned it.
  bool taken = false;
  bool held = false;  // Until somebody releases it; then it is not taken.
  // Becomes durable together with the message, or neither does, even if a crash
  // comes in between: a notification, and the end of the message it is about.
  std::vector<Progress> progress = {};
};

enum class QueueState {
  kWaiting,  // Until next_attempt.
  kActive,   // Taken by TakeDue(), until its Progress or PutBack() comes.
  kHeld,     // Until somebody releases it.
};

struct QueueEntry {
  QueueId id = {};
  absl::Time received;
  // As the clock is set now. InfinitePast if it waits and is due already.
  absl::Time next_attempt;
  // What comes to Envelope::age when this attempt ends.
  absl::Duration waited = {};
  uint64_t octets = 0;
  QueueState state = QueueState::kWaiting;
  uint32_t attempts = 0;
  bool under_way = false;  // It is being delivered, held or not.
};

// Thread safety: all methods may run concurrently; those that write wait for
// each other.
class Spool {
 public:
  // Recovers what is on the disk. The pointers are not owned and must outlive
  // the spool.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(SpoolOptions options,
                                                     Disk* disk,
                                                     const base::Clock* clock,
                                                     base::EventSink* events);
  // Over any store. `disk` may be null: then there is always space.
  static absl::StatusOr<std::unique_ptr<Spool>> OpenStore(
      SpoolOptions options, std::unique_ptr<SpoolStore> store, Disk* disk,
      const base::Clock* clock);

  MessageWriter NewMessage();

  // Durable on return, with few flushes for all. One result a submission:
  // ResourceExhausted if there is no room, or if the envelope has so many
  // recipients that their fates would not fit into a segment; another error if
  // it may not be on the disk. `progress` rides along; `*progress_results` gets
  // one status for each of them, and what could not be written leaves its
  // message as it was, and the others written.
  std::vector<absl::StatusOr<QueueId>> Commit(
      std::vector<Submission> batch, std::vector<Progress> progress,
      std::vector<absl::Status>* progress_results = nullptr);
  // One alone. OK if there is no such message any more.
  absl::Status Record(const Progress& progress);

  // NotFound if there is no such message, DataLoss if it is damaged.
  absl::StatusOr<Envelope> ReadEnvelope(QueueId id) const;
  // The content with Envelope::added_fields before it. A caller that has read
  // the envelope already passes it, so that it is not read again.
  absl::StatusOr<std::unique_ptr<ContentReader>> OpenContent(
      QueueId id, const Envelope* known = nullptr) const;

  // Up to `max` messages that are due, earliest first; they are active now.
  std::vector<QueueId> TakeDue(size_t max);
  // How long until one is due: zero if one is, InfiniteDuration if none waits.
  absl::Duration UntilDue() const;

  // Ends an attempt in which nothing was tried: the message waits for `pause`.
  // Costs no write, so a restart forgets it. Of a message that is not active:
  // nothing.
  void PutBack(QueueId id, absl::Duration pause);

  // A message that waits for longer than `pause` waits only for that. Costs no
  // write. Of any other message: nothing.
  void Hasten(QueueId id, absl::Duration pause);

  std::vector<QueueEntry> List() const;  // By id.
  absl::StatusOr<QueueEntry> Find(QueueId id) const;

  // Durable on return. NotFound if there is no such message.
  absl::Status Hold(QueueId id);
  // Due at once, or when the attempt that is under way has ended; recipients
  // that were given up are pending again. Of a message that is not held:
  // nothing.
  absl::Status Release(QueueId id);
  // As Release(), whether it is held or not; and the next attempt asks nobody:
  // its recipients are given up as if its time were over. A later Release() of
  // the same message, when it is held, takes that back. FailedPrecondition
  // while it is being delivered.
  absl::Status GiveUp(QueueId id);
  absl::Status Remove(QueueId id);
  // All that waits is due now; how many that is. Not kept over a restart.
  size_t Flush();

  // ResourceExhausted if `octets` more would touch the reserve. Cheap: asks
  // the disk at most once a second.
  absl::Status CheckSpace(uint64_t octets) const;

  // Gives space back and prepares for more. True if there is more to do. For
  // when nothing else is.
  absl::StatusOr<bool> Maintain();

 private:
  // Uptimes are in microseconds.
  struct Entry {
    int64_t received = 0;  // The time of day, in microseconds since 1970.
    int64_t due = 0;       // The uptime of the next attempt.
    // The uptime since when its age is not written down; moved on by whatever
    // does not count.
    int64_t since = 0;
    uint64_t octets = 0;
    uint32_t attempts = 0;
    bool held = false;
    bool taken = false;  // By TakeDue(); then nobody else gets it, held or not.

    QueueState State() const {
      return held    ? QueueState::kHeld
             : taken ? QueueState::kActive
                     : QueueState::kWaiting;
    }
  };
  struct Changes;

  Spool(SpoolOptions options, std::unique_ptr<SpoolStore> store, Disk* disk,
        const base::Clock* clock);

  int64_t Uptime() const;
  int64_t After(absl::Duration pause) const;  // The uptime then.
  // For StoredState: the time of day at this uptime; INT64_MIN if it has come.
  int64_t WallTime(int64_t uptime) const;
  void Recover(const SpoolStore::Recovered& recovered);
  std::vector<absl::Status> ApplyProgress(const std::vector<Progress>& all);
  absl::Status AddChanges(const Progress& progress, Changes* changes) const;
  // `changes` must live until the batch is committed.
  static void AddToBatch(const Changes& changes, StoreBatch* batch);
  absl::Status CommitMessages(std::vector<Submission>& batch,
                              const std::vector<std::string>& envelopes,
                              size_t begin, size_t end);
  uint64_t BatchOctets() const;  // So much at most goes into one batch.
  bool Fits(const Envelope& envelope, const std::string& octets) const;
  // What an operator does to a message.
  enum class Order { kHold, kRelease, kGiveUp };
  absl::Status CarryOut(QueueId id, Order order);
  // mutex_ is held for these.
  void Finish(const Changes& changes);
  void Schedule(QueueId id, const Entry& entry);
  bool IsCurrent(const std::pair<int64_t, QueueId>& due) const;
  int64_t Waited(const Entry& entry) const;  // In microseconds.
  QueueEntry ToQueueEntry(QueueId id, const Entry& entry) const;

  const SpoolOptions options_;
  const std::unique_ptr<SpoolStore> store_;
  Disk* const disk_;
  const base::Clock* const clock_;
  const std::shared_ptr<GatherBudget> budget_;
  std::atomic<uint64_t> next_id_ = 1;

  std::mutex commit_mutex_;  // One writer at a time.

  mutable std::mutex mutex_;  // Guards what follows; never held over I/O.
  absl::flat_hash_map<QueueId, Entry> entries_;
  // A heap, the earliest first. An item counts only if its entry waits for
  // exactly that time.
  mutable std::vector<std::pair<int64_t, QueueId>> due_;

  mutable std::mutex space_mutex_;  // Guards the cached space.
  mutable absl::Duration space_asked_ = -absl::InfiniteDuration();
  mutable DiskSpace space_;
};

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_SPOOL_H_
