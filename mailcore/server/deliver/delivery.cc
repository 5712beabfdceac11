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

// Messages taken from the spool at once, beside those that next hops may have:
// mail that stays here always finds room. Ours.
constexpr size_t kMaxHere = 400;
// In one reading. Ours.
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

Delivery::Delivery(const Parts* parts, const Current<Snapshot>* current,
                   DeliveryOptions options)
    : parts_(*parts),
      current_(*current),
      options_(std::move(options)),
      notifier_(parts_.clock, parts_.events, parts_.stats),
      snapshot_(current_.Get()),
      hop_context_({.pool = parts_.pool,
                    .spool = parts_.spool,
                    .clock = parts_.clock,
                    .events = parts_.events,
                    .hostname = parts_.hostname,
                    .open = &connections_,
                    .connect = options_.connect}),
      cache_(parts_.dns_pool, parts_.clock, &thread_.context()),
      recorder_({.spool = parts_.spool,
                 .writer = parts_.writer,
                 .pool = parts_.pool,
                 .clock = parts_.clock,
                 .events = parts_.events,
                 .notifier = &notifier_,
                 .loop = &thread_.context(),
                 .pause = options_.write_pause}),
      outbox_(&hop_context_, &thread_.context(), snapshot_->outbox,
              [this](const std::string& key) { OnReached(key); }),
      asker_(&cache_, &outbox_),
      tools_({.cache = &cache_,
              .outbox = &outbox_,
              .reach_watch = &reach_watch_,
              .recorder = &recorder_,
              .notifier = &notifier_,
              .parts = &parts_,
              .automatic = options_.automatic,
              .stores = options_.stores}),
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
  outbox_.CheckTime(parts_.clock->Uptime());
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
  const absl::Duration end = parts_.clock->Uptime() + limit;
  while (active_ > 0 && parts_.clock->Uptime() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  thread_.Stop();
}

std::shared_ptr<const Snapshot> Delivery::TakeSnapshot() {
  std::shared_ptr<const Snapshot> now = current_.Get();
  if (now != snapshot_) outbox_.SetOptions(now->outbox);
  return snapshot_ = std::move(now);
}

// ---------------------------------------------------------------------------
// Taking messages

size_t Delivery::MaxActive() const {
  return snapshot_->outbox.MaxUnderWay() + kMaxHere;
}

asio::awaitable<void> Delivery::Loop() {
  while (!stopping_) {
    (void)TakeSnapshot();  // What waits goes on by its bounds.
    if (found_full_ >= kMaxFoundFull) {
      // What is due has to wait for others: look at the next ones slowly.
      asio::steady_timer pause(thread_.context(),
                               absl::ToChronoMilliseconds(kFullPause));
      co_await pause.async_wait(kNoThrow);
      found_full_ = 0;
    }
    while (active_ < MaxActive() && loading_ < kMaxLoading &&
           found_full_ < kMaxFoundFull) {
      std::vector<spool::QueueId> ids =
          parts_.spool->TakeDue(std::min(kMaxBatch, MaxActive() - active_));
      if (ids.empty()) break;
      active_ += ids.size();
      loading_ += ids.size();
      asio::co_spawn(thread_.context(), Load(std::move(ids)), asio::detached);
    }
    const absl::Duration until_due =
        active_ < MaxActive() ? parts_.spool->UntilDue() : kLongestSleep;
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
  const absl::Time now = parts_.clock->Now();
  const absl::Duration jump = clock_watch_.Look(now, parts_.clock->Uptime());
  if (jump == absl::ZeroDuration()) return;
  parts_.events->Record(base::Event(events::kClockJumped, now)
                            .With("by", absl::FormatDuration(jump)));
}

asio::awaitable<void> Delivery::Load(std::vector<spool::QueueId> ids) {
  using Messages = std::vector<LoadedMessage>;
  Messages messages =
      co_await AwaitOnPool<Messages>(*parts_.pool, Messages(), [&] {
        Messages read;
        for (const spool::QueueId id : ids) {
          read.push_back(LoadMessage(*parts_.spool, id));
        }
        return read;
      });
  loading_ -= ids.size();
  if (messages.empty()) {  // Too much to do.
    for (const spool::QueueId id : ids) {
      parts_.spool->PutBack(id, absl::Seconds(1));
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
    MessageDelivery delivery(&tools_, TakeSnapshot(), id, std::move(message),
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
  parts_.events->Record(base::Event(events::kUnreadable, parts_.clock->Now())
                            .With("id", id.ToString())
                            .With("error", why.message()));
  const absl::Status held = co_await AwaitOnPool<absl::Status>(
      *parts_.pool, absl::UnavailableError("too much to do"),
      [&] { return parts_.spool->Hold(id); });
  if (!held.ok()) recorder_.RecordNotStored(id, held);
  parts_.spool->PutBack(id, kHoldPause);
}

void Delivery::Leave() {
  --active_;
  if (active_ + kMaxBatch >= MaxActive()) Wake();
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
      *parts_.pool, LoadedMessage(),
      [&] { return LoadMessage(*parts_.spool, id); });
  const Reply stored(250, {2, 0, 0},
                     absl::StrCat("Ok: queued as ", id.ToString()));
  if (!message.envelope.ok()) {
    waiter.done(std::vector<Reply>(waiter.origin_count, stored));
    parts_.spool->PutBack(id, absl::ZeroDuration());
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
    asio::co_spawn(thread_.context(),
                   asker_.Ask(std::move(question), std::move(done)),
                   asio::detached);
  });
}

void Delivery::OnReached(const std::string& key) {
  const std::vector<spool::QueueId> ids = reach_watch_.Take(key);
  for (size_t i = 0; i < ids.size(); ++i) {
    parts_.spool->Hasten(ids[i], kReachedPause * static_cast<int64_t>(i));
  }
  if (!ids.empty()) wake_.cancel();
}

}  // namespace mailsec::server
