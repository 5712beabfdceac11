#include "mailcore/server/deliver/hop_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::NextHops;

// Ours: far below the life of an MX record, and long enough for a burst.
constexpr absl::Duration kRemember = absl::Seconds(30);
constexpr absl::Duration kRememberFailure = absl::Seconds(5);
constexpr size_t kMaxKnown = 20000;

// A timer needs an end; the resolver's own limits are far below this.
constexpr absl::Duration kLongestLimit = absl::Hours(24);

NextHops TooBusy() {
  NextHops none;
  none.failure = smtp::Reply(451, {4, 4, 3}, "Too busy to ask the DNS");
  return none;
}

}  // namespace

asio::awaitable<std::optional<NextHops>> HopCache::Find(
    std::shared_ptr<const Routing> routing, route::Destination destination,
    route::MailClass mail_class, absl::Duration limit) {
  std::string key =
      absl::StrCat(destination.ToString(),
                   mail_class == route::MailClass::kLocalOnly ? " inside" : "");
  if (routing != routing_) {
    Clear();
    routing_ = routing;
  }
  const auto known = known_.find(key);
  if (known != known_.end() && clock_->Uptime() < known->second.until) {
    co_return known->second.hops;
  }
  std::shared_ptr<Question>& asked = asked_[key];
  if (asked == nullptr) {
    asked = std::make_shared<Question>();
    asio::co_spawn(*loop_,
                   LookUp(std::move(routing), std::move(destination),
                          mail_class, std::move(key), asked),
                   asio::detached);
  }
  const std::shared_ptr<Question> question = asked;
  asio::steady_timer answered(*loop_);
  answered.expires_after(
      absl::ToChronoMilliseconds(std::min(limit, kLongestLimit)));
  question->waiting.push_back(&answered);
  (void)co_await answered.async_wait(kNoThrow);
  std::erase(question->waiting, &answered);
  co_return question->answer;
}

asio::awaitable<void> HopCache::LookUp(std::shared_ptr<const Routing> routing,
                                       route::Destination destination,
                                       route::MailClass mail_class,
                                       std::string key,
                                       std::shared_ptr<Question> question) {
  const uint64_t seed = seed_++;
  const NextHops hops = co_await AwaitOnPool<NextHops>(*pool_, TooBusy(), [&] {
    return routing->finder.Find(destination, mail_class, seed);
  });
  question->answer = hops;
  for (asio::steady_timer* waiting : question->waiting) waiting->cancel();
  const auto asked = asked_.find(key);
  if (asked == asked_.end() || asked->second != question)
    co_return;  // Clear().
  asked_.erase(asked);
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[key] = {
      hops, clock_->Uptime() + (hops.failure ? kRememberFailure : kRemember)};
}

}  // namespace mailsec::server
