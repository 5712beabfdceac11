// hop_cache.h: which addresses does this destination have, as far as we know?
//
// Remembers what route::NextHopFinder found for a moment, and asks once for all
// who want to know the same at the same time. The DNS has a cache of its own;
// this one saves the way to another thread for each message.
//
//   std::optional<route::NextHops> hops = co_await cache.Find(
//       routing, destination, route::MailClass::kOrdinary, absl::Seconds(2));
//   if (!hops) co_return;  // The DNS takes longer than that.

#ifndef MAILCORE_SERVER_DELIVER_HOP_CACHE_H_
#define MAILCORE_SERVER_DELIVER_HOP_CACHE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/base/clock.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// Thread safety: none; belongs to the thread of its event loop.
class HopCache {
 public:
  // None is owned; they must outlive the cache, and the cache the coroutines of
  // the loop. `pool` is for the DNS alone: it may be slow.
  HopCache(io::WorkerPool* pool, const base::Clock* clock,
           boost::asio::io_context* loop)
      : pool_(pool), clock_(clock), loop_(loop) {}

  // Waits for the answer, but for `limit` at most: nothing, if it is not there
  // by then. What was found with another routing is not known. The question stays asked, so whoever comes back later finds it
  // answered sooner.
  boost::asio::awaitable<std::optional<route::NextHops>> Find(
      std::shared_ptr<const Routing> routing, route::Destination destination,
      route::MailClass mail_class,
      absl::Duration limit = absl::InfiniteDuration());

  // An operator wants everything asked anew: what is being asked now answers
  // those who wait for it, and nobody else.
  void Clear() {
    known_.clear();
    asked_.clear();
  }

 private:
  struct Known {
    route::NextHops hops;
    absl::Duration until;  // An uptime.
  };

  // A question that is being asked, and who waits for its answer.
  struct Question {
    std::optional<route::NextHops> answer;
    std::vector<boost::asio::steady_timer*> waiting;  // Cancel: it is there.
  };

  boost::asio::awaitable<void> LookUp(std::shared_ptr<const Routing> routing,
                                      route::Destination destination,
                                      route::MailClass mail_class,
                                      std::string key,
                                      std::shared_ptr<Question> question);

  io::WorkerPool* const pool_;
  const base::Clock* const clock_;
  boost::asio::io_context* const loop_;
  std::shared_ptr<const Routing> routing_;  // Of all in known_ and asked_.
  absl::flat_hash_map<std::string, Known> known_;
  absl::flat_hash_map<std::string, std::shared_ptr<Question>> asked_;
  uint64_t seed_ = 1;  // Another order among equals each time.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_HOP_CACHE_H_
