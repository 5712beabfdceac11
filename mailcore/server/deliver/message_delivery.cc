#include "mailcore/server/deliver/message_delivery.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/server/deliver/local_delivery.h"
#include "mailcore/server/queue/last_reply.h"
#include "mailcore/server/queue/reply_for_sender.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/runtime/when_all.h"
#include "mailcore/server/snapshot/exchangers.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;
using route::Destination;
using smtp::Reply;
using spool::RecipientState;

// Every time limit while a client waits. Ours; RFC 5321, 4.5.3.2.6 lets the
// client wait for ten minutes.
constexpr absl::Duration kCutThroughPatience = absl::Seconds(60);

// How long the addresses of some recipients are waited for, so that those with
// the same next hop go together. Ours.
constexpr absl::Duration kGatherTime = absl::Seconds(2);

// How long a notification waits for the exchangers of its target. Ours.
constexpr absl::Duration kSenderPatience = absl::Seconds(3);

// Mail that has nowhere to go is looked at this often.
constexpr absl::Duration kNoRoutePause = absl::Minutes(15);

// An answer that no next hop gave.
HopOutcome OurAnswer(const Reply& reply, smtp::Stage stage) {
  return {.said = {.reply = reply, .stage = stage, .from_peer = false}};
}

SendResult SameForAll(const HopOutcome& outcome, size_t recipients) {
  SendResult result;
  result.tried = true;
  result.outcomes.assign(recipients, outcome);
  return result;
}

// To a mailbox, or to whom the mailboxes are with (RFC 3464, 2.3.3).
bool HandsOver(const Destination& to) {
  return to.kind == Destination::Kind::kLmtp ||
         to.kind == Destination::Kind::kMaildir;
}

const base::EventType& EventFor(RecipientState state) {
  switch (state) {
    case RecipientState::kDelivered:
      return events::kDelivered;
    case RecipientState::kFailed:
      return events::kFailed;
    default:
      return events::kDeferred;
  }
}

}  // namespace

MessageDelivery::MessageDelivery(const DeliveryTools* tools,
                                 std::shared_ptr<const Snapshot> snapshot,
                                 spool::QueueId id, LoadedMessage loaded,
                                 std::unique_ptr<WaitingClient> client)
    : tools_(*tools),
      parts_(*tools_.parts),
      snapshot_(std::move(snapshot)),
      client_(std::move(client)),
      begun_(parts_.clock->Uptime()),
      age_begun_(loaded.age) {
  attempt_.id = id;
  attempt_.envelope = *std::move(loaded.envelope);
  attempt_.octets = loaded.octets;
  attempt_.content = std::move(loaded.content);
}

asio::awaitable<AttemptResult> MessageDelivery::Run() {
  Plan plan = PlanAttempt(attempt_.envelope, snapshot_->routing->router,
                          /*only_cut_through=*/client_waits());
  leaves_out_ = plan.leaves_out;
  if (attempt_.envelope.given_up) {
    GiveUp(plan);
    co_await Conclude();
    co_return result_;
  }
  if (!plan.unrouted.empty()) {
    PutOff(plan.unrouted, "no route for this domain", kNoRoutePause);
  }
  std::vector<asio::awaitable<void>> ways;
  for (Group& group : plan.mailboxes) {
    ways.push_back(PutIntoMailboxes(std::move(group)));
  }
  if (!plan.remote.empty()) ways.push_back(HandOverAll(std::move(plan.remote)));
  co_await WhenAll(std::move(ways));
  co_await AnswerClient();
  co_await SendAutomatic();
  co_await Conclude();
  co_return result_;
}

absl::Duration MessageDelivery::Age() const {
  return age_begun_ + (parts_.clock->Uptime() - begun_);
}

// ---------------------------------------------------------------------------
// The way there

asio::awaitable<void> MessageDelivery::PutIntoMailboxes(Group group) {
  for (const size_t i : group.recipients) {
    const std::optional<address::Address> owner =
        snapshot_->routing->router.MailboxOwner(
            attempt_.envelope.recipients[i].path);
    Reply reply(550, {5, 1, 1}, "There is no such mailbox any more");
    if (owner) {
      const policy::RecipientAnswer found =
          snapshot_->directory->FindDelivered(*owner);
      const LocalMail mail = {
          .id = attempt_.id,
          .sender = attempt_.envelope.sender,
          .received = attempt_.envelope.received,
          .mailbox = *owner,
          .recipient = i,
          .root = group.destination.maildir_root,
          .host_name = parts_.hostname,
          .quota = snapshot_->directory->QuotaOf(*owner, found.mailbox),
          .full_is_transient = snapshot_->settings.limits.full_is_transient,
          .now = parts_.clock->Now(),
          .content = attempt_.content};
      reply = co_await AwaitOnPool<Reply>(
          *parts_.pool, Reply(451, {4, 3, 2}, "Too much to do"), [&] {
            return DeliverLocally(mail, found, *parts_.spool, tools_.stores);
          });
    }
    attempt_.tried = true;
    JudgeOne(group, i, OurAnswer(reply, smtp::Stage::kContent),
             /*kept_inside=*/false);
  }
  co_await SaveDelivered();
}

// Domains with the same exchangers get one message, if these are found soon.
asio::awaitable<void> MessageDelivery::HandOverAll(std::vector<Group> groups) {
  std::vector<asio::awaitable<void>> searches;
  for (Group& group : groups) searches.push_back(FindHops(group, kGatherTime));
  co_await WhenAll(std::move(searches));
  std::vector<asio::awaitable<void>> ways;
  for (Group& group : JoinSameHops(std::move(groups))) {
    ways.push_back(HandOver(std::move(group)));
  }
  co_await WhenAll(std::move(ways));
}

asio::awaitable<void> MessageDelivery::FindHops(Group& group,
                                                absl::Duration limit) {
  group.hops = co_await tools_.cache->Find(
      snapshot_->routing, group.destination, group.mail_class, limit);
}

asio::awaitable<void> MessageDelivery::HandOver(Group group) {
  while (!group.hops) co_await FindHops(group, absl::InfiniteDuration());
  if (group.hops->failure) {
    SendResult result =
        SameForAll(OurAnswer(*group.hops->failure, smtp::Stage::kConnect),
                   group.recipients.size());
    result.kept_inside = group.hops->kept_inside;
    JudgeAll(group, result);
  } else {
    const SendResult result = co_await Send(group);
    JudgeAll(group, result);
  }
  co_await SaveDelivered();
}

// `group` must live until the message has gone its way.
Outgoing MessageDelivery::MakeOutgoing(const Group& group) {
  const spool::Envelope& envelope = attempt_.envelope;
  Outgoing message;
  message.content = {attempt_.content, attempt_.id};
  message.transaction.sender = envelope.sender;
  message.transaction.parameters = envelope.parameters;
  message.transaction.parameters.declared_size = attempt_.octets;
  message.transaction.has_8bit = envelope.has_8bit;
  // Octets above 0x7F in a header that came without SMTPUTF8 are a fault of old
  // programs, which servers with 8BITMIME bear; it is no mail of RFC 6531.
  message.transaction.headers_utf8 =
      envelope.headers_utf8 && envelope.parameters.smtputf8;
  for (const size_t i : group.recipients) {
    message.transaction.recipients.push_back(
        {envelope.recipients[i].path, envelope.recipients[i].parameters});
  }
  if (client_waits()) message.patience = kCutThroughPatience;
  message.on_taken = [this, &group](const auto& outcomes) {
    return TakeEarly(group, outcomes);
  };
  return message;
}

asio::awaitable<SendResult> MessageDelivery::Send(const Group& group) {
  const smtp::Protocol protocol =
      group.destination.kind == Destination::Kind::kLmtp
          ? smtp::Protocol::kLmtp
          : smtp::Protocol::kSmtp;
  std::shared_ptr<const route::Inside> inside(snapshot_->routing,
                                              &snapshot_->routing->inside);
  SendResult result =
      co_await tools_.outbox->Send(*group.hops, protocol, group.mail_class,
                                   std::move(inside), MakeOutgoing(group));
  if (!result.waits_for.empty()) {
    tools_.reach_watch->Wait(result.waits_for, attempt_.id);
  }
  const bool last_chance_is_over = !result.tried && result.unreachable &&
                                   snapshot_->schedule.IsExpired(Age());
  if (!last_chance_is_over) co_return result;
  // Nobody will ask for this one again: the last failure is the answer.
  co_return SameForAll(
      OurAnswer(Reply(451, {4, 4, 1}, result.why), smtp::Stage::kConnect),
      group.recipients.size());
}

// ---------------------------------------------------------------------------
// What came of it

void MessageDelivery::GiveUp(const Plan& plan) {
  std::vector<Group> groups = plan.mailboxes;
  groups.insert(groups.end(), plan.remote.begin(), plan.remote.end());
  groups.push_back({.destination = {}, .recipients = plan.unrouted});
  attempt_.tried = true;
  for (const Group& group : groups) {
    for (const size_t i : group.recipients) {
      const Reply why = LastTransientReply(attempt_.envelope.recipients[i]);
      JudgeOne(group, i, OurAnswer(why, smtp::Stage::kConnect),
               /*kept_inside=*/false);
    }
  }
}

void MessageDelivery::PutOff(const std::vector<size_t>& recipients,
                             const std::string& why, absl::Duration pause) {
  const size_t count = attempt_.envelope.recipients.size();
  for (const size_t i : recipients) {
    std::string& last_reply = attempt_.envelope.recipients[i].last_reply;
    if (last_reply.empty()) last_reply = KeptReply(why, count);
  }
  pause_ = std::min(pause_, pause);
}

// Some recipients of a group have their answer long before the others.
asio::awaitable<void> MessageDelivery::TakeEarly(
    const Group& group,
    const std::vector<std::optional<HopOutcome>>& outcomes) {
  for (size_t k = 0; k < group.recipients.size(); ++k) {
    const size_t recipient = group.recipients[k];
    const bool is_new = attempt_.envelope.recipients[recipient].state ==
                        RecipientState::kPending;
    if (is_new && outcomes[k] && outcomes[k]->said.reply.IsPositive()) {
      attempt_.tried = true;
      JudgeOne(group, recipient, *outcomes[k], /*kept_inside=*/false);
    }
  }
  co_await SaveDelivered();
}

void MessageDelivery::JudgeAll(const Group& group, const SendResult& result) {
  if (!result.tried) {
    if (!result.unreachable) ++result_.found_full;
    PutOff(group.recipients, result.why, result.pause);
    return;
  }
  attempt_.tried = true;
  for (size_t k = 0; k < group.recipients.size(); ++k) {
    const size_t recipient = group.recipients[k];
    const bool was_early = attempt_.envelope.recipients[recipient].state !=
                           RecipientState::kPending;
    if (was_early) continue;
    JudgeOne(group, recipient, result.outcomes[k], result.kept_inside);
  }
}

void MessageDelivery::JudgeOne(const Group& group, size_t recipient,
                               const HopOutcome& outcome, bool kept_inside) {
  const spool::Recipient& judged = attempt_.envelope.recipients[recipient];
  const Circumstances circumstances = {
      .hands_over = HandsOver(group.destination),
      .is_local = snapshot_->routing->router.IsLocal(judged.path),
      .kept_inside = kept_inside,
      .expired =
          attempt_.envelope.given_up || snapshot_->schedule.IsExpired(Age()),
      .pause = snapshot_->schedule.Pause(attempt_.id,
                                         attempt_.envelope.attempts + 1),
      .now = parts_.clock->Now(),
      .recipients = attempt_.envelope.recipients.size()};
  Take(JudgeOutcome(judged, recipient, outcome, circumstances));
  RecordOutcome(group, recipient, outcome);
}

void MessageDelivery::Take(Judgement judged) {
  const spool::RecipientChange& change = judged.change;
  spool::Recipient& recipient = attempt_.envelope.recipients[change.recipient];
  recipient.state = change.state;
  recipient.last_reply = change.last_reply;
  recipient.hop = change.hop;
  pause_ = std::min(pause_, judged.pause);
  parts_.stats->delivered += change.state == RecipientState::kDelivered;
  if (judged.arrived) arrived_.push_back(change.recipient);
  if (judged.fate) attempt_.fates.push_back(*std::move(judged.fate));
  // A failure is written down together with the notification of it: until then
  // the recipient would be asked again.
  if (change.state != RecipientState::kFailed) changes_.push_back(change);
}

void MessageDelivery::RecordOutcome(const Group& group, size_t recipient,
                                    const HopOutcome& outcome) const {
  const spool::Recipient& judged = attempt_.envelope.recipients[recipient];
  // The reply as it came: the log makes it safe, and does so once.
  base::Event event =
      Event(EventFor(judged.state), parts_.clock->Now())
          .With("id", attempt_.id.ToString())
          .With("recipient", judged.path.ToString())
          .With("to", group.destination.ToString())
          .With("hop", outcome.hop)
          .With("stage", smtp::StageName(outcome.said.stage))
          .With("reply", outcome.said.reply.ToString())
          .With("delay_seconds",
                absl::ToInt64Seconds(parts_.clock->Now() -
                                     attempt_.envelope.received));
  if (!judged.parameters.original_recipient.empty()) {
    std::move(event).With("original_recipient",
                          judged.parameters.original_recipient);
  }
  if (!attempt_.envelope.message_id.empty()) {
    std::move(event).With("message_id", attempt_.envelope.message_id);
  }
  parts_.events->Record(event);
}

// The others may take long, so what some have reached is written down by itself;
// unless it causes mail, which has to be sent first.
asio::awaitable<void> MessageDelivery::SaveDelivered() {
  const bool others_wait = std::any_of(
      attempt_.envelope.recipients.begin(), attempt_.envelope.recipients.end(),
      [](const auto& r) { return r.state == RecipientState::kPending; });
  if (!others_wait || CausesMail()) co_return;
  const bool delivered =
      std::any_of(changes_.begin(), changes_.end(), [](const auto& change) {
        return change.state == RecipientState::kDelivered;
      });
  if (delivered) co_await tools_.recorder->Save(TakeChanges());
}

spool::Progress MessageDelivery::TakeChanges() {
  spool::Progress progress;
  progress.id = attempt_.id;
  progress.attempts = attempt_.envelope.attempts;
  progress.changes = std::exchange(changes_, {});
  return progress;
}

// ---------------------------------------------------------------------------
// Who is told

// Those recipients whose fate the client learns now are no failures any more.
asio::awaitable<void> MessageDelivery::AnswerClient() {
  if (client_ == nullptr) co_return;
  const std::optional<CutThroughWaiter> waiter = client_->Take();
  if (!waiter) co_return;  // It has waited long enough.
  const CutThroughAnswer answer = AnswerCutThrough(
      FatesForClient(*waiter), waiter->origin_count,
      attempt_.envelope.sender_is_ours,
      Reply(250, {2, 0, 0},
            absl::StrCat("Ok: queued as ", attempt_.id.ToString())));
  bool refused = false;
  for (size_t i = 0; i < answer.forget.size(); ++i) {
    if (!answer.forget[i]) continue;
    refused = true;
    spool::Recipient& recipient = attempt_.envelope.recipients[i];
    recipient.state = RecipientState::kReported;
    changes_.push_back({.recipient = i,
                        .state = recipient.state,
                        .last_reply = recipient.last_reply,
                        .hop = recipient.hop});
    std::erase_if(attempt_.fates, [i](const RecipientFate& fate) {
      return fate.recipient == i;
    });
  }
  // A refusal holds before it is said, so that nothing we refused is delivered.
  if (refused) co_await tools_.recorder->Save(TakeChanges());
  waiter->done(answer.replies);
}

std::vector<CutThroughRecipient> MessageDelivery::FatesForClient(
    const CutThroughWaiter& waiter) const {
  using Fate = CutThroughRecipient::Fate;
  const std::vector<spool::Recipient>& all = attempt_.envelope.recipients;
  std::vector<CutThroughRecipient> recipients(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    recipients[i].origin = waiter.origins[i];
    recipients[i].reply =
        ReplyForSender(LastTransientReply(all[i]), attempt_.envelope, i);
    if (all[i].state == RecipientState::kExpanded) {
      recipients[i].origin = waiter.origin_count;  // Nobody's.
    } else if (all[i].state == RecipientState::kDelivered) {
      recipients[i].fate = Fate::kTaken;
    } else if (snapshot_->routing->router.Route(all[i].path).cut_through) {
      recipients[i].fate = Fate::kPutOff;
    }
  }
  for (const RecipientFate& fate : attempt_.fates) {
    if (fate.action != notify::Action::kFailed) continue;
    recipients[fate.recipient].fate = Fate::kRefused;
    recipients[fate.recipient].reply =
        ReplyForSender(fate.reply, attempt_.envelope, fate.recipient);
  }
  return recipients;
}

bool MessageDelivery::CausesMail() const {
  return tools_.automatic != nullptr &&
         tools_.automatic->Concerns(attempt_.envelope, arrived_);
}

// Before what became of the message is written down: after a crash the mailbox
// gets it again, once (local_delivery.h), and whoever was answered is
// remembered.
asio::awaitable<void> MessageDelivery::SendAutomatic() {
  if (!CausesMail()) co_return;
  ArrivedMail mail = {.id = attempt_.id,
                      .envelope = &attempt_.envelope,
                      .recipients = std::exchange(arrived_, {}),
                      .content = attempt_.content,
                      .progress = {}};
  mail.progress.id = attempt_.id;
  mail.progress.attempts = attempt_.envelope.attempts;
  mail.progress.changes = changes_;
  const bool sent = co_await AwaitOnPool<bool>(*parts_.answer_pool, false, [&] {
    tools_.automatic->Send(mail);
    return true;
  });
  if (sent) co_return;
  parts_.events->Record(Event(events::kAutomaticFault, parts_.clock->Now())
                            .With("because", attempt_.id.ToString())
                            .With("error", "too much to do"));
}

// Whoever may be told is known by all that bounds it. The name servers of the
// sender's domain are a stranger's: nothing else waits for them, and this not
// for long.
asio::awaitable<void> MessageDelivery::FindSender() {
  const address::Address* sender = attempt_.envelope.sender.address();
  if (sender == nullptr ||
      !tools_.notifier->MayTell(snapshot_->notifier, attempt_)) {
    co_return;
  }
  using Names = std::vector<std::string>;
  std::function<Names()> find = [target = *sender, snapshot = snapshot_,
                                 resolver = parts_.resolver] {
    return ExchangersOf(target, *snapshot->routing, resolver);
  };
  attempt_.sender_exchangers = co_await AwaitOnPoolFor<Names>(
      kSenderPatience, *parts_.answer_pool, Names(), std::move(find));
}

// Forgets the message, keeps it for a person, or lets it wait for the next
// attempt; and tells who must be told, in the same commit.
asio::awaitable<void> MessageDelivery::Conclude() {
  Ending ending = EndAttempt(attempt_, pause_, leaves_out_);
  if (ending.only_waits) {
    parts_.spool->PutBack(attempt_.id, ending.progress.pause);
    co_return;
  }
  for (Judgement& judged :
       JudgeExpansions(attempt_.envelope, parts_.clock->Now())) {
    Take(std::move(judged));
  }
  co_await FindSender();
  attempt_.age = Age();
  Notices notices = tools_.notifier->Judge(snapshot_->notifier, attempt_);
  for (const spool::RecipientChange& change : notices.changes) {
    attempt_.envelope.recipients[change.recipient].state = change.state;
    changes_.push_back(change);
  }
  ending = EndAttempt(attempt_, pause_, leaves_out_);
  ending.progress.changes = std::exchange(changes_, {});
  ending.progress.delay_told = notices.delay_told;
  result_.more_is_due = !notices.requests.empty() ||
                        ending.progress.pause == absl::ZeroDuration();
  if (notices.requests.empty()) {
    co_await tools_.recorder->Save(std::move(ending.progress));
  } else {
    co_await tools_.recorder->SaveWith(snapshot_->notifier, attempt_,
                                       std::move(notices),
                                       std::move(ending.progress));
  }
}

}  // namespace mailsec::server
