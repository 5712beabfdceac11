#include "mailcore/server/deliver/hop_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "mailcore/server/runtime/await_callback.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::NextHops;

// Ours: far below the life of an MX record, and long enough for a burst.
constexpr absl::Duration kRemember = absl::Seconds(30);
constexpr absl::Duration kRememberFailure = absl::Seconds(5);
constexpr size_t kMaxKnown = 20000;

NextHops TooBusy() {
  NextHops none;
  none.failure = smtp::Reply(451, {4, 4, 3}, "Too busy to ask the DNS");
  return none;
}

}  // namespace

void HopCache::Find(std::shared_ptr<const Routing> routing,
                    const route::Destination& destination,
                    route::MailClass mail_class, Callback done) {
  std::string key =
      absl::StrCat(destination.ToString(),
                   mail_class == route::MailClass::kLocalOnly ? " inside" : "");
  if (routing != routing_) {
    known_.clear();
    routing_ = routing;
  }
  const auto known = known_.find(key);
  if (known != known_.end() && clock_->Uptime() < known->second.until) {
    const NextHops hops = known->second.hops;  // `done` may change the map.
    return done(hops);
  }
  std::vector<Callback>& asked = asked_[{routing.get(), key}];
  asked.push_back(std::move(done));
  if (asked.size() > 1) return;
  asio::co_spawn(
      *loop_,
      LookUp(std::move(routing), destination, mail_class, std::move(key)),
      asio::detached);
}

asio::awaitable<void> HopCache::LookUp(std::shared_ptr<const Routing> routing,
                                       route::Destination destination,
                                       route::MailClass mail_class,
                                       std::string key) {
  const uint64_t seed = seed_++;
  const NextHops hops = co_await AwaitOnPool<NextHops>(*pool_, TooBusy(), [&] {
    return routing->finder.Find(destination, mail_class, seed);
  });
  if (routing == routing_) {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[key] = {
        hops, clock_->Uptime() + (hops.failure ? kRememberFailure : kRemember)};
  }
  std::vector<Callback> callbacks;
  const auto asked = asked_.find({routing.get(), key});
  callbacks.swap(asked->second);
  asked_.erase(asked);
  for (const Callback& done : callbacks) done(hops);
}

}  // namespace mailsec::server
