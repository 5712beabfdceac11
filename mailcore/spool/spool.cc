#include "mailcore/spool/spool.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "mailcore/message/in_front.h"
#include "mailcore/spool/log_store.h"
#include "mailcore/spool/space_guard.h"

namespace mailsec::spool {
namespace {

using base::Clock;

constexpr absl::Duration kSpaceAge = absl::Seconds(1);
constexpr uint64_t kMaxBatchOctets = 8 << 20;  // In one write.
constexpr size_t kMaxStaleDue = 1000;
// What a record takes beside its payload, generously.
constexpr uint64_t kRecordOctets = 256;
// So much can an envelope grow by each recipient: by a reply, the name of who
// gave it, and a cause. A server bounds the replies that it keeps.
constexpr uint64_t kFateOctets = 600;

// A content and what stands before it.
class WithFieldsBefore : public ContentReader {
 public:
  WithFieldsBefore(std::string fields, std::unique_ptr<ContentReader> content)
      : fields_(std::move(fields)), content_(std::move(content)) {}
  absl::StatusOr<absl::string_view> Next() override {
    const absl::StatusOr<absl::string_view> piece = content_->Next();
    if (!piece.ok() || fields_.empty()) return piece;
    first_ = message::InFront(std::exchange(fields_, std::string()), *piece);
    return absl::string_view(first_);
  }

 private:
  std::string fields_;  // Until they are read.
  std::string first_;   // They and the first piece of the content.
  const std::unique_ptr<ContentReader> content_;
};

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

absl::Duration ToDuration(int64_t micros) {
  return micros == kNever ? absl::InfiniteDuration()
                          : absl::Microseconds(micros);
}

absl::Status NoSuchMessage(QueueId id) {
  return absl::NotFoundError(
      absl::StrCat("there is no message ", id.ToString()));
}

// The envelope `octets`, with those pending that had been given up. `given_up`
// is for the next attempt.
absl::StatusOr<std::string> WithPendingAgain(absl::string_view octets,
                                             bool given_up) {
  absl::StatusOr<Envelope> envelope = ParseEnvelope(octets);
  if (!envelope.ok()) return envelope.status();
  envelope->given_up = given_up;
  for (Recipient& recipient : envelope->recipients) {
    if (recipient.state == RecipientState::kFailed) {
      recipient.state = RecipientState::kPending;
    }
  }
  return SerializeEnvelope(*envelope);
}

}  // namespace

// New envelopes of one commit; several changes to one message make one record.
struct Spool::Changes {
  struct Change {
    Envelope envelope;
    StoredState state;
    bool ends_attempt = false;
    int64_t due = 0;  // The uptime, if it does.
    std::string octets;
  };
  std::map<QueueId, Change> updates;
  std::vector<QueueId> done;

  // Those with the lowest ids that go into one batch of `octets`; at least one.
  Changes TakeFirst(uint64_t octets) {
    Changes first;
    uint64_t taken = 0;
    while (!updates.empty()) {
      const auto it = updates.begin();
      taken += it->second.octets.size() + kRecordOctets;
      if (!first.updates.empty() && taken > octets) return first;
      first.updates.insert(updates.extract(it));
    }
    while (!done.empty() &&
           (first.empty() || (taken += kRecordOctets) <= octets)) {
      first.done.push_back(done.back());
      done.pop_back();
    }
    return first;
  }
  bool empty() const { return updates.empty() && done.empty(); }
};

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options,
                                                   Disk* disk,
                                                   const Clock* clock,
                                                   base::EventSink* events) {
  LogStore::Options log;
  log.segment_octets = options.segment_octets;
  log.keys = options.keys;
  auto store = std::make_unique<LogStore>(std::move(log), disk, clock, events);
  return OpenStore(std::move(options), std::move(store), disk, clock);
}

absl::StatusOr<std::unique_ptr<Spool>> Spool::OpenStore(
    SpoolOptions options, std::unique_ptr<SpoolStore> store, Disk* disk,
    const Clock* clock) {
  options.max_inline_octets =
      std::min(options.max_inline_octets, options.segment_octets / 4);
  std::unique_ptr<Spool> spool(
      new Spool(std::move(options), std::move(store), disk, clock));
  absl::StatusOr<SpoolStore::Recovered> recovered = spool->store_->Recover();
  if (!recovered.ok()) return recovered.status();
  spool->Recover(*recovered);
  return spool;
}

Spool::Spool(SpoolOptions options, std::unique_ptr<SpoolStore> store,
             Disk* disk, const Clock* clock)
    : options_(std::move(options)),
      store_(std::move(store)),
      disk_(disk),
      clock_(clock),
      budget_(std::make_shared<GatherBudget>()) {
  budget_->max_octets = options_.max_gathered_octets;
  budget_->max_message_octets = options_.max_inline_octets;
}

int64_t Spool::Uptime() const {
  return absl::ToInt64Microseconds(clock_->Uptime());
}

int64_t Spool::After(absl::Duration pause) const {
  return absl::ToInt64Microseconds(clock_->Uptime() +
                                   std::max(pause, absl::ZeroDuration()));
}

int64_t Spool::WallTime(int64_t uptime) const {
  if (uptime == kNever) return kNever;
  if (uptime <= Uptime()) return std::numeric_limits<int64_t>::min();
  return absl::ToUnixMicros(clock_->Now()) + (uptime - Uptime());
}

void Spool::Recover(const SpoolStore::Recovered& recovered) {
  next_id_ = recovered.next_id;
  const int64_t now = absl::ToUnixMicros(clock_->Now());
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const StoredState& state : recovered.messages) {
    // The clock may have been wrong when the disk was written, or be so now.
    const absl::Duration said =
        state.next_attempt <= now
            ? absl::ZeroDuration()
            : ToDuration(state.next_attempt) - absl::Microseconds(now);
    const absl::Duration longest =
        state.attempts == 0 ? options_.schedule.LongestPause()
                            : options_.schedule.Pause(state.id, state.attempts);
    const Entry entry = {.received = state.received,
                         .due = After(std::min(said, longest)),
                         .since = Uptime(),
                         .octets = state.octets,
                         .attempts = state.attempts,
                         .held = state.held};
    entries_[state.id] = entry;
    Schedule(state.id, entry);
  }
}

void Spool::Schedule(QueueId id, const Entry& entry) {
  if (entry.State() != QueueState::kWaiting) return;
  // What is not current any more lies in the heap until its time comes. Do not
  // let that grow beyond what is.
  if (due_.size() > kMaxStaleDue + 2 * entries_.size()) {
    std::erase_if(due_, [&](const auto& due) { return !IsCurrent(due); });
    std::make_heap(due_.begin(), due_.end(), std::greater<>());
  }
  due_.emplace_back(entry.due, id);
  std::push_heap(due_.begin(), due_.end(), std::greater<>());
}

// True if its message waits for exactly that time.
bool Spool::IsCurrent(const std::pair<int64_t, QueueId>& due) const {
  const auto found = entries_.find(due.second);
  return found != entries_.end() &&
         found->second.State() == QueueState::kWaiting &&
         found->second.due == due.first;
}

MessageWriter Spool::NewMessage() {
  return MessageWriter(QueueId(next_id_++), store_.get(), budget_);
}

uint64_t Spool::BatchOctets() const {
  return std::min(kMaxBatchOctets, options_.segment_octets / 2);
}

// What became of its recipients has to fit later too.
bool Spool::Fits(const Envelope& envelope, const std::string& octets) const {
  return octets.size() + envelope.recipients.size() * kFateOctets <=
         options_.segment_octets / 2;
}

std::vector<absl::StatusOr<QueueId>> Spool::Commit(
    std::vector<Submission> batch, std::vector<Progress> progress,
    std::vector<absl::Status>* progress_results) {
  const std::lock_guard<std::mutex> commit_lock(commit_mutex_);
  // Written apart from messages only if there are none.
  std::vector<absl::StatusOr<QueueId>> results;
  std::vector<std::string> envelopes;
  for (const Submission& submission : batch) {
    envelopes.push_back(SerializeEnvelope(submission.envelope));
  }
  const auto octets_of = [&](size_t i) {
    return kRecordOctets + envelopes[i].size() +
           batch[i].content.content().size();
  };
  size_t begin = 0;
  while (begin < batch.size()) {
    // One with progress has a commit of its own.
    size_t end = begin + 1;
    uint64_t octets = octets_of(begin);
    while (batch[begin].progress.empty() && end < batch.size() &&
           batch[end].progress.empty() &&
           octets + octets_of(end) <= BatchOctets()) {
      octets += octets_of(end++);
    }
    const absl::Status status = CommitMessages(batch, envelopes, begin, end);
    for (size_t i = begin; i < end; ++i) {
      const absl::Status own = batch[i].content.Finish();
      if (!own.ok()) {
        results.push_back(own);
      } else if (!Fits(batch[i].envelope, envelopes[i])) {
        results.push_back(absl::ResourceExhaustedError(
            "the envelope has too many recipients for a segment of the spool"));
      } else if (!status.ok()) {
        results.push_back(status);
      } else {
        results.push_back(batch[i].content.id());
      }
    }
    begin = end;
  }
  std::vector<absl::Status> recorded = ApplyProgress(progress);
  if (progress_results != nullptr) *progress_results = std::move(recorded);
  return results;
}

absl::Status Spool::Record(const Progress& progress) {
  std::vector<absl::Status> results;
  (void)Commit({}, {progress}, &results);
  return results[0];
}

absl::Status Spool::CommitMessages(std::vector<Submission>& batch,
                                   const std::vector<std::string>& envelopes,
                                   size_t begin, size_t end) {
  StoreBatch store_batch;
  Changes changes;
  // One for each of store_batch.messages.
  std::vector<const Submission*> submissions;
  for (size_t i = begin; i < end; ++i) {
    Submission& submission = batch[i];
    if (!submission.content.Finish().ok() ||
        !Fits(submission.envelope, envelopes[i])) {
      continue;
    }
    store_batch.messages.push_back(
        {.state = {.id = submission.content.id(),
                   .received = absl::ToUnixMicros(submission.envelope.received),
                   .next_attempt = WallTime(After(submission.first_pause)),
                   .octets = submission.content.octets(),
                   .attempts = submission.envelope.attempts,
                   .held = submission.held},
         .envelope = envelopes[i],
         .content = submission.content.content(),
         .file = submission.content.file()});
    submissions.push_back(&submission);
    for (const Progress& progress : submission.progress) {
      absl::Status status = AddChanges(progress, &changes);
      if (!status.ok()) return status;
      store_batch.whole = true;
    }
  }
  if (store_batch.messages.empty()) return absl::OkStatus();
  AddToBatch(changes, &store_batch);
  absl::Status status = store_->Commit(store_batch);
  if (!status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < submissions.size(); ++i) {
    const StoredState& state = store_batch.messages[i].state;
    const Entry entry = {.received = state.received,
                         .due = After(submissions[i]->first_pause),
                         .since = Uptime(),
                         .octets = state.octets,
                         .attempts = state.attempts,
                         .held = state.held,
                         .taken = submissions[i]->taken && !state.held};
    entries_[state.id] = entry;
    Schedule(state.id, entry);
  }
  Finish(changes);
  return absl::OkStatus();
}

// Adds what `progress` changes. NotFound if the message is gone already.
absl::Status Spool::AddChanges(const Progress& progress,
                               Changes* changes) const {
  Entry entry;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(progress.id);
    if (found == entries_.end()) return NoSuchMessage(progress.id);
    entry = found->second;
  }
  if (progress.done) {
    changes->done.push_back(progress.id);
    return absl::OkStatus();
  }
  auto [it, is_new] = changes->updates.try_emplace(progress.id);
  Changes::Change& change = it->second;
  if (is_new) {
    absl::StatusOr<Envelope> envelope = ReadEnvelope(progress.id);
    if (!envelope.ok()) {
      changes->updates.erase(it);
      return envelope.status();
    }
    change.envelope = *std::move(envelope);
    change.state = {.id = progress.id,
                    .received = entry.received,
                    .next_attempt = WallTime(entry.due),
                    .octets = entry.octets,
                    .attempts = entry.attempts,
                    .held = entry.held};
  }
  for (const RecipientChange& recipient : progress.changes) {
    if (recipient.recipient >= change.envelope.recipients.size()) continue;
    Recipient& to = change.envelope.recipients[recipient.recipient];
    to.state = recipient.state;
    to.last_reply = recipient.last_reply;
    to.hop = recipient.hop;
    to.cause = recipient.cause;
  }
  change.envelope.delay_told |= progress.delay_told;
  if (progress.attempts > change.state.attempts) {
    change.envelope.attempts = progress.attempts;
    change.envelope.age += absl::Microseconds(Waited(entry));
    change.state.attempts = progress.attempts;
    change.due = After(progress.pause);
    change.state.next_attempt = WallTime(change.due);
    change.state.held = change.state.held || progress.hold;
    change.ends_attempt = true;
  }
  change.octets = SerializeEnvelope(change.envelope);
  return absl::OkStatus();
}

// One status for each: what fails, fails alone.
std::vector<absl::Status> Spool::ApplyProgress(
    const std::vector<Progress>& all) {
  Changes changes;
  std::vector<absl::Status> results;
  for (const Progress& one : all) {
    const absl::Status status = AddChanges(one, &changes);
    const bool is_gone = absl::IsNotFound(status);
    results.push_back(is_gone ? absl::OkStatus() : status);
  }
  absl::flat_hash_map<QueueId, absl::Status> failures;
  while (!changes.empty()) {
    const Changes part = changes.TakeFirst(BatchOctets());
    StoreBatch batch;
    AddToBatch(part, &batch);
    const absl::Status status = store_->Commit(batch);
    if (status.ok()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      Finish(part);
      continue;
    }
    const auto fail = [&](const Changes& what) {
      for (const auto& [id, change] : what.updates) failures[id] = status;
      for (const QueueId id : what.done) failures[id] = status;
    };
    fail(part);
    if (absl::IsResourceExhausted(status)) continue;  // Others may fit.
    fail(changes);
    break;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const auto failure = failures.find(all[i].id);
    if (failure != failures.end()) results[i].Update(failure->second);
  }
  return results;
}

void Spool::AddToBatch(const Changes& changes, StoreBatch* batch) {
  batch->done = changes.done;
  for (const auto& [id, change] : changes.updates) {
    batch->updates.push_back(
        {.state = change.state, .envelope = change.octets});
  }
}

// What was committed holds now.
void Spool::Finish(const Changes& changes) {
  for (const auto& [id, change] : changes.updates) {
    if (!change.ends_attempt) continue;
    Entry& entry = entries_[id];
    entry.attempts = change.state.attempts;
    entry.due = change.due;
    entry.since = Uptime();
    entry.held = change.state.held;
    entry.taken = false;
    Schedule(id, entry);
  }
  for (const QueueId id : changes.done) entries_.erase(id);
}

absl::StatusOr<Envelope> Spool::ReadEnvelope(QueueId id) const {
  absl::StatusOr<std::string> octets = store_->ReadEnvelope(id);
  if (!octets.ok()) return octets.status();
  return ParseEnvelope(*octets);
}

absl::StatusOr<std::unique_ptr<ContentReader>> Spool::OpenContent(
    QueueId id, const Envelope* known) const {
  std::string added;
  if (known != nullptr) {
    added = known->added_fields;
  } else {
    absl::StatusOr<Envelope> envelope = ReadEnvelope(id);
    if (!envelope.ok()) return envelope.status();
    added = std::move(envelope->added_fields);
  }
  auto reader = store_->OpenContent(id);
  if (!reader.ok() || added.empty()) return reader;
  return std::make_unique<WithFieldsBefore>(std::move(added),
                                            *std::move(reader));
}

std::vector<QueueId> Spool::TakeDue(size_t max) {
  const int64_t now = Uptime();
  std::vector<QueueId> taken;
  const std::lock_guard<std::mutex> lock(mutex_);
  while (taken.size() < max && !due_.empty() && due_.front().first <= now) {
    const std::pair<int64_t, QueueId> due = due_.front();
    std::pop_heap(due_.begin(), due_.end(), std::greater<>());
    due_.pop_back();
    if (!IsCurrent(due)) continue;
    Entry& entry = entries_.find(due.second)->second;
    entry.since += now - entry.due;
    entry.taken = true;
    taken.push_back(due.second);
  }
  return taken;
}

absl::Duration Spool::UntilDue() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!due_.empty()) {
    if (IsCurrent(due_.front())) {
      return std::max(ToDuration(due_.front().first) - clock_->Uptime(),
                      absl::ZeroDuration());
    }
    std::pop_heap(due_.begin(), due_.end(), std::greater<>());
    due_.pop_back();
  }
  return absl::InfiniteDuration();
}

void Spool::PutBack(QueueId id, absl::Duration pause) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.taken) return;
  found->second.taken = false;
  found->second.due = After(pause);
  Schedule(id, found->second);
}

void Spool::Hasten(QueueId id, absl::Duration pause) {
  const int64_t due = After(pause);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.State() != QueueState::kWaiting || entry.due <= due) return;
  entry.due = due;
  Schedule(id, entry);
}

// What its age has grown by since it was written down. While it waits, the time
// after it was due does not count.
int64_t Spool::Waited(const Entry& entry) const {
  const int64_t now = Uptime();
  const int64_t end = entry.taken ? now : std::min(now, entry.due);
  return std::max<int64_t>(end - entry.since, 0);
}

QueueEntry Spool::ToQueueEntry(QueueId id, const Entry& entry) const {
  const bool is_due =
      entry.State() == QueueState::kWaiting && entry.due <= Uptime();
  return {.id = id,
          .received = absl::FromUnixMicros(entry.received),
          .next_attempt =
              is_due ? absl::InfinitePast()
                     : clock_->Now() + ToDuration(entry.due) - clock_->Uptime(),
          .waited = absl::Microseconds(Waited(entry)),
          .octets = entry.octets,
          .state = entry.State(),
          .attempts = entry.attempts,
          .under_way = entry.taken};
}

std::vector<QueueEntry> Spool::List() const {
  std::vector<QueueEntry> list;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    list.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) {
      list.push_back(ToQueueEntry(id, entry));
    }
  }
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return list;
}

absl::StatusOr<QueueEntry> Spool::Find(QueueId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return NoSuchMessage(id);
  return ToQueueEntry(id, found->second);
}

absl::Status Spool::CarryOut(QueueId id, Order order) {
  const std::lock_guard<std::mutex> commit_lock(commit_mutex_);
  Entry before;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return NoSuchMessage(id);
    before = found->second;
  }
  if (order == Order::kGiveUp && before.taken) {
    return absl::FailedPreconditionError(
        "it is being delivered at this moment; try again, or hold it first");
  }
  const bool hold = order == Order::kHold;
  if (hold == before.held && order != Order::kGiveUp) return absl::OkStatus();
  // The time in which it was held does not count.
  const bool counts_anew = before.held && !hold;
  const int64_t due = hold          ? before.due
                      : counts_anew ? Uptime()
                                    : std::min(before.due, Uptime());
  // A damaged envelope is no reason not to hold: its octets stay where they
  // are, and the hold lasts until the next start finds it damaged again.
  absl::StatusOr<std::string> envelope = store_->ReadEnvelope(id);
  if (envelope.ok() && !hold) {
    envelope = WithPendingAgain(*envelope, order == Order::kGiveUp);
  }
  if (envelope.ok()) {
    StoreBatch batch;
    batch.updates.push_back({.state = {.id = id,
                                       .received = before.received,
                                       .next_attempt = WallTime(due),
                                       .octets = before.octets,
                                       .attempts = before.attempts,
                                       .held = hold},
                             .envelope = *envelope});
    absl::Status status = store_->Commit(batch);
    if (!status.ok()) return status;
  } else if (!absl::IsDataLoss(envelope.status()) || order == Order::kGiveUp) {
    return envelope.status();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  Entry& entry = entries_[id];
  entry.held = hold;
  entry.due = due;
  if (counts_anew) entry.since = due;
  Schedule(id, entry);
  return absl::OkStatus();
}

absl::Status Spool::Hold(QueueId id) { return CarryOut(id, Order::kHold); }

absl::Status Spool::Release(QueueId id) {
  return CarryOut(id, Order::kRelease);
}

absl::Status Spool::GiveUp(QueueId id) { return CarryOut(id, Order::kGiveUp); }

absl::Status Spool::Remove(QueueId id) {
  absl::StatusOr<QueueEntry> found = Find(id);
  if (!found.ok()) return found.status();
  Progress progress;
  progress.id = id;
  progress.done = true;
  return Record(progress);
}

size_t Spool::Flush() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const int64_t now = Uptime();
  size_t count = 0;
  due_.clear();
  for (auto& [id, entry] : entries_) {
    if (entry.State() != QueueState::kWaiting) continue;
    entry.due = std::min(entry.due, now);
    Schedule(id, entry);
    ++count;
  }
  return count;
}

absl::Status Spool::CheckSpace(uint64_t octets) const {
  if (disk_ == nullptr) return absl::OkStatus();
  const absl::Duration now = clock_->Uptime();
  const std::lock_guard<std::mutex> lock(space_mutex_);
  if (now - space_asked_ >= kSpaceAge) {
    absl::StatusOr<DiskSpace> space = disk_->Space();
    if (!space.ok()) return space.status();
    space_ = *space;
    space_asked_ = now;
  }
  return SpaceGuard({.octets = options_.reserve_octets,
                     .inodes = options_.reserve_inodes})
      .Check(space_, octets);
}

absl::StatusOr<bool> Spool::Maintain() {
  const std::lock_guard<std::mutex> commit_lock(commit_mutex_);
  return store_->Maintain();
}

}  // namespace mailsec::spool
