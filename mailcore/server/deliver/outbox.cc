#include "mailcore/server/deliver/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::Pace;

// Next hops that could not be reached the last time, kept in mind. Ours.
constexpr size_t kMaxLanes = 10000;

// How long a message is put off that finds too many in front of it: as long as
// those need, within these bounds. Ours.
constexpr absl::Duration kShortestPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Minutes(5);
// A next hop whose speed is not known yet is taken to be this fast.
constexpr absl::Duration kUnknownServiceTime = absl::Milliseconds(1);

std::string LaneKey(const route::NextHops& hops, smtp::Protocol protocol,
                    route::MailClass mail_class) {
  return absl::StrCat(
      hops.key, protocol == smtp::Protocol::kLmtp ? " lmtp" : "",
      mail_class == route::MailClass::kLocalOnly ? " inside" : "");
}

SendResult NotTried(std::string why, absl::Duration pause) {
  SendResult result;
  result.why = std::move(why);
  result.pause = pause;
  return result;
}

SendResult Unreachable(const std::string& why, const std::string& hop,
                       size_t recipients) {
  SendResult result;
  result.tried = true;
  result.unreachable = true;
  result.hop = hop;
  result.outcomes.assign(recipients, {.reply = smtp::Reply(451, {4, 4, 1}, why),
                                      .stage = smtp::Stage::kConnect,
                                      .from_peer = false});
  return result;
}

SendResult KeptInside(const std::string& hop, size_t recipients) {
  SendResult result;
  result.tried = true;
  result.kept_inside = true;
  result.outcomes.assign(recipients, {.reply = route::Inside::Refusal(hop),
                                      .stage = smtp::Stage::kConnect,
                                      .from_peer = false});
  return result;
}

}  // namespace

Outbox::Outbox(const HopContext* context, asio::io_context* loop,
               Options options)
    : context_(context), loop_(loop), options_(options), pace_(options.pace) {}

void Outbox::SetOptions(Options options) {
  options_ = options;
  pace_.SetOptions(options.pace);
}

void Outbox::Send(const route::NextHops& hops, smtp::Protocol protocol,
                  route::MailClass mail_class,
                  std::shared_ptr<const route::Inside> inside,
                  Outgoing message) {
  const std::string key = LaneKey(hops, protocol, mail_class);
  if (stopping_) {
    return message.done(NotTried("the server stops", absl::ZeroDuration()));
  }
  LanePointer& lane = lanes_[key];
  if (lane == nullptr) {
    lane = std::make_shared<Lane>();
    lane->key = key;
    lane->protocol = protocol;
    lane->mail_class = mail_class;
  }
  lane->hops = hops;
  lane->inside = std::move(inside);
  const absl::Duration uptime = context_->clock->Uptime();
  const Pace::Permit permit = pace_.Ask(key, uptime);
  if (permit.not_before > uptime) {
    SendResult result = NotTried(
        absl::StrCat("could not be reached a moment ago: ", lane->failure),
        permit.not_before - uptime);
    result.unreachable = true;
    return message.done(std::move(result));
  }
  const bool waits_now = message.patience < absl::InfiniteDuration();
  if (lane->waiting.size() >= options_.max_waiting && !waits_now) {
    return message.done(
        NotTried("others wait for the next hop", PauseWhenFull(*lane)));
  }
  if (waits_now) {
    lane->waiting.push_front(std::move(message));
  } else {
    lane->waiting.push_back(std::move(message));
  }
  Pump(lane);
}

absl::Duration Outbox::PauseWhenFull(Lane& lane) const {
  const absl::Duration each = lane.service_time > absl::ZeroDuration()
                                  ? lane.service_time
                                  : kUnknownServiceTime;
  const size_t before = lane.waiting.size() + lane.put_off++;
  return std::clamp(each * static_cast<double>(before) /
                        static_cast<double>(std::max(pace_.limit(lane.key),
                                                     options_.pace.initial)),
                    kShortestPause, kLongestPause);
}

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
  if (connections_ >= options_.max_connections ||
      !pace_.Ask(lane->key, context_->clock->Uptime()).go) {
    return;
  }
  ++connections_;
  ++lane->workers;
  ++lane->starting;
  pace_.Started(lane->key);
  asio::co_spawn(*loop_, Work(lane), asio::detached);
}

// A connection has ended: another lane may have waited for that.
void Outbox::PumpAny() {
  for (const auto& [key, lane] : lanes_) {
    if (connections_ >= options_.max_connections) return;
    Pump(lane);
  }
}

asio::awaitable<void> Outbox::Work(LanePointer lane) {
  co_await asio::post(*loop_, asio::use_awaitable);  // Never within Send().
  const absl::Duration patience = lane->waiting.empty()
                                      ? absl::InfiniteDuration()
                                      : lane->waiting.front().patience;
  Pace::Result result;
  {
    HopConnection hop(context_, lane->protocol, loop_->get_executor(),
                      patience);
    result = co_await Carry(lane, hop);
    co_await hop.Quit();
  }
  const absl::Duration uptime = context_->clock->Uptime();
  pace_.Ended(lane->key, result, uptime);
  --connections_;
  --lane->workers;
  if (result == Pace::Result::kFailed) {
    const absl::Duration until = pace_.Ask(lane->key, uptime).not_before;
    PutOffAll(*lane, lane->failure, std::max(until - uptime, kShortestPause),
              true);
  }
  Pump(lane);
  if (connections_ + 1 >= options_.max_connections) PumpAny();
}

asio::awaitable<Pace::Result> Outbox::Carry(LanePointer lane,
                                            HopConnection& hop) {
  for (bool first = true;; first = false) {
    if (!first && !co_await AwaitWork(lane, hop)) {
      co_return Pace::Result::kGood;
    }
    --lane->starting;
    if (lane->waiting.empty()) continue;  // Somebody else was faster.
    Outgoing message = std::move(lane->waiting.front());
    lane->waiting.pop_front();
    Pump(lane);
    const absl::Status status = co_await Ready(lane, hop);
    if (!status.ok()) {
      const size_t recipients = message.transaction.recipients.size();
      if (absl::IsPermissionDenied(status)) {
        message.done(KeptInside(hop.peer(), recipients));
        continue;
      }
      if (lane->failure.empty()) {
        RecordReach(events::kHopUnreachable, *lane, status.message());
      }
      lane->failure = std::string(status.message());
      message.done(Unreachable(lane->failure, hop.peer(), recipients));
      co_return Pace::Result::kFailed;
    }
    if (!lane->failure.empty()) {
      RecordReach(events::kHopReachable, *lane, "");
      lane->failure.clear();
    }
    SendResult result;
    result.tried = true;
    const absl::Duration start = context_->clock->Uptime();
    result.outcomes = co_await hop.Send(message.transaction, message.content);
    if (hop.was_stale()) {
      // It had hung up while the connection lay idle.
      lane->waiting.push_front(std::move(message));
      continue;
    }
    result.hop = hop.peer();
    result.offers_dsn = hop.capabilities().dsn;
    const absl::Duration end = context_->clock->Uptime();
    lane->service_time += (end - start - lane->service_time) / 16;
    message.done(std::move(result));
    if (hop.was_cut()) co_return Pace::Result::kBusy;
    pace_.Ended(lane->key, Pace::Result::kGood, end);
    pace_.Started(lane->key);
  }
}

void Outbox::RecordReach(const base::EventType& type, const Lane& lane,
                         absl::string_view why) const {
  context_->events->Record(base::Event(type, context_->clock->Now())
                               .With("hop", lane.key)
                               .With("why", why));
}

// Waits for the next message, for a while. False: hang up.
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

asio::awaitable<absl::Status> Outbox::Ready(LanePointer lane,
                                            HopConnection& hop) {
  if (hop.ready()) {
    const size_t promised = hop.capabilities().max_messages;
    const bool used_up =
        hop.messages() >= options_.max_messages ||
        (promised > 0 && hop.messages() >= promised) ||
        context_->clock->Uptime() - hop.connected_at() > options_.max_age;
    if (!used_up) co_return absl::OkStatus();
    co_await hop.Quit();
  }
  const std::shared_ptr<const route::Inside> inside = lane->inside;
  const route::NextHops hops = lane->hops;
  co_return co_await hop.Connect(hops, [&](const ip::IpAddress& address) {
    return inside->MayConnect(lane->mail_class, address);
  });
}

void Outbox::PutOffAll(Lane& lane, const std::string& why, absl::Duration pause,
                       bool unreachable) {
  std::deque<Outgoing> waiting;
  waiting.swap(lane.waiting);
  for (Outgoing& message : waiting) {
    SendResult result = NotTried(why, pause);
    result.unreachable = unreachable;
    message.done(std::move(result));
  }
}

void Outbox::Stop() {
  stopping_ = true;
  for (const auto& [key, lane] : lanes_) {
    PutOffAll(*lane, "the server stops", absl::ZeroDuration(), false);
    for (asio::steady_timer* timer : lane->idle) {
      ++lane->starting;
      timer->cancel();
    }
    lane->idle.clear();
  }
}

void Outbox::CheckTime(absl::Duration uptime) {
  // What is cancelled goes on later, so the set does not change here.
  for (HopConnection* hop : *context_->open) hop->CheckTime(uptime);
  for (auto it = lanes_.begin(); it != lanes_.end();) {
    Lane& lane = *it->second;
    lane.put_off = 0;
    const bool suspended = pace_.Ask(lane.key, uptime).not_before > uptime;
    // One that could not be reached is remembered until it can be again, or
    // until the memory for such is full.
    const bool remembered =
        suspended || (!lane.failure.empty() && lanes_.size() < kMaxLanes);
    if (lane.workers == 0 && lane.waiting.empty() && !remembered) {
      lanes_.erase(it++);
    } else {
      const LanePointer pointer = it->second;
      ++it;
      Pump(pointer);
    }
  }
}

}  // namespace mailsec::server
