#include "mailcore/server/delivery.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/maildir.h"
#include "mailcore/message/trace_field.h"
#include "mailcore/server/await_callback.h"
#include "mailcore/server/no_throw.h"
#include "mailcore/server/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using smtp::Reply;
using spool::RecipientState;

// The wall clock may jump, so the loop never sleeps longer than this.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);

constexpr absl::Duration kLongestSuspension = absl::Minutes(30);

// How long a message waits when its destination is busy with others.
constexpr absl::Duration kBusyPause = absl::Seconds(1);

// A message that could not be held is looked at again after this.
constexpr absl::Duration kHoldPause = absl::Minutes(1);

// Between two tries to record what became of a message.
constexpr absl::Duration kSavePause = absl::Seconds(1);

Reply MaildirReply(const absl::Status& status) {
  if (status.ok()) return Reply(250, {2, 0, 0}, "Delivered");
  if (absl::IsResourceExhausted(status)) {
    return Reply(452, {4, 2, 2}, status.message());
  }
  return Reply(451, {4, 3, 0}, status.message());
}

// Writes one message into one Maildir; blocks.
absl::Status WriteMaildir(spool::Spool* spool, spool::QueueId id,
                          const std::string& root, const std::string& mailbox,
                          const std::string& name, const std::string& head) {
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> content =
      spool->OpenContent(id);
  if (!content.ok()) return content.status();
  io::MaildirDelivery delivery(root, mailbox, name);
  absl::Status status = delivery.Open();
  if (status.ok()) status = delivery.Append(head);
  while (status.ok()) {
    const absl::StatusOr<absl::string_view> piece = (*content)->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return delivery.Commit();
    status = delivery.Append(*piece);
  }
  return status;
}

std::vector<size_t> Pending(const spool::Envelope& envelope) {
  std::vector<size_t> pending;
  for (size_t i = 0; i < envelope.recipients.size(); ++i) {
    if (envelope.recipients[i].state == RecipientState::kPending) {
      pending.push_back(i);
    }
  }
  return pending;
}

}  // namespace

Delivery::Delivery(TransportContext transport, io::SpoolWriter* writer,
                   const Clock* clock, EventSink* events, Stats* stats,
                   std::shared_ptr<const DeliverySettings> settings)
    : transport_(std::move(transport)),
      writer_(writer),
      clock_(clock),
      events_(events),
      stats_(stats),
      settings_(std::move(settings)),
      wake_(thread_.context()) {}

Delivery::~Delivery() { thread_.Stop(); }

void Delivery::Start() {
  asio::co_spawn(thread_.context(), Loop(), asio::detached);
  thread_.Start();
}

void Delivery::Wake() {
  if (wake_posted_.exchange(true)) return;
  asio::post(thread_.context(), [this] {
    wake_posted_ = false;
    wake_.cancel();
  });
}

void Delivery::RetryNow() {
  asio::post(thread_.context(), [this] {
    for (auto& [key, state] : destinations_) {
      state.failures = 0;
      state.suspended_until = absl::InfinitePast();
    }
    wake_.cancel();
  });
}

void Delivery::Stop(absl::Duration limit) {
  stopping_ = true;
  Wake();
  const absl::Duration end = clock_->Uptime() + limit;
  while (active_ > 0 && clock_->Uptime() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  thread_.Stop();
}

void Delivery::SetSettings(std::shared_ptr<const DeliverySettings> settings) {
  const std::lock_guard<std::mutex> lock(mutex_);
  settings_ = std::move(settings);
}

std::shared_ptr<const DeliverySettings> Delivery::settings() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return settings_;
}

asio::awaitable<void> Delivery::Loop() {
  while (!stopping_) {
    const size_t limit = settings()->concurrency;
    const absl::Time now = clock_->Now();
    if (active_ < limit) {
      for (const spool::QueueId id :
           transport_.spool->TakeDue(now, limit - active_)) {
        ++active_;
        asio::co_spawn(thread_.context(), Deliver(id), asio::detached);
      }
    }
    const absl::Duration until_due =
        active_ < limit ? transport_.spool->NextDue() - now : kLongestSleep;
    wake_.expires_after(absl::ToChronoMilliseconds(
        std::clamp(until_due, absl::Milliseconds(1), kLongestSleep)));
    co_await wake_.async_wait(kNoThrow);
  }
}

asio::awaitable<void> Delivery::Deliver(spool::QueueId id) {
  absl::StatusOr<spool::Envelope> envelope = transport_.spool->ReadEnvelope(id);
  if (!envelope.ok()) {
    events_->Record(Event(events::kUnreadable, clock_->Now())
                        .With("id", id.ToString())
                        .With("error", envelope.status().message()));
    const absl::Status held = co_await AwaitOnPool<absl::Status>(
        *transport_.pool, absl::UnavailableError("too much to do"),
        [&] { return transport_.spool->Hold(id); });
    if (!held.ok()) RecordNotStored(id, held);
    transport_.spool->PutBack(id, clock_->Now() + kHoldPause);
  } else {
    Attempt attempt = {.id = id, .envelope = *std::move(envelope)};
    const std::shared_ptr<const DeliverySettings> settings = this->settings();
    std::map<std::string, std::pair<Destination, std::vector<size_t>>> groups;
    for (const size_t i : Pending(attempt.envelope)) {
      const Destination* to =
          settings->routes->Find(attempt.envelope.recipients[i].path);
      auto& group = groups[to->ToString()];
      group.first = *to;
      group.second.push_back(i);
    }
    for (const auto& [key, group] : groups) {
      co_await DeliverGroup(attempt, group.first, group.second);
    }
    co_await Finish(std::move(attempt));
  }
  --active_;
  Wake();
}

asio::awaitable<void> Delivery::DeliverGroup(Attempt& attempt,
                                             const Destination& to,
                                             std::vector<size_t> recipients) {
  const absl::Time now = clock_->Now();
  if (to.kind == Destination::Kind::kNone) {
    DeferGroup(attempt, recipients, "no route for this domain",
               now + absl::Minutes(15));
    co_return;
  }
  const std::string key = to.ToString();
  DestinationState& before = destinations_[key];
  if (before.suspended_until > now || (before.failures > 0 && before.active)) {
    DeferGroup(attempt, recipients,
               "the destination could not be reached a moment ago",
               std::max(before.suspended_until, now + kBusyPause));
    co_return;
  }
  if (before.active >= settings()->concurrency_per_destination) {
    attempt.next_attempt = std::min(attempt.next_attempt, now + kBusyPause);
    co_return;
  }
  ++before.active;
  attempt.tried = true;
  bool answered = true;
  // (g++ 12 destroys twice what a co_await in ?: makes.)
  std::vector<smtp::RecipientOutcome> outcomes;
  if (to.kind == Destination::Kind::kMaildir) {
    outcomes = co_await DeliverToMaildirs(attempt, to, recipients);
  } else {
    outcomes = co_await Send(attempt, to, recipients, &answered);
  }
  DestinationState& after = destinations_[key];
  --after.active;
  if (answered) {
    after.failures = 0;
    after.suspended_until = absl::InfinitePast();
    if (after.active == 0) destinations_.erase(key);
  } else {
    const absl::Duration pause =
        settings()->first_suspension * (1 << std::min(after.failures++, 6));
    after.suspended_until = clock_->Now() + std::min(pause, kLongestSuspension);
  }
  co_await Save(ApplyOutcomes(attempt, to, recipients, outcomes));
}

asio::awaitable<std::vector<smtp::RecipientOutcome>> Delivery::Send(
    const Attempt& attempt, const Destination& to,
    const std::vector<size_t>& recipients, bool* answered) {
  smtp::Transaction transaction;
  transaction.sender = attempt.envelope.sender;
  transaction.parameters = attempt.envelope.parameters;
  const absl::StatusOr<spool::QueueEntry> entry =
      transport_.spool->Find(attempt.id);
  transaction.parameters.declared_size = entry.ok() ? entry->octets : 0;
  transaction.has_8bit = attempt.envelope.has_8bit;
  transaction.headers_utf8 = attempt.envelope.headers_utf8;
  for (const size_t i : recipients) {
    const spool::Recipient& recipient = attempt.envelope.recipients[i];
    transaction.recipients.push_back({recipient.path, recipient.parameters});
  }
  co_return co_await SendMessage(transport_, to, std::move(transaction),
                                 attempt.id, answered);
}

asio::awaitable<std::vector<smtp::RecipientOutcome>>
Delivery::DeliverToMaildirs(const Attempt& attempt, const Destination& to,
                            const std::vector<size_t>& recipients) {
  std::vector<smtp::RecipientOutcome> outcomes;
  for (const size_t i : recipients) {
    const Reply reply = co_await DeliverToMaildir(attempt, to, i);
    outcomes.push_back(
        {.reply = reply, .stage = smtp::Stage::kContent, .from_peer = false});
  }
  co_return outcomes;
}

asio::awaitable<Reply> Delivery::DeliverToMaildir(const Attempt& attempt,
                                                  const Destination& to,
                                                  size_t recipient) {
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  const ForwardPath& path = attempt.envelope.recipients[recipient].path;
  const std::optional<Address> owner = settings->routes->MailboxOwner(path);
  const policy::RecipientAnswer found =
      owner ? settings->directory->Find(*owner) : policy::RecipientAnswer();
  if (found.answer == policy::Answer::kCannotTell) {
    co_return Reply(451, {4, 3, 0}, "The directory of mailboxes cannot tell");
  }
  if (found.answer == policy::Answer::kNo) {
    co_return Reply(550, {5, 1, 1}, "There is no such mailbox any more");
  }
  const std::string name = absl::StrCat(
      absl::ToUnixSeconds(attempt.envelope.received), ".",
      attempt.id.ToString(), "R", recipient, ".", transport_.hostname);
  const std::string head =
      ReturnPathField(attempt.envelope.sender) + DeliveredToField(*owner);
  const absl::Status status = co_await AwaitOnPool<absl::Status>(
      *transport_.pool, absl::UnavailableError("too much to do"), [&] {
        return WriteMaildir(transport_.spool, attempt.id, to.maildir_root,
                            found.mailbox.name, name, head);
      });
  co_return MaildirReply(status);
}

void Delivery::DeferGroup(Attempt& attempt,
                          const std::vector<size_t>& recipients,
                          const std::string& why, absl::Time until) {
  for (const size_t i : recipients) {
    attempt.envelope.recipients[i].last_reply = why;
  }
  attempt.next_attempt = std::min(attempt.next_attempt, until);
}

spool::Progress Delivery::ApplyOutcomes(
    Attempt& attempt, const Destination& to,
    const std::vector<size_t>& recipients,
    const std::vector<smtp::RecipientOutcome>& outcomes) {
  spool::Progress progress;
  progress.id = attempt.id;
  const absl::Time retry = settings()->schedule.NextAttempt(
      attempt.id, attempt.envelope.attempts + 1, clock_->Now());
  for (size_t k = 0; k < recipients.size(); ++k) {
    spool::Recipient& recipient = attempt.envelope.recipients[recipients[k]];
    const Reply& reply = outcomes[k].reply;
    recipient.last_reply = LogSafe(reply.ToString());
    if (reply.IsPositive()) {
      recipient.state = RecipientState::kDelivered;
      ++stats_->delivered;
    } else if (reply.IsPermanent() ||
               settings()->schedule.IsExpired(attempt.envelope.received,
                                              clock_->Now())) {
      recipient.state = RecipientState::kFailed;
    } else {
      attempt.next_attempt = std::min(attempt.next_attempt, retry);
    }
    RecordOutcome(attempt, to, recipient, outcomes[k]);
    progress.changes.push_back(
        {recipients[k], recipient.state, recipient.last_reply});
  }
  progress.attempts = attempt.envelope.attempts;
  progress.next_attempt = attempt.next_attempt;
  return progress;
}

void Delivery::RecordOutcome(const Attempt& attempt, const Destination& to,
                             const spool::Recipient& recipient,
                             const smtp::RecipientOutcome& outcome) {
  const EventType& type =
      recipient.state == RecipientState::kDelivered ? events::kDelivered
      : recipient.state == RecipientState::kFailed  ? events::kFailed
                                                    : events::kDeferred;
  events_->Record(Event(type, clock_->Now())
                      .With("id", attempt.id.ToString())
                      .With("recipient", recipient.path.ToString())
                      .With("to", to.ToString())
                      .With("stage", smtp::StageName(outcome.stage))
                      .With("reply", recipient.last_reply));
}

// When every group has been tried: forget the message, keep it for a person,
// or set the time of the next attempt.
asio::awaitable<void> Delivery::Finish(Attempt attempt) {
  const auto count = [&](RecipientState state) {
    return std::count_if(
        attempt.envelope.recipients.begin(), attempt.envelope.recipients.end(),
        [&](const spool::Recipient& r) { return r.state == state; });
  };
  const bool pending = count(RecipientState::kPending) > 0;
  const bool failed = count(RecipientState::kFailed) > 0;
  if (pending && !attempt.tried) {
    transport_.spool->PutBack(attempt.id, attempt.next_attempt);
    co_return;
  }
  spool::Progress progress;
  progress.id = attempt.id;
  progress.attempts = attempt.envelope.attempts + 1;
  progress.next_attempt = attempt.next_attempt;
  progress.hold = !pending && failed;
  progress.done = !pending && !failed;
  co_await Save(std::move(progress));
}

void Delivery::RecordNotStored(spool::QueueId id, const absl::Status& status) {
  events_->Record(Event(events::kNotStored, clock_->Now())
                      .With("id", id.ToString())
                      .With("error", status.message()));
}

asio::awaitable<void> Delivery::Save(spool::Progress progress) {
  for (;;) {
    const absl::Status status = co_await AwaitCallback<absl::Status>(
        [&](std::function<void(absl::Status)> done) {
          writer_->Record(progress, std::move(done));
        });
    if (status.ok()) co_return;
    RecordNotStored(progress.id, status);
    // A damaged message stays damaged, and what else was in the batch is kept.
    if (stopping_ || absl::IsDataLoss(status)) co_return;
    asio::steady_timer pause(thread_.context(),
                             absl::ToChronoMilliseconds(kSavePause));
    co_await pause.async_wait(kNoThrow);
  }
}

}  // namespace mailsec::server
