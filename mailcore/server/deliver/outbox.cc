#include "mailcore/server/deliver/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/server/runtime/await_callback.h"

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

// How long a message is put off whose next hop has not shown yet that it takes
// mail: as long as that has lasted, within these bounds. Ours.
constexpr absl::Duration kShortestDoubt = absl::Milliseconds(100);
constexpr absl::Duration kLongestDoubt = absl::Seconds(10);

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

Slots::Options SlotOptions(const Outbox::Options& options) {
  return {.max_proven = options.max_connections,
          .max_unproven = options.max_unproven};
}

}  // namespace

Outbox::Outbox(const HopContext* context, asio::io_context* loop,
               Options options, OnReached on_reached)
    : context_(context),
      loop_(loop),
      on_reached_(std::move(on_reached)),
      options_(options),
      pace_(options.pace),
      health_({}),
      slots_(SlotOptions(options)) {}

void Outbox::SetOptions(Options options) {
  options_ = options;
  pace_.SetOptions(options.pace);
  slots_.SetOptions(SlotOptions(options));
}

asio::awaitable<SendResult> Outbox::Send(
    route::NextHops hops, smtp::Protocol protocol, route::MailClass mail_class,
    std::shared_ptr<const route::Inside> inside, Outgoing message) {
  if (stopping_) co_return NotTried("the server stops", absl::ZeroDuration());
  const LanePointer lane =
      FindLane(std::move(hops), protocol, mail_class, std::move(inside));
  const bool waits_now = message.patience < absl::InfiniteDuration();
  std::optional<SendResult> refused = Refuse(*lane, waits_now);
  if (refused) co_return *std::move(refused);
  SendResult result = co_await AwaitCallback<SendResult>(
      [&](std::function<void(SendResult)> done) {
        Errand errand = {std::move(message), std::move(done)};
        if (waits_now) {
          lane->waiting.push_front(std::move(errand));
        } else {
          lane->waiting.push_back(std::move(errand));
        }
        Pump(lane);
        Recount(*lane);
      });
  co_return result;
}

Outbox::LanePointer Outbox::FindLane(
    route::NextHops hops, smtp::Protocol protocol, route::MailClass mail_class,
    std::shared_ptr<const route::Inside> inside) {
  const std::string key = LaneKey(hops, protocol, mail_class);
  LanePointer& lane = lanes_[key];
  if (lane == nullptr) {
    lane = std::make_shared<Lane>();
    lane->key = key;
    lane->protocol = protocol;
    lane->mail_class = mail_class;
    lane->since = context_->clock->Uptime();
  }
  lane->hops = std::move(hops);
  lane->inside = std::move(inside);
  return lane;
}

// ---------------------------------------------------------------------------
// Who may wait

Slots::Kind Outbox::KindOf(const Lane& lane) const {
  switch (pace_.standing(lane.key)) {
    case Pace::Standing::kNew:
      return Slots::Kind::kNew;
    case Pace::Standing::kProven:
      return Slots::Kind::kProven;
    case Pace::Standing::kFailed:
      return Slots::Kind::kSuspect;
  }
  return Slots::Kind::kNew;
}

bool Outbox::Moves(const Lane& lane) const {
  return KindOf(lane) == Slots::Kind::kProven && !lane.slow;
}

// How many messages may wait for a lane that does not move: many while there is
// room for all, and one where others need it.
size_t Outbox::MayWait(const Lane& lane) const {
  if (held_ >= options_.max_held) return 0;
  const bool is_crowded = held_ >= options_.max_held / 2;
  const bool is_suspect = KindOf(lane) == Slots::Kind::kSuspect;
  return is_crowded || is_suspect ? 1 : options_.max_held / 2;
}

// Whether one more may wait for a lane that moves. However many next hops are
// slow, there is room for the next one, and for mail that stays here.
bool Outbox::HasShare(const Lane& lane) const {
  return lane.waiting.size() + moving_ < options_.max_waiting;
}

void Outbox::Recount(Lane& lane) {
  const bool moves = Moves(lane);
  const size_t held = moves ? 0 : lane.waiting.size();
  const size_t moving = moves ? lane.waiting.size() : 0;
  held_ += held - std::exchange(lane.held, held);
  moving_ += moving - std::exchange(lane.moving, moving);
}

std::optional<SendResult> Outbox::Refuse(Lane& lane, bool waits_now) {
  const absl::Duration uptime = context_->clock->Uptime();
  const Pace::Permit permit = pace_.Ask(lane.key, uptime);
  if (permit.not_before > uptime) {
    SendResult result = NotTried(
        absl::StrCat("could not be reached a moment ago: ", lane.failure),
        permit.not_before - uptime);
    result.unreachable = true;
    result.waits_for = lane.key;
    lane.is_owed = true;
    return result;
  }
  if (waits_now) return std::nullopt;
  if (!Moves(lane)) {
    if (lane.waiting.size() < MayWait(lane)) return std::nullopt;
    return RefuseUnproven(lane);
  }
  if (HasShare(lane)) return std::nullopt;
  return NotTried("others wait for the next hop", PauseWhenFull(lane));
}

SendResult Outbox::RefuseUnproven(Lane& lane) {
  const absl::Duration uptime = context_->clock->Uptime();
  if (lane.waiting.empty() && lane.connections.empty()) {
    (void)slots_.MakeRoom(KindOf(lane), uptime);
  }
  SendResult result =
      NotTried("the next hop has not answered yet",
               std::clamp(uptime - lane.since, kShortestDoubt, kLongestDoubt));
  result.waits_for = lane.key;
  lane.is_owed = true;
  lane.wanted_until = uptime + 2 * result.pause;
  return result;
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

// Puts off what waits, but for the first `kept`.
void Outbox::PutOff(Lane& lane, size_t kept, const SendResult& result) {
  std::deque<Errand> put_off;
  while (lane.waiting.size() > kept) {
    put_off.push_front(std::move(lane.waiting.back()));
    lane.waiting.pop_back();
  }
  if (!put_off.empty() && !result.waits_for.empty()) lane.is_owed = true;
  Recount(lane);
  for (Errand& errand : put_off) errand.done(result);
}

// ---------------------------------------------------------------------------
// Time

void Outbox::Stop() {
  stopping_ = true;
  for (const auto& [key, lane] : lanes_) {
    PutOff(*lane, 0, NotTried("the server stops", absl::ZeroDuration()));
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
  slots_.CheckTime(uptime);
  for (auto it = lanes_.begin(); it != lanes_.end();) {
    const LanePointer lane = it->second;
    if (IsRemembered(*lane, uptime)) {
      ++it;
      CheckLane(lane);
    } else {
      lanes_.erase(it++);
    }
  }
  for (const Slots::Kind kind : {Slots::Kind::kNew, Slots::Kind::kSuspect}) {
    size_t places = queues_[static_cast<size_t>(kind)].size();
    while (places > 0 && slots_.MakeRoom(kind, uptime)) --places;
  }
  PumpQueued();
}

// One that could not be reached is remembered until it can be again, or until
// the memory for such is full.
bool Outbox::IsRemembered(const Lane& lane, absl::Duration uptime) const {
  return !lane.connections.empty() || !lane.waiting.empty() ||
         pace_.Ask(lane.key, uptime).not_before > uptime ||
         lane.wanted_until > uptime ||
         (!lane.failure.empty() && lanes_.size() < kMaxLanes);
}

void Outbox::CheckLane(const LanePointer& lane) {
  lane->put_off = 0;
  const bool slow =
      !lane->connections.empty() &&
      std::all_of(lane->connections.begin(), lane->connections.end(),
                  [&](HopConnection* hop) { return slots_.is_slow(hop); });
  if (slow && !lane->slow) lane->since = context_->clock->Uptime();
  lane->slow = slow;
  Recount(*lane);
  const size_t kept = std::max<size_t>(MayWait(*lane), 1);
  if (!Moves(*lane) && lane->waiting.size() > kept) {
    SendResult result =
        NotTried("the next hop makes everybody wait", kLongestDoubt);
    result.waits_for = lane->key;
    PutOff(*lane, kept, result);
  }
  Pump(lane);
}

}  // namespace mailsec::server
