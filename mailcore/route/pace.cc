#include "mailcore/route/pace.h"

#include <algorithm>
#include <utility>

namespace mailsec::route {
namespace {

Pace::Options Sane(Pace::Options options) {
  options.max = std::max<size_t>(options.max, 1);
  options.initial = std::clamp<size_t>(options.initial, 1, options.max);
  options.max_destinations = std::max<size_t>(options.max_destinations, 1);
  return options;
}

}  // namespace

Pace::Pace(Options options) : options_(Sane(std::move(options))) {}

const Pace::State* Pace::Find(absl::string_view key) const {
  const auto found = states_.find(key);
  return found == states_.end() ? nullptr : &found->second;
}

Pace::Permit Pace::Ask(absl::string_view key, absl::Duration uptime) const {
  const State* state = Find(key);
  if (state == nullptr) return {.go = true};
  if (state->suspended_until > uptime) {
    return {.go = false, .not_before = state->suspended_until};
  }
  return {.go = state->active < Limit(*state)};
}

void Pace::Started(absl::string_view key) {
  State& state = Use(key);
  if (state.active++ == 0 && state.idle) {
    idle_.erase(*state.idle);
    state.idle.reset();
  }
}

void Pace::Greeted(absl::string_view key) { Use(key).proven = true; }

void Pace::Ended(absl::string_view key, Result result, absl::Duration uptime) {
  State& state = Use(key);
  switch (result) {
    case Result::kGood:
      state.proven = true;
      state.failures = 0;
      state.suspended_until = absl::ZeroDuration();
      state.limit = std::min(state.limit + 1 / state.limit,
                             static_cast<double>(options_.max));
      break;
    case Result::kBusy:
      if (state.limit < 2) {  // One is too many: leave it alone for a while.
        state.suspended_until =
            std::max(state.suspended_until, uptime + options_.first_pause);
      }
      state.limit = std::max(state.limit / 2, 1.0);
      break;
    case Result::kFailed:
      Suspend(state, uptime);
      break;
  }
  if (state.active > 0) --state.active;
  if (state.active == 0 && !state.idle) {
    state.idle = idle_.insert(idle_.end(), std::string(key));
    DropOldest();
  }
}

void Pace::ForgetPauses() {
  for (auto& [key, state] : states_) {
    state.suspended_until = absl::ZeroDuration();
  }
}

void Pace::SetOptions(Options options) {
  options_ = Sane(std::move(options));
  for (auto& [key, state] : states_) {
    state.limit = std::min(state.limit, static_cast<double>(options_.max));
  }
  DropOldest();
}

Pace::Standing Pace::standing(absl::string_view key) const {
  const State* state = Find(key);
  if (state == nullptr) return Standing::kNew;
  if (state->proven) return Standing::kProven;
  return state->failures > 0 ? Standing::kFailed : Standing::kNew;
}

size_t Pace::limit(absl::string_view key) const {
  const State* state = Find(key);
  return state == nullptr ? 1 : Limit(*state);
}

size_t Pace::active(absl::string_view key) const {
  const State* state = Find(key);
  return state == nullptr ? 0 : state->active;
}

size_t Pace::Limit(const State& state) {
  return state.proven ? static_cast<size_t>(state.limit) : 1;
}

Pace::State& Pace::Use(absl::string_view key) {
  const auto found = states_.find(key);
  if (found != states_.end()) return found->second;
  State& state = states_[std::string(key)];
  state.limit = static_cast<double>(options_.initial);
  return state;
}

// One at a time from now on, until one is good. Several connections that break
// at once are one failure: what ends during a pause does not lengthen it.
void Pace::Suspend(State& state, absl::Duration uptime) {
  state.limit = 1;
  state.proven = false;
  if (state.suspended_until > uptime) return;
  absl::Duration pause = options_.first_pause;
  for (int i = 0; i < state.failures && pause < options_.longest_pause; ++i) {
    pause *= 2;
  }
  ++state.failures;
  state.suspended_until = uptime + std::min(pause, options_.longest_pause);
}

void Pace::DropOldest() {
  while (states_.size() > options_.max_destinations && !idle_.empty()) {
    states_.erase(idle_.front());
    idle_.pop_front();
  }
}

}  // namespace mailsec::route
