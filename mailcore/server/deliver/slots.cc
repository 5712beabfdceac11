#include "mailcore/server/deliver/slots.h"

#include <utility>

namespace mailsec::server {
namespace {

// From then on a connection counts as slow. Ours.
constexpr absl::Duration kSlowAfter = absl::Seconds(2);
// Nobody is given up before: across an ocean and back takes a third of it.
constexpr absl::Duration kLeastPatience = absl::Seconds(1);

}  // namespace

bool Slots::HasRoom(Kind kind) const {
  if (kind == Kind::kProven) return proven_ < options_.max_proven;
  if (unproven_ >= options_.max_unproven) return false;
  return kind == Kind::kNew || suspects_ < (options_.max_unproven + 1) / 2;
}

void Slots::Count(const Entry& entry, int by) {
  (entry.in_first_pool ? proven_ : unproven_) += static_cast<size_t>(by);
  if (entry.kind == Kind::kSuspect) suspects_ += static_cast<size_t>(by);
}

void Slots::Move(Entry& entry, bool to_first_pool) {
  Count(entry, -1);
  entry.in_first_pool = to_first_pool;
  Count(entry, 1);
}

void Slots::Take(Holder* holder, Kind kind) {
  const Entry entry = {.kind = kind, .in_first_pool = kind == Kind::kProven};
  Count(entry, 1);
  entries_.emplace(holder, entry);
}

void Slots::Free(Holder* holder) {
  const auto found = entries_.find(holder);
  if (found == entries_.end()) return;
  Count(found->second, -1);
  entries_.erase(found);
}

void Slots::BecomeProven(Holder* holder) {
  const auto found = entries_.find(holder);
  if (found == entries_.end() || found->second.kind == Kind::kProven) return;
  Entry& entry = found->second;
  Count(entry, -1);
  entry.kind = Kind::kProven;
  entry.slow = false;
  Count(entry, 1);
  if (HasRoom(Kind::kProven)) Move(entry, true);
}

void Slots::CheckTime(absl::Duration uptime) {
  for (auto& [holder, entry] : entries_) {
    entry.slow = uptime - holder->waits_since() > kSlowAfter;
    if (entry.slow && entry.in_first_pool) Move(entry, false);
  }
  for (auto& [holder, entry] : entries_) {
    const bool returns = entry.kind == Kind::kProven && !entry.slow &&
                         !entry.in_first_pool && HasRoom(Kind::kProven);
    if (returns) Move(entry, true);
  }
  // Slow ones may come in above the bound.
  for (size_t over = unproven_; over > options_.max_unproven; --over) {
    if (!MakeRoom(Kind::kNew, uptime)) break;
  }
}

bool Slots::is_slow(const Holder* holder) const {
  const auto found = entries_.find(const_cast<Holder*>(holder));
  return found != entries_.end() && found->second.slow;
}

bool Slots::MakeRoom(Kind kind, absl::Duration uptime) {
  Holder* chosen = nullptr;
  std::pair<bool, absl::Duration> least;
  for (const auto& [holder, entry] : entries_) {
    if (entry.in_first_pool || entry.given_up ||
        (kind == Kind::kSuspect && entry.kind != Kind::kSuspect) ||
        uptime - holder->waits_since() < kLeastPatience) {
      continue;
    }
    const std::pair<bool, absl::Duration> rank = {holder->has_carried(),
                                                  holder->waits_since()};
    if (chosen == nullptr || rank < least) {
      chosen = holder;
      least = rank;
    }
  }
  if (chosen == nullptr) return false;
  entries_[chosen].given_up = true;
  chosen->GiveUp();
  return true;
}

}  // namespace mailsec::server
