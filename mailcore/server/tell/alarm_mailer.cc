#include "mailcore/server/tell/alarm_mailer.h"

#include <future>
#include <utility>

#include "mailcore/message/header_scanner.h"
#include "mailcore/message/message_id.h"
#include "mailcore/server/queue/own_mail.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/addressees.h"

namespace mailsec::server {
namespace {

using address::Address;
using base::Event;
using notify::Alarms;

// Mails of ours that may still be in the queue: more than a year of them at one
// an hour. Ours.
constexpr size_t kMaxOwn = 10000;

// Those that the governor allows; takes from their bounds.
std::vector<Address> MayBeTold(const Snapshot& snapshot, absl::Time now) {
  std::vector<Address> targets;
  for (const Address& to : snapshot.alarm_mail->to) {
    const policy::AutomaticMail mail = {.kind = policy::AutomaticKind::kAlarm,
                                        .author = snapshot.alarm_mail->from,
                                        .target = to};
    if (snapshot.governor->Decide(mail, now).allowed()) targets.push_back(to);
  }
  return targets;
}

// From <> to these, as mail that this server wrote.
absl::StatusOr<spool::Envelope> MakeEnvelope(
    const Snapshot& snapshot, const std::vector<Address>& targets,
    bool smtputf8, absl::Time now) {
  spool::Envelope envelope = OwnEnvelope(now, snapshot.alarm_mail->hostname);
  envelope.parameters.smtputf8 = smtputf8;
  envelope.has_8bit = smtputf8;
  envelope.headers_utf8 = smtputf8;
  for (const Address& to : targets) {
    envelope.recipients.push_back(OwnRecipient(to));
  }
  absl::StatusOr<Addressees> to = FindAddressees(*snapshot.routing, envelope);
  if (!to.ok()) return to.status();
  for (size_t i = 0; i < to->recipients.size(); ++i) {
    // From our own house to a mailbox of it, whatever stands behind that (R3).
    to->recipients[i].local_only = snapshot.routing->router.IsLocal(
        envelope.recipients[to->origins[i]].path);
  }
  envelope.recipients = std::move(to->recipients);
  return envelope;
}

}  // namespace

void AlarmMailer::Record(const Event& event) {
  next_->Record(event);
  if (event.type().severity != base::Severity::kAlarm) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stop_ || own_ids_.contains(event.Get("id"))) return;
    digest_.Add(event, clock_->Uptime());
  }
  changed_.notify_one();
}

void AlarmMailer::Start(const Parts* parts, const Current<Snapshot>* current) {
  parts_ = parts;
  current_ = current;
  thread_ = std::thread([this] { Run(); });
}

void AlarmMailer::Wake() {
  // With the lock, or a thread that is about to wait would sleep on.
  const std::lock_guard<std::mutex> lock(mutex_);
  changed_.notify_one();
}

void AlarmMailer::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void AlarmMailer::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    digest_.SetInterval(current_->Get()->alarm_mail->interval);
    const absl::Duration until_due = digest_.NextDue() - clock_->Uptime();
    if (until_due <= absl::ZeroDuration()) {
      Alarms alarms = digest_.Take(clock_->Uptime());
      lock.unlock();
      Mail(std::move(alarms), absl::ZeroDuration());
      lock.lock();
    } else if (stop_) {
      if (digest_.empty()) return;
      Alarms alarms = digest_.Take(clock_->Uptime());
      lock.unlock();
      return Mail(std::move(alarms), until_due);
    } else if (digest_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, absl::ToChronoMilliseconds(until_due) +
                                  std::chrono::milliseconds(1));
    }
  }
}

void AlarmMailer::Mail(Alarms alarms, absl::Duration pause) {
  absl::StatusOr<spool::QueueId> id = Store(alarms, pause);
  if (id.ok()) {
    next_->Record(Event(events::kDigestSent, clock_->Now())
                      .With("id", id->ToString())
                      .With("alarms", static_cast<int64_t>(alarms.count)));
    if (pause == absl::ZeroDuration()) parts_->wake();
    return;
  }
  next_->Record(Event(events::kDigestNotStored, clock_->Now())
                    .With("error", id.status().message()));
  const std::lock_guard<std::mutex> lock(mutex_);
  digest_.PutBack(std::move(alarms), clock_->Uptime());
}

absl::StatusOr<spool::QueueId> AlarmMailer::Store(const Alarms& alarms,
                                                  absl::Duration pause) {
  const std::shared_ptr<const Snapshot> snapshot = current_->Get();
  const absl::Time now = clock_->Now();
  const std::vector<Address> targets = MayBeTold(*snapshot, now);
  if (targets.empty()) {
    return absl::ResourceExhaustedError(
        "nobody may be sent more alarms now (automatic.bound)");
  }
  spool::MessageWriter content = parts_->spool->NewMessage();
  const notify::AlarmMail mail = notify::WriteAlarmMail(
      alarms, *snapshot->alarm_mail, now, content.id().ToString());
  const absl::Status status = content.Append(mail.content);
  if (!status.ok()) return status;
  absl::StatusOr<spool::Envelope> envelope =
      MakeEnvelope(*snapshot, targets, mail.needs_smtputf8, now);
  if (!envelope.ok()) return envelope.status();
  envelope->message_id =
      message::MessageIdOf(message::HeaderScanner(mail.content));
  Remember(content.id());
  std::promise<absl::StatusOr<spool::QueueId>> stored;
  parts_->writer->Submit({.envelope = *std::move(envelope),
                          .content = std::move(content),
                          .first_pause = pause},
                         [&stored](absl::StatusOr<spool::QueueId> id) {
                           stored.set_value(std::move(id));
                         });
  return stored.get_future().get();
}

void AlarmMailer::Remember(spool::QueueId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  own_.push_back(id.ToString());
  own_ids_.insert(own_.back());
  if (own_.size() <= kMaxOwn) return;
  own_ids_.erase(own_.front());
  own_.pop_front();
}

}  // namespace mailsec::server
