// reach_watch.h: which messages wait until a next hop is reached again?
//
// When a next hop takes mail again, what was put off because of it goes at once
// and not each message after a pause of its own. What this forgets (a restart,
// the bound) still goes by its own pause.
//
//   watch.Forget(id);  // Its attempt begins: it does not wait any more.
//   watch.Wait(key, id);
//   for (spool::QueueId id : watch.Take(key)) spool.Hasten(id, pause);

#ifndef MAILCORE_SERVER_DELIVER_REACH_WATCH_H_
#define MAILCORE_SERVER_DELIVER_REACH_WATCH_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::server {

// Thread safety: none; belongs to one thread.
class ReachWatch {
 public:
  // Holds `max_waiting` messages at most, in all. Ours: 100,000 take some
  // 10 MB.
  explicit ReachWatch(size_t max_waiting = 100000)
      : max_waiting_(max_waiting) {}

  // The message waits for the next hop with this key; once, however often it is
  // said. Above the bound it is not remembered.
  void Wait(const std::string& key, spool::QueueId id);

  // The message does not wait any more, for whichever next hop. To be called
  // when an attempt begins, so that what has left the queue takes no place.
  void Forget(spool::QueueId id);

  // Those that wait for this next hop, the oldest first. Forgets them, whatever
  // else they wait for: they are about to be tried.
  std::vector<spool::QueueId> Take(absl::string_view key);

  // Messages, each counted once for each next hop that it waits for.
  size_t size() const { return waiting_; }

 private:
  const size_t max_waiting_;
  size_t waiting_ = 0;
  absl::flat_hash_map<std::string, absl::flat_hash_set<spool::QueueId>> by_key_;
  // The keys of by_key_ that a message stands under; nearly always one.
  absl::flat_hash_map<spool::QueueId, std::vector<std::string>> keys_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_REACH_WATCH_H_
