#include "mailcore/server/deliver/reach_watch.h"

#include <algorithm>

namespace mailsec::server {

std::vector<spool::QueueId> ReachWatch::Take(absl::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  std::vector<spool::QueueId> ids(found->second.begin(), found->second.end());
  by_key_.erase(found);
  waiting_ -= ids.size();
  // Ids count up.
  std::sort(ids.begin(), ids.end(), [](spool::QueueId a, spool::QueueId b) {
    return a.value() < b.value();
  });
  return ids;
}

}  // namespace mailsec::server
