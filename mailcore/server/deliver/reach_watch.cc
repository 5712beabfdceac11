#include "mailcore/server/deliver/reach_watch.h"

#include <algorithm>

namespace mailsec::server {

void ReachWatch::Wait(const std::string& key, spool::QueueId id) {
  if (waiting_ >= max_waiting_) return;
  if (!by_key_[key].insert(id).second) return;
  keys_[id].push_back(key);
  ++waiting_;
}

void ReachWatch::Forget(spool::QueueId id) {
  const auto found = keys_.find(id);
  if (found == keys_.end()) return;
  for (const std::string& key : found->second) {
    const auto under = by_key_.find(key);
    under->second.erase(id);
    if (under->second.empty()) by_key_.erase(under);
    --waiting_;
  }
  keys_.erase(found);
}

std::vector<spool::QueueId> ReachWatch::Take(absl::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  std::vector<spool::QueueId> ids(found->second.begin(), found->second.end());
  for (const spool::QueueId id : ids) Forget(id);
  // Ids count up.
  std::sort(ids.begin(), ids.end(), [](spool::QueueId a, spool::QueueId b) {
    return a.value() < b.value();
  });
  return ids;
}

}  // namespace mailsec::server
