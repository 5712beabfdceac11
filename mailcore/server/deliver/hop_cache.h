// hop_cache.h: which addresses does this destination have, as far as we know?
//
// Remembers for a moment what route::NextHopFinder found with one Routing, and
// asks once for all who want to know the same at the same time. The DNS has a
// cache of its own; this one saves the way to another thread for each message.

#ifndef MAILCORE_SERVER_DELIVER_HOP_CACHE_H_
#define MAILCORE_SERVER_DELIVER_HOP_CACHE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// Thread safety: none; belongs to the thread of its event loop.
class HopCache {
 public:
  using Callback = std::function<void(const route::NextHops&)>;

  // None is owned; they must outlive the cache, and the cache the coroutines of
  // the loop. `pool` is for the DNS alone: it may be slow.
  HopCache(io::WorkerPool* pool, const base::Clock* clock,
           boost::asio::io_context* loop)
      : pool_(pool), clock_(clock), loop_(loop) {}

  // Calls `done` once: before it returns, if the answer is known. What was
  // found with another routing is not known.
  void Find(std::shared_ptr<const Routing> routing,
            const route::Destination& destination, route::MailClass mail_class,
            Callback done);

  // An operator wants everything asked anew.
  void Clear() { known_.clear(); }

 private:
  struct Known {
    route::NextHops hops;
    absl::Duration until;  // An uptime.
  };

  boost::asio::awaitable<void> LookUp(std::shared_ptr<const Routing> routing,
                                      route::Destination destination,
                                      route::MailClass mail_class,
                                      std::string key);

  io::WorkerPool* const pool_;
  const base::Clock* const clock_;
  boost::asio::io_context* const loop_;
  std::shared_ptr<const Routing> routing_;  // Of all in known_.
  absl::flat_hash_map<std::string, Known> known_;
  // Who waits for a lookup, which keeps the routing alive.
  absl::flat_hash_map<std::pair<const Routing*, std::string>,
                      std::vector<Callback>>
      asked_;
  uint64_t seed_ = 1;  // Another order among equals each time.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_CACHE_H_
