#include "mailcore/route/host_health.h"

#include <algorithm>
#include <utility>

namespace mailsec::route {

const HostHealth::State* HostHealth::Find(absl::string_view key) const {
  const auto found = states_.find(key);
  return found == states_.end() ? nullptr : &found->second;
}

absl::Duration HostHealth::Pause(const State& state) const {
  absl::Duration pause = options_.first_pause;
  for (int i = 1; i < state.failures && pause < options_.longest_pause; ++i) {
    pause *= 2;
  }
  return std::min(pause, options_.longest_pause);
}

std::vector<size_t> HostHealth::Order(const std::vector<std::string>& keys,
                                      absl::Duration uptime,
                                      Search search) const {
  // When each one that stands behind the others failed; the others before all.
  std::vector<std::pair<absl::Duration, size_t>> order;
  for (size_t i = 0; i < keys.size(); ++i) {
    const State* state = Find(keys[i]);
    const bool behind =
        state != nullptr && (search == Search::kGoesOn ||
                             uptime < state->failed_at + Pause(*state));
    order.emplace_back(behind ? state->failed_at : -absl::InfiniteDuration(),
                       i);
  }
  std::sort(order.begin(), order.end());
  std::vector<size_t> indices;
  for (const auto& [failed_at, index] : order) indices.push_back(index);
  return indices;
}

void HostHealth::Failed(absl::string_view key, absl::Duration uptime) {
  State& state = states_[std::string(key)];
  if (state.failures++ == 0) {
    state.place = by_age_.insert(by_age_.end(), std::string(key));
  } else {
    by_age_.splice(by_age_.end(), by_age_, state.place);
  }
  state.failed_at = uptime;
  if (states_.size() <= options_.max_hosts) return;
  states_.erase(by_age_.front());
  by_age_.pop_front();
}

void HostHealth::Worked(absl::string_view key) {
  const auto found = states_.find(key);
  if (found == states_.end()) return;
  by_age_.erase(found->second.place);
  states_.erase(found);
}

int HostHealth::failures(absl::string_view key) const {
  const State* state = Find(key);
  return state == nullptr ? 0 : state->failures;
}

}  // namespace mailsec::route
