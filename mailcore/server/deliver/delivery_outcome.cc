// What became of a message, and who has to know: the second half of Delivery.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/deliver/delivery.h"
#include "mailcore/server/queue/last_reply.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/exchangers.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;
using base::LogSafe;
using route::Destination;
using smtp::Reply;
using spool::RecipientState;

// To a mailbox, or to whom the mailboxes are with (RFC 3464, 2.3.3).
bool HandsOver(const Destination& to) {
  return to.kind == Destination::Kind::kLmtp ||
         to.kind == Destination::Kind::kMaildir;
}

}  // namespace

void Delivery::PutOff(Attempt& attempt, const std::vector<size_t>& recipients,
                      const std::string& why, absl::Duration pause) {
  for (const size_t i : recipients) {
    if (attempt.envelope.recipients[i].last_reply.empty()) {
      attempt.envelope.recipients[i].last_reply = LogSafe(why);
    }
  }
  attempt.pause = std::min(attempt.pause, pause);
}

void Delivery::Decide(Attempt& attempt, size_t index, const HopOutcome& outcome,
                      const Group& group, bool kept_inside) {
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  const absl::Time now = context_.clock->Now();
  spool::Recipient& recipient = attempt.envelope.recipients[index];
  const Reply& reply = outcome.said.reply;
  recipient.last_reply = LogSafe(reply.ToString());
  recipient.hop = outcome.said.from_peer ? outcome.hop : "";
  RecipientFate fate = {.recipient = index,
                        .action = notify::Action::kFailed,
                        .reply = reply,
                        .from_peer = outcome.said.from_peer,
                        .expired = false,
                        .kept_inside = kept_inside,
                        .hop = outcome.hop,
                        .time = now};
  if (reply.IsPositive()) {
    recipient.state = RecipientState::kDelivered;
    ++context_.stats->delivered;
    const bool handed_over = HandsOver(group.destination);
    if (handed_over && settings->routing->router.IsLocal(recipient.path)) {
      attempt.arrived.push_back(index);
    }
    fate.action =
        handed_over ? notify::Action::kDelivered : notify::Action::kRelayed;
    // Who offers DSN reports for itself (RFC 3461, 5.2.2).
    if (recipient.parameters.notify.success &&
        (handed_over || !outcome.offers_dsn)) {
      attempt.fates.push_back(fate);
    }
  } else if (reply.IsPermanent()) {
    recipient.state = RecipientState::kFailed;
    attempt.fates.push_back(fate);
  } else if (settings->schedule.IsExpired(Age(attempt))) {
    recipient.state = RecipientState::kFailed;
    fate.expired = true;
    attempt.fates.push_back(fate);
  } else {
    attempt.pause = std::min(
        attempt.pause,
        settings->schedule.Pause(attempt.id, attempt.envelope.attempts + 1));
  }
  RecordOutcome(attempt, group, index, outcome);
  // Failures are recorded with the notification; until then they would be
  // asked again.
  if (recipient.state == RecipientState::kFailed) return;
  attempt.changes.push_back({.recipient = index,
                             .state = recipient.state,
                             .last_reply = recipient.last_reply,
                             .hop = recipient.hop});
}

void Delivery::RecordOutcome(const Attempt& attempt, const Group& group,
                             size_t index, const HopOutcome& outcome) {
  const spool::Recipient& recipient = attempt.envelope.recipients[index];
  const base::EventType& type =
      recipient.state == RecipientState::kDelivered ? events::kDelivered
      : recipient.state == RecipientState::kFailed  ? events::kFailed
                                                    : events::kDeferred;
  context_.events->Record(
      Event(type, context_.clock->Now())
          .With("id", attempt.id.ToString())
          .With("recipient", recipient.path.ToString())
          .With("to", group.destination.ToString())
          .With("hop", outcome.hop)
          .With("stage", smtp::StageName(outcome.said.stage))
          .With("reply", recipient.last_reply));
}

spool::Progress Delivery::TakeChanges(Attempt& attempt) const {
  spool::Progress progress;
  progress.id = attempt.id;
  progress.attempts = attempt.envelope.attempts;
  progress.changes = std::exchange(attempt.changes, {});
  return progress;
}

void Delivery::CloseGroup(AttemptPointer attempt) {
  if (--attempt->open == 0) {
    asio::co_spawn(thread_.context(), Finish(std::move(attempt)),
                   asio::detached);
  } else if (!CausesMail(*attempt) &&
             std::any_of(attempt->changes.begin(), attempt->changes.end(),
                         [](const spool::RecipientChange& change) {
                           return change.state == RecipientState::kDelivered;
                         })) {
    // The others may take long.
    asio::co_spawn(thread_.context(), recorder_.Save(TakeChanges(*attempt)),
                   asio::detached);
  }
}

asio::awaitable<void> Delivery::Finish(AttemptPointer attempt) {
  if (attempt->waiter != nullptr) co_await AnswerWaiter(attempt);
  if (CausesMail(*attempt)) co_await SendAutomatic(attempt);
  co_await Conclude(attempt);
  Leave();
}

absl::Duration Delivery::Age(const Attempt& attempt) const {
  return attempt.age + (context_.clock->Uptime() - attempt.begun);
}

bool Delivery::CausesMail(const Attempt& attempt) const {
  return context_.automatic != nullptr &&
         context_.automatic->Concerns(attempt.envelope, attempt.arrived);
}

// Before what became of the message is recorded: after a crash the mailbox gets
// it again, once (local_delivery.h), and whoever was answered is remembered.
asio::awaitable<void> Delivery::SendAutomatic(AttemptPointer attempt) {
  ArrivedMail mail = {.id = attempt->id,
                      .envelope = &attempt->envelope,
                      .recipients = std::exchange(attempt->arrived, {}),
                      .content = attempt->content,
                      .progress = {}};
  mail.progress.id = attempt->id;
  mail.progress.attempts = attempt->envelope.attempts;
  mail.progress.changes = attempt->changes;
  const bool sent = co_await AwaitOnPool<bool>(*context_.dns_pool, false, [&] {
    context_.automatic->Send(mail);
    return true;
  });
  if (sent) co_return;
  context_.events->Record(Event(events::kAutomaticFault, context_.clock->Now())
                              .With("because", attempt->id.ToString())
                              .With("error", "too much to do"));
}

// Tells the client that waits what became of its recipients. Those whose fate
// it knows now are no failures any more.
asio::awaitable<void> Delivery::AnswerWaiter(AttemptPointer attempt) {
  using Fate = CutThroughRecipient::Fate;
  // From here on it gets this answer and no other.
  const std::unique_ptr<CutThroughWaiter> waiter = std::move(attempt->waiter);
  attempt->patience->cancel();
  const std::vector<spool::Recipient>& all = attempt->envelope.recipients;
  std::vector<CutThroughRecipient> recipients(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    recipients[i].origin = waiter->origins[i];
    recipients[i].reply = LastTransientReply(all[i]);
    const Destination to = settings()->routing->router.Route(all[i].path);
    if (all[i].state == RecipientState::kExpanded) {
      recipients[i].origin = waiter->origin_count;  // Nobody's.
    } else if (all[i].state == RecipientState::kDelivered) {
      recipients[i].fate = Fate::kTaken;
    } else if (to.cut_through) {
      recipients[i].fate = Fate::kPutOff;
    }
  }
  for (const RecipientFate& fate : attempt->fates) {
    if (fate.action != notify::Action::kFailed) continue;
    recipients[fate.recipient].fate = Fate::kRefused;
    recipients[fate.recipient].reply = fate.reply;
  }
  const CutThroughAnswer answer = AnswerCutThrough(
      recipients, waiter->origin_count, attempt->envelope.sender_is_ours,
      Reply(250, {2, 0, 0},
            absl::StrCat("Ok: queued as ", attempt->id.ToString())));
  for (size_t i = 0; i < all.size(); ++i) {
    if (!answer.forget[i]) continue;
    spool::Recipient& recipient = attempt->envelope.recipients[i];
    recipient.state = RecipientState::kReported;
    attempt->changes.push_back({.recipient = i,
                                .state = recipient.state,
                                .last_reply = recipient.last_reply,
                                .hop = recipient.hop});
    std::erase_if(attempt->fates, [i](const RecipientFate& fate) {
      return fate.recipient == i;
    });
  }
  const bool refused =
      std::count(answer.forget.begin(), answer.forget.end(), true) > 0;
  // A refusal holds before it is said, so that nothing we refused is delivered.
  if (refused) co_await recorder_.Save(TakeChanges(*attempt));
  waiter->done(answer.replies);
}

// That an alias was expanded is told once, in the first attempt, unless nobody
// behind it took the message.
void Delivery::ReportExpansions(Attempt& attempt) {
  for (size_t i = 0; i < attempt.envelope.recipients.size(); ++i) {
    spool::Recipient& recipient = attempt.envelope.recipients[i];
    if (recipient.state != RecipientState::kExpanded) continue;
    recipient.state = RecipientState::kReported;
    attempt.changes.push_back({.recipient = i,
                               .state = recipient.state,
                               .last_reply = "250 2.1.5 expanded"});
    if (std::none_of(attempt.envelope.recipients.begin(),
                     attempt.envelope.recipients.end(),
                     [](const spool::Recipient& r) {
                       return r.state == RecipientState::kDelivered ||
                              r.state == RecipientState::kPending;
                     })) {
      continue;
    }
    attempt.fates.push_back({.recipient = i,
                             .action = notify::Action::kExpanded,
                             .reply = Reply(250, {2, 1, 5}, "Expanded"),
                             .from_peer = false,
                             .expired = false,
                             .kept_inside = false,
                             .hop = "",
                             .time = context_.clock->Now()});
  }
}

asio::awaitable<void> Delivery::FindSender(AttemptPointer attempt) {
  const address::Address* sender = attempt->envelope.sender.address();
  if (attempt->fates.empty() || sender == nullptr) co_return;
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  using Names = std::vector<std::string>;
  attempt->sender_exchangers =
      co_await AwaitOnPool<Names>(*context_.dns_pool, Names(), [&] {
        return ExchangersOf(*sender, *settings->routing, context_.resolver);
      });
}

// When every group has been tried: forget the message, keep it for a person,
// or set the time of the next attempt; and tell who must be told.
asio::awaitable<void> Delivery::Conclude(AttemptPointer attempt) {
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  ReportExpansions(*attempt);
  co_await FindSender(attempt);
  attempt->age = Age(*attempt);
  attempt->begun = context_.clock->Uptime();
  Notices notices = notifier_.Judge(settings->notifier, *attempt);
  for (const spool::RecipientChange& change : notices.changes) {
    attempt->envelope.recipients[change.recipient].state = change.state;
    attempt->changes.push_back(change);
  }
  const auto count = [&](RecipientState state) {
    return std::count_if(
        attempt->envelope.recipients.begin(),
        attempt->envelope.recipients.end(),
        [&](const spool::Recipient& r) { return r.state == state; });
  };
  const bool pending = count(RecipientState::kPending) > 0;
  const bool failed = count(RecipientState::kFailed) > 0;
  spool::Progress progress = TakeChanges(*attempt);
  if (attempt->leaves_out) attempt->pause = absl::ZeroDuration();
  if (pending && !attempt->tried) {
    context_.spool->PutBack(attempt->id, attempt->pause);
    co_return;
  }
  progress.attempts = attempt->envelope.attempts + 1;
  progress.pause = attempt->pause;
  const bool again = pending && attempt->pause == absl::ZeroDuration();
  progress.hold = !pending && failed;
  progress.done = !pending && !failed;
  progress.delay_told = notices.delay_told;
  if (notices.requests.empty()) {
    co_await recorder_.Save(std::move(progress));
    if (again) Wake();
    co_return;
  }
  co_await recorder_.SaveWith(settings->notifier, attempt, std::move(notices),
                              std::move(progress));
  Wake();
}

}  // namespace mailsec::server
