#include "mailcore/autoreply/memory_reply_memory.h"

#include <iterator>

namespace mailsec::autoreply {

absl::StatusOr<Remembered> MemoryReplyMemory::Remember(const ReplyKey& key,
                                                       absl::Time now,
                                                       absl::Duration period) {
  const absl::Status valid = CheckRemember(key, period);
  if (!valid.ok()) return valid;
  const Key full = {key.owner, key.occasion, key.whom};
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = answers_.find(full);
  if (found != answers_.end()) {
    if (found->second.time > now) {  // The clock was set back.
      Erase(found);
      Insert(full, now, period);
      return Remembered::kAlready;
    }
    if (found->second.until > now) return Remembered::kAlready;
    Erase(found);
  }
  const auto of_owner = of_owner_.find(key.owner);
  if (of_owner != of_owner_.end() &&
      of_owner->second >= limits_.max_per_owner &&
      !MakeRoomOf(key.owner, now)) {
    return Remembered::kFull;
  }
  if (answers_.size() >= limits_.max_in_all && !MakeRoom(now)) {
    return Remembered::kFull;
  }
  Insert(full, now, period);
  return Remembered::kFirst;
}

absl::Status MemoryReplyMemory::Forget(const ReplyKey& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = answers_.find(Key(key.owner, key.occasion, key.whom));
  if (found != answers_.end()) Erase(found);
  return absl::OkStatus();
}

absl::Status MemoryReplyMemory::ForgetOtherAbsences(
    absl::string_view owner, absl::string_view occasion) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto it = answers_.lower_bound(Key(owner, "", ""));
  while (it != answers_.end() && std::get<0>(it->first) == owner) {
    const std::string& theirs = std::get<1>(it->first);
    const bool stays = theirs == occasion || theirs == kReceiptOccasion;
    it = stays ? std::next(it) : Erase(it);
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> MemoryReplyMemory::Count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return answers_.size();
}

void MemoryReplyMemory::Insert(const Key& key, absl::Time now,
                               absl::Duration period) {
  const Answer answer = {.time = now, .until = now + period};
  answers_.emplace(key, answer);
  ++of_owner_[std::get<0>(key)];
  ends_.emplace(answer.until, key);
  ends_of_owner_.emplace(std::get<0>(key), answer.until, key);
}

MemoryReplyMemory::Answers::iterator MemoryReplyMemory::Erase(
    Answers::iterator answer) {
  const Key& key = answer->first;
  const std::string& owner = std::get<0>(key);
  ends_.erase({answer->second.until, key});
  ends_of_owner_.erase({owner, answer->second.until, key});
  const auto of_owner = of_owner_.find(owner);
  if (--of_owner->second == 0) of_owner_.erase(of_owner);
  return answers_.erase(answer);
}

bool MemoryReplyMemory::MakeRoom(absl::Time now) {
  if (ends_.empty() || ends_.begin()->first > now) return false;
  Erase(answers_.find(ends_.begin()->second));
  return true;
}

bool MemoryReplyMemory::MakeRoomOf(const std::string& owner, absl::Time now) {
  const auto first =
      ends_of_owner_.lower_bound({owner, absl::InfinitePast(), Key()});
  if (first == ends_of_owner_.end() || std::get<0>(*first) != owner ||
      std::get<1>(*first) > now) {
    return false;
  }
  Erase(answers_.find(std::get<2>(*first)));
  return true;
}

}  // namespace mailsec::autoreply
