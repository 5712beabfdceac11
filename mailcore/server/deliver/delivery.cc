#include "mailcore/server/deliver/delivery.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/deliver/local_delivery.h"
#include "mailcore/server/queue/last_reply.h"
#include "mailcore/server/queue/loaded_message.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::Destination;
using route::MailClass;
using smtp::Reply;
using spool::RecipientState;

// The wall clock may jump, so the loop never sleeps longer than this.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);

// Messages taken from the spool at once, and in one reading. Ours.
constexpr size_t kMaxActive = 2000;
constexpr size_t kMaxBatch = 64;
constexpr size_t kMaxLoading = 256;

// When so many have found their next hop busy with others, the next ones are
// looked at after a pause: a long queue for one next hop must neither hide the
// rest nor be read over and over. Ours.
constexpr size_t kMaxFoundFull = 256;
constexpr absl::Duration kFullPause = absl::Milliseconds(20);

// Every time limit while a client waits. Ours; RFC 5321, 4.5.3.2.6 lets the
// client wait for ten minutes.
constexpr absl::Duration kCutThroughPatience = absl::Seconds(60);

// How long the addresses of some recipients are waited for, so that those with
// the same next hop go together. Ours.
constexpr absl::Duration kGatherTime = absl::Seconds(2);

// Mail that has nowhere to go is looked at this often.
constexpr absl::Duration kNoRoutePause = absl::Minutes(15);

// Between two messages that waited for the same next hop, when it is reached
// again: it has just come back. Ours.
constexpr absl::Duration kReachedPause = absl::Milliseconds(2);

// A message that could not be held is looked at again after this.
constexpr absl::Duration kHoldPause = absl::Minutes(1);

std::shared_ptr<Attempt> NewAttempt(spool::QueueId id, LoadedMessage message,
                                    absl::Duration uptime) {
  auto attempt = std::make_shared<Attempt>();
  attempt->id = id;
  attempt->envelope = *std::move(message.envelope);
  attempt->octets = message.octets;
  attempt->age = message.age;
  attempt->begun = uptime;
  attempt->content = std::move(message.content);
  return attempt;
}

bool GoesByMaildir(const Destination& to) {
  return to.kind == Destination::Kind::kMaildir;
}

}  // namespace

struct Delivery::Plan {
  struct Way {
    route::NextHops hops;
    Group group;
  };
  std::map<std::string, Way> ways;  // By the key of the next hops.
  size_t unknown = 0;               // Groups whose addresses are looked up.
  bool sent = false;  // The ways have been gone; what comes later goes alone.
};

Delivery::Delivery(DeliveryContext context,
                   std::shared_ptr<const DeliverySettings> settings)
    : context_(std::move(context)),
      notifier_(context_.clock, context_.events, context_.stats),
      settings_(std::move(settings)),
      hop_context_({.pool = context_.pool,
                    .spool = context_.spool,
                    .clock = context_.clock,
                    .events = context_.events,
                    .hostname = context_.hostname,
                    .open = &connections_}),
      cache_(context_.dns_pool, context_.clock, &thread_.context()),
      recorder_({.spool = context_.spool,
                 .writer = context_.writer,
                 .pool = context_.pool,
                 .clock = context_.clock,
                 .events = context_.events,
                 .notifier = &notifier_,
                 .loop = &thread_.context()}),
      outbox_(&hop_context_, &thread_.context(), settings_->outbox,
              [this](const std::string& key) { OnReached(key); }),
      asker_(&cache_, &outbox_),
      wake_(thread_.context()),
      sweep_(thread_.context()) {}

Delivery::~Delivery() { thread_.Stop(); }

void Delivery::Start() {
  asio::co_spawn(thread_.context(), Loop(), asio::detached);
  asio::co_spawn(thread_.context(), Sweep(), asio::detached);
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
    outbox_.ForgetPauses();
    cache_.Clear();
    wake_.cancel();
  });
}

void Delivery::Stop(absl::Duration limit) {
  stopping_ = true;
  recorder_.Stop();
  Wake();
  asio::post(thread_.context(), [this] { outbox_.Stop(); });
  const absl::Duration end = context_.clock->Uptime() + limit;
  while (active_ > 0 && context_.clock->Uptime() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  thread_.Stop();
}

void Delivery::SetSettings(std::shared_ptr<const DeliverySettings> settings) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    settings_ = settings;
  }
  asio::post(thread_.context(), [this, settings] {
    outbox_.SetOptions(settings->outbox);
    cache_.Clear();
  });
}

std::shared_ptr<const DeliverySettings> Delivery::settings() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return settings_;
}

// ---------------------------------------------------------------------------
// Taking messages

asio::awaitable<void> Delivery::Loop() {
  while (!stopping_) {
    if (found_full_ >= kMaxFoundFull) {
      // What is due has to wait for others: look at the next ones slowly.
      asio::steady_timer pause(thread_.context(),
                               absl::ToChronoMilliseconds(kFullPause));
      co_await pause.async_wait(kNoThrow);
      found_full_ = 0;
    }
    while (active_ < kMaxActive && loading_ < kMaxLoading &&
           found_full_ < kMaxFoundFull) {
      std::vector<spool::QueueId> ids =
          context_.spool->TakeDue(std::min(kMaxBatch, kMaxActive - active_));
      if (ids.empty()) break;
      active_ += ids.size();
      loading_ += ids.size();
      asio::co_spawn(thread_.context(), Load(std::move(ids)), asio::detached);
    }
    const absl::Duration until_due =
        active_ < kMaxActive ? context_.spool->UntilDue() : kLongestSleep;
    wake_.expires_after(absl::ToChronoMilliseconds(
        std::clamp(until_due, absl::Milliseconds(1), kLongestSleep)));
    co_await wake_.async_wait(kNoThrow);
  }
}

asio::awaitable<void> Delivery::Sweep() {
  while (!stopping_) {
    outbox_.CheckTime(context_.clock->Uptime());
    WatchClock();
    sweep_.expires_after(std::chrono::seconds(1));
    co_await sweep_.async_wait(kNoThrow);
  }
}

// Nothing here waits by the time of day, but people read it in the log.
void Delivery::WatchClock() {
  const absl::Time now = context_.clock->Now();
  const absl::Duration jump = clock_watch_.Look(now, context_.clock->Uptime());
  if (jump == absl::ZeroDuration()) return;
  context_.events->Record(base::Event(events::kClockJumped, now)
                              .With("by", absl::FormatDuration(jump)));
}

asio::awaitable<void> Delivery::Load(std::vector<spool::QueueId> ids) {
  using Messages = std::vector<LoadedMessage>;
  Messages messages =
      co_await AwaitOnPool<Messages>(*context_.pool, Messages(), [&] {
        Messages read;
        for (const spool::QueueId id : ids) {
          read.push_back(LoadMessage(*context_.spool, id));
        }
        return read;
      });
  loading_ -= ids.size();
  if (messages.empty()) {  // Too much to do.
    for (const spool::QueueId id : ids) {
      context_.spool->PutBack(id, absl::Seconds(1));
    }
    active_ -= ids.size();
    co_return;
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    if (messages[i].envelope.ok()) {
      Begin(
          NewAttempt(ids[i], std::move(messages[i]), context_.clock->Uptime()));
      continue;
    }
    co_await HoldUnreadable(ids[i], messages[i].envelope.status());
    --active_;
  }
}

asio::awaitable<void> Delivery::HoldUnreadable(spool::QueueId id,
                                               absl::Status why) {
  context_.events->Record(
      base::Event(events::kUnreadable, context_.clock->Now())
          .With("id", id.ToString())
          .With("error", why.message()));
  const absl::Status held = co_await AwaitOnPool<absl::Status>(
      *context_.pool, absl::UnavailableError("too much to do"),
      [&] { return context_.spool->Hold(id); });
  if (!held.ok()) recorder_.RecordNotStored(id, held);
  context_.spool->PutBack(id, kHoldPause);
}

void Delivery::Leave() {
  --active_;
  if (active_ + kMaxBatch >= kMaxActive) Wake();
}

void Delivery::DeliverNow(spool::QueueId id, CutThroughWaiter waiter,
                          absl::Duration limit) {
  ++active_;
  auto owned = std::make_unique<CutThroughWaiter>(std::move(waiter));
  asio::post(
      thread_.context(), [this, id, limit, owned = std::move(owned)]() mutable {
        asio::co_spawn(thread_.context(), LoadNow(id, std::move(owned), limit),
                       asio::detached);
      });
}

asio::awaitable<void> Delivery::LoadNow(
    spool::QueueId id, std::unique_ptr<CutThroughWaiter> waiter,
    absl::Duration limit) {
  LoadedMessage message = co_await AwaitOnPool<LoadedMessage>(
      *context_.pool, LoadedMessage(),
      [&] { return LoadMessage(*context_.spool, id); });
  const Reply stored(250, {2, 0, 0},
                     absl::StrCat("Ok: queued as ", id.ToString()));
  if (!message.envelope.ok()) {
    waiter->done(std::vector<Reply>(waiter->origin_count, stored));
    context_.spool->PutBack(id, absl::ZeroDuration());
    --active_;
    Wake();
    co_return;
  }
  const AttemptPointer attempt =
      NewAttempt(id, std::move(message), context_.clock->Uptime());
  attempt->waiter = std::move(waiter);
  // Who has waited long enough is told that the message is ours, which it is.
  attempt->patience = std::make_unique<asio::steady_timer>(
      thread_.context(), absl::ToChronoMilliseconds(limit));
  attempt->patience->async_wait([attempt, stored](const auto& error) {
    if (error || attempt->waiter == nullptr) return;
    const auto gone = std::move(attempt->waiter);
    gone->done(std::vector<Reply>(gone->origin_count, stored));
  });
  Begin(attempt);
}

void Delivery::Ask(HopQuestion question, HopAsker::Done done) {
  asio::post(thread_.context(), [this, question = std::move(question),
                                 done = std::move(done)]() mutable {
    asio::co_spawn(
        thread_.context(),
        asker_.Ask(settings()->routing, std::move(question), std::move(done)),
        asio::detached);
  });
}

// ---------------------------------------------------------------------------
// Sending

void Delivery::Begin(AttemptPointer attempt) {
  reach_watch_.Forget(attempt->id);
  attempt->open = 1;  // Until every group is on its way.
  auto plan = std::make_shared<Plan>();
  plan->unknown = 1;  // Some addresses may be known at once: wait for all.
  for (Group& group : GroupRecipients(*attempt)) {
    ++attempt->open;
    if (group.destination.kind == Destination::Kind::kNone) {
      PutOff(*attempt, group.recipients, "no route for this domain",
             kNoRoutePause);
      CloseGroup(attempt);
    } else if (GoesByMaildir(group.destination)) {
      asio::co_spawn(thread_.context(),
                     SendToMaildirs(attempt, std::move(group)), asio::detached);
    } else {
      FindHops(attempt, plan, std::move(group));
    }
  }
  if (--plan->unknown == 0) {
    SendPlanned(attempt, plan);
  } else {
    auto timer = std::make_shared<asio::steady_timer>(
        thread_.context(), absl::ToChronoMilliseconds(kGatherTime));
    timer->async_wait([this, timer, attempt, plan](const auto&) {
      SendPlanned(attempt, plan);
    });
  }
  CloseGroup(attempt);
}

std::vector<Delivery::Group> Delivery::GroupRecipients(Attempt& attempt) const {
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  std::map<std::string, Group> groups;
  for (size_t i = 0; i < attempt.envelope.recipients.size(); ++i) {
    const spool::Recipient& recipient = attempt.envelope.recipients[i];
    if (recipient.state != RecipientState::kPending) continue;
    Destination to = settings->routing->router.Route(recipient.path);
    if (attempt.waiter != nullptr && !to.cut_through) {
      attempt.leaves_out = true;
      continue;
    }
    Group& group = groups[absl::StrCat(to.ToString(),
                                       recipient.local_only ? " inside" : "")];
    group.destination = std::move(to);
    group.mail_class =
        recipient.local_only ? MailClass::kLocalOnly : MailClass::kOrdinary;
    group.recipients.push_back(i);
  }
  std::vector<Group> out;
  for (auto& [key, group] : groups) out.push_back(std::move(group));
  return out;
}

void Delivery::FindHops(AttemptPointer attempt, std::shared_ptr<Plan> plan,
                        Group group) {
  ++plan->unknown;
  const Destination destination = group.destination;
  const MailClass mail_class = group.mail_class;
  cache_.Find(settings()->routing, destination, mail_class,
              [this, attempt, plan,
               group = std::move(group)](const route::NextHops& hops) mutable {
                --plan->unknown;
                if (hops.failure) {
                  SendResult result;
                  result.tried = true;
                  result.kept_inside = hops.kept_inside;
                  result.outcomes.assign(
                      group.recipients.size(),
                      {.said = {.reply = *hops.failure,
                                .stage = smtp::Stage::kConnect,
                                .from_peer = false}});
                  return OnSent(attempt, group, std::move(result));
                }
                if (plan->sent) return Send(attempt, hops, std::move(group));
                Plan::Way& way = plan->ways[absl::StrCat(
                    hops.key, static_cast<int>(group.mail_class),
                    static_cast<int>(group.destination.kind))];
                if (way.group.recipients.empty()) {
                  way.hops = hops;
                  way.group = std::move(group);
                } else {
                  // Another domain with the same exchangers: one message.
                  way.group.recipients.insert(way.group.recipients.end(),
                                              group.recipients.begin(),
                                              group.recipients.end());
                  --attempt->open;
                }
                if (plan->unknown == 0) SendPlanned(attempt, plan);
              });
}

void Delivery::SendPlanned(AttemptPointer attempt,
                           const std::shared_ptr<Plan>& plan) {
  if (std::exchange(plan->sent, true)) return;
  for (auto& [key, way] : plan->ways) {
    Send(attempt, way.hops, std::move(way.group));
  }
  plan->ways.clear();
}

void Delivery::Send(AttemptPointer attempt, const route::NextHops& hops,
                    Group group) {
  const spool::Envelope& envelope = attempt->envelope;
  Outgoing message;
  message.content = {attempt->content, attempt->id};
  message.transaction.sender = envelope.sender;
  message.transaction.parameters = envelope.parameters;
  message.transaction.parameters.declared_size = attempt->octets;
  message.transaction.has_8bit = envelope.has_8bit;
  // Octets above 0x7F in a header that came without SMTPUTF8 are a fault of old
  // programs, which servers with 8BITMIME bear; it is no mail of RFC 6531.
  message.transaction.headers_utf8 =
      envelope.headers_utf8 && envelope.parameters.smtputf8;
  for (const size_t i : group.recipients) {
    message.transaction.recipients.push_back(
        {envelope.recipients[i].path, envelope.recipients[i].parameters});
  }
  if (attempt->waiter != nullptr) message.patience = kCutThroughPatience;
  const std::shared_ptr<const Routing> routing = settings()->routing;
  const std::shared_ptr<const route::Inside> inside(routing, &routing->inside);
  const smtp::Protocol protocol =
      group.destination.kind == Destination::Kind::kLmtp
          ? smtp::Protocol::kLmtp
          : smtp::Protocol::kSmtp;
  const MailClass mail_class = group.mail_class;
  asio::co_spawn(
      thread_.context(),
      outbox_.Send(hops, protocol, mail_class, inside, std::move(message)),
      [this, attempt, group = std::move(group)](const std::exception_ptr&,
                                                SendResult result) {
        OnSent(attempt, group, std::move(result));
      });
}

void Delivery::OnSent(AttemptPointer attempt, const Group& group,
                      SendResult result) {
  const bool expired = settings()->schedule.IsExpired(Age(*attempt));
  if (!result.tried && result.unreachable && expired) {
    // Nobody will ask for this one again: the last failure is the answer.
    result.outcomes.assign(group.recipients.size(),
                           {.said = {.reply = Reply(451, {4, 4, 1}, result.why),
                                     .stage = smtp::Stage::kConnect,
                                     .from_peer = false}});
    result.tried = true;
  }
  if (!result.waits_for.empty()) {
    reach_watch_.Wait(result.waits_for, attempt->id);
  }
  if (!result.tried) {
    if (!result.unreachable) ++found_full_;
    PutOff(*attempt, group.recipients, result.why, result.pause);
  } else {
    attempt->tried = true;
    for (size_t k = 0; k < group.recipients.size(); ++k) {
      Decide(*attempt, group.recipients[k], result.outcomes[k], group,
             result.kept_inside);
    }
  }
  CloseGroup(std::move(attempt));
}

void Delivery::OnReached(const std::string& key) {
  const std::vector<spool::QueueId> ids = reach_watch_.Take(key);
  for (size_t i = 0; i < ids.size(); ++i) {
    context_.spool->Hasten(ids[i], kReachedPause * static_cast<int64_t>(i));
  }
  if (!ids.empty()) wake_.cancel();
}

asio::awaitable<void> Delivery::SendToMaildirs(AttemptPointer attempt,
                                               Group group) {
  const std::shared_ptr<const DeliverySettings> settings = this->settings();
  attempt->tried = true;
  for (const size_t i : group.recipients) {
    const std::optional<address::Address> owner =
        settings->routing->router.MailboxOwner(
            attempt->envelope.recipients[i].path);
    Reply reply(550, {5, 1, 1}, "There is no such mailbox any more");
    if (owner) {
      const LocalMail mail = {.id = attempt->id,
                              .sender = attempt->envelope.sender,
                              .received = attempt->envelope.received,
                              .mailbox = *owner,
                              .recipient = i,
                              .root = group.destination.maildir_root,
                              .host_name = context_.hostname,
                              .content = attempt->content};
      reply = co_await AwaitOnPool<Reply>(
          *context_.pool, Reply(451, {4, 3, 2}, "Too much to do"), [&] {
            return DeliverLocally(mail, *context_.spool, *settings->directory,
                                  context_.stores);
          });
    }
    Decide(*attempt, i,
           {.said = {.reply = reply,
                     .stage = smtp::Stage::kContent,
                     .from_peer = false}},
           group, false);
  }
  CloseGroup(attempt);
}

}  // namespace mailsec::server
