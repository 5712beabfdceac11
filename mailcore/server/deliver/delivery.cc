#include "mailcore/server/deliver/delivery.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using smtp::Reply;

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

// Between two messages that waited for the same next hop, when it is reached
// again: it has just come back. Ours.
constexpr absl::Duration kReachedPause = absl::Milliseconds(2);

// A message that could not be held is looked at again after this.
constexpr absl::Duration kHoldPause = absl::Minutes(1);

}  // namespace

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
                    .open = &connections_,
                    .connect = context_.connect}),
      cache_(context_.dns_pool, context_.clock, &thread_.context()),
      recorder_({.spool = context_.spool,
                 .writer = context_.writer,
                 .pool = context_.pool,
                 .clock = context_.clock,
                 .events = context_.events,
                 .notifier = &notifier_,
                 .loop = &thread_.context(),
                 .pause = context_.write_pause}),
      outbox_(&hop_context_, &thread_.context(), settings_->outbox,
              [this](const std::string& key) { OnReached(key); }),
      asker_(&cache_, &outbox_),
      tools_({.cache = &cache_,
              .outbox = &outbox_,
              .reach_watch = &reach_watch_,
              .recorder = &recorder_,
              .notifier = &notifier_,
              .spool = context_.spool,
              .pool = context_.pool,
              .dns_pool = context_.dns_pool,
              .clock = context_.clock,
              .events = context_.events,
              .stats = context_.stats,
              .hostname = context_.hostname,
              .automatic = context_.automatic,
              .resolver = context_.resolver,
              .stores = context_.stores}),
      wake_(thread_.context()),
      sweep_(thread_.context()) {}

Delivery::~Delivery() { thread_.Stop(); }

void Delivery::Start() {
  asio::co_spawn(thread_.context(), Loop(), asio::detached);
  asio::co_spawn(thread_.context(), Sweep(), asio::detached);
  thread_.Start();
}

bool Delivery::RunReady() {
  if (!std::exchange(is_driven_, true)) {
    asio::co_spawn(thread_.context(), Loop(), asio::detached);
  }
  return thread_.context().poll() > 0;
}

void Delivery::CheckTime() {
  outbox_.CheckTime(context_.clock->Uptime());
  WatchClock();
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
    CheckTime();
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
    asio::co_spawn(thread_.context(), Deliver(ids[i], std::move(messages[i])),
                   asio::detached);
  }
}

asio::awaitable<void> Delivery::Deliver(spool::QueueId id,
                                        LoadedMessage message,
                                        std::unique_ptr<WaitingClient> client) {
  reach_watch_.Forget(id);
  if (message.envelope.ok()) {
    MessageDelivery delivery(&tools_, settings(), id, std::move(message),
                             std::move(client));
    const AttemptResult result = co_await delivery.Run();
    found_full_ += result.found_full;
    if (result.more_is_due) Wake();
  } else {
    co_await HoldUnreadable(id, message.envelope.status());
  }
  Leave();
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
  asio::post(thread_.context(), [this, id, limit,
                                 waiter = std::move(waiter)]() mutable {
    asio::co_spawn(thread_.context(), LoadNow(id, std::move(waiter), limit),
                   asio::detached);
  });
}

asio::awaitable<void> Delivery::LoadNow(spool::QueueId id,
                                        CutThroughWaiter waiter,
                                        absl::Duration limit) {
  LoadedMessage message = co_await AwaitOnPool<LoadedMessage>(
      *context_.pool, LoadedMessage(),
      [&] { return LoadMessage(*context_.spool, id); });
  const Reply stored(250, {2, 0, 0},
                     absl::StrCat("Ok: queued as ", id.ToString()));
  if (!message.envelope.ok()) {
    waiter.done(std::vector<Reply>(waiter.origin_count, stored));
    context_.spool->PutBack(id, absl::ZeroDuration());
    Leave();
    Wake();
    co_return;
  }
  co_await Deliver(id, std::move(message),
                   std::make_unique<WaitingClient>(std::move(waiter), stored,
                                                   limit, &thread_.context()));
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

void Delivery::OnReached(const std::string& key) {
  const std::vector<spool::QueueId> ids = reach_watch_.Take(key);
  for (size_t i = 0; i < ids.size(); ++i) {
    context_.spool->Hasten(ids[i], kReachedPause * static_cast<int64_t>(i));
  }
  if (!ids.empty()) wake_.cancel();
}

}  // namespace mailsec::server
