// Who works on what waits: the second half of Outbox.

#include <algorithm>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/server/deliver/outbox.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::HostHealth;
using route::Pace;

// At least so long is put off what waited for a next hop that has failed. Ours.
constexpr absl::Duration kShortestPause = absl::Milliseconds(50);

}  // namespace

// Sets somebody to work on what waits, if that is allowed.
void Outbox::Pump(const LanePointer& lane) {
  if (lane->waiting.size() <= lane->starting) return;
  if (!lane->idle.empty()) {
    // It takes itself off the list; others must not wait for it.
    lane->idle.back()->cancel();
    lane->idle.pop_back();
    ++lane->starting;
    return;
  }
  const absl::Duration uptime = context_->clock->Uptime();
  if (lane->slow || lane->queued || !pace_.Ask(lane->key, uptime).go) return;
  const Slots::Kind kind = KindOf(*lane);
  if (!slots_.HasRoom(kind)) {
    lane->queued = true;
    queues_[static_cast<size_t>(kind)].push_back(lane);
    return;
  }
  std::shared_ptr<HopConnection> hop =
      context_->connect(context_, lane->protocol, loop_->get_executor());
  slots_.Take(hop.get(), kind);
  pace_.Started(lane->key);
  lane->connections.push_back(hop.get());
  ++lane->starting;
  asio::co_spawn(*loop_, Work(lane, std::move(hop)), asio::detached);
}

// There may be room for lanes that wait for a slot.
void Outbox::PumpQueued() {
  for (const Slots::Kind kind :
       {Slots::Kind::kProven, Slots::Kind::kNew, Slots::Kind::kSuspect}) {
    std::deque<LanePointer>& queue = queues_[static_cast<size_t>(kind)];
    // One that has changed its kind may go to the end of another queue.
    for (size_t n = queue.size(); n > 0 && slots_.HasRoom(kind); --n) {
      const LanePointer lane = std::move(queue.front());
      queue.pop_front();
      lane->queued = false;
      Pump(lane);
    }
  }
}

// One connection's life.
asio::awaitable<void> Outbox::Work(LanePointer lane,
                                   std::shared_ptr<HopConnection> hop) {
  co_await asio::post(*loop_, asio::use_awaitable);  // Never within Send().
  Carrier carrier(context_, &health_, hop.get(), [&] {
    pace_.Greeted(lane->key);
    slots_.BecomeProven(hop.get());
    Recount(*lane);
    Pump(lane);
    PumpQueued();
  });
  Pace::Result result = Pace::Result::kGood;
  for (bool called = true;; called = false) {
    std::optional<Errand> errand = co_await NextErrand(lane, *hop, called);
    if (!errand) break;
    const absl::Duration start = context_->clock->Uptime();
    Carried carried =
        co_await carrier.Carry(WayOf(*lane), std::move(errand->message));
    const absl::Duration end = context_->clock->Uptime();
    lane->service_time += (end - start - lane->service_time) / 16;
    result = Note(*lane, carried);
    errand->done(ResultOf(*lane, std::move(carried)));
    if (result != Pace::Result::kGood) break;
    pace_.Ended(lane->key, Pace::Result::kGood, end);
    pace_.Started(lane->key);
  }
  co_await hop->Quit();
  Leave(lane, hop.get(), result);
}

// Waits for the next message, for a while. Nothing: hang up. `called`: there
// was one when this worker was started.
asio::awaitable<std::optional<Outbox::Errand>> Outbox::NextErrand(
    LanePointer lane, HopConnection& hop, bool called) {
  for (;; called = false) {
    if (!called) {
      const bool has_work = co_await AwaitWork(lane, hop);
      if (!has_work) co_return std::nullopt;
    }
    --lane->starting;
    if (lane->waiting.empty()) continue;  // Somebody else was faster.
    Errand errand = std::move(lane->waiting.front());
    lane->waiting.pop_front();
    Recount(*lane);
    Pump(lane);
    co_return errand;
  }
}

asio::awaitable<bool> Outbox::AwaitWork(LanePointer lane, HopConnection& hop) {
  if (stopping_) co_return false;
  if (lane->waiting.size() > lane->starting) {
    ++lane->starting;
    co_return true;
  }
  if (!hop.ready()) co_return false;
  asio::steady_timer timer(*loop_,
                           absl::ToChronoMilliseconds(options_.idle_time));
  lane->idle.push_back(&timer);
  (void)co_await timer.async_wait(kNoThrow);
  if (std::erase(lane->idle, &timer) > 0) co_return false;
  // Somebody has taken it off and counts on us, even if its time was over.
  if (!stopping_) co_return true;
  --lane->starting;
  co_return false;
}

Way Outbox::WayOf(const Lane& lane) const {
  return {.key = lane.key,
          .hops = lane.hops,
          .mail_class = lane.mail_class,
          .inside = lane.inside,
          .search = lane.failure.empty() ? HostHealth::Search::kUsual
                                         : HostHealth::Search::kGoesOn,
          .max_recipients = lane.max_recipients,
          .max_messages = options_.max_messages,
          .max_age = options_.max_age};
}

// What a message's way tells about the next hop.
Pace::Result Outbox::Note(Lane& lane, const Carried& carried) {
  if (carried.max_recipients) lane.max_recipients = *carried.max_recipients;
  if (carried.kept_inside) return Pace::Result::kGood;  // Nobody was asked.
  if (carried.reach == Carried::Reach::kAnswered) {
    if (!lane.failure.empty()) RecordReach(events::kHopReachable, lane, "");
    lane.failure.clear();
    if (std::exchange(lane.is_owed, false) && on_reached_) {
      on_reached_(lane.key);
    }
    return Pace::Result::kGood;
  }
  if (lane.failure.empty()) {
    RecordReach(events::kHopUnreachable, lane, carried.why);
  }
  lane.failure = carried.why;
  return carried.reach == Carried::Reach::kBrokeOff ? Pace::Result::kBusy
                                                    : Pace::Result::kFailed;
}

SendResult Outbox::ResultOf(Lane& lane, Carried carried) const {
  SendResult result;
  result.tried = true;
  result.outcomes = std::move(carried.outcomes);
  result.kept_inside = carried.kept_inside;
  result.unreachable =
      !carried.kept_inside && carried.reach != Carried::Reach::kAnswered;
  if (result.unreachable) {
    result.why = carried.why;
    result.waits_for = lane.key;
    lane.is_owed = true;
  }
  return result;
}

void Outbox::Leave(const LanePointer& lane, HopConnection* hop,
                   Pace::Result result) {
  const absl::Duration uptime = context_->clock->Uptime();
  slots_.Free(hop);
  std::erase(lane->connections, hop);
  pace_.Ended(lane->key, result, uptime);
  const absl::Duration until = pace_.Ask(lane->key, uptime).not_before;
  if (until > uptime) {
    SendResult put_off;
    put_off.why = lane->failure;
    put_off.pause = std::max(until - uptime, kShortestPause);
    put_off.unreachable = true;
    put_off.waits_for = lane->key;
    PutOff(*lane, 0, put_off);
  }
  Recount(*lane);
  Pump(lane);
  PumpQueued();
}

void Outbox::RecordReach(const base::EventType& type, const Lane& lane,
                         absl::string_view why) const {
  context_->events->Record(base::Event(type, context_->clock->Now())
                               .With("hop", lane.key)
                               .With("why", why));
}

}  // namespace mailsec::server
