// await_callback.h: how does a coroutine wait for another thread?
//
//   smtp::Reply reply = co_await AwaitCallback<smtp::Reply>([&](auto done) {
//     Ask(done);  // `done` may be called on any thread.
//   });
//
// The coroutine goes on in its own event loop.

#ifndef MAILCORE_SERVER_RUNTIME_AWAIT_CALLBACK_H_
#define MAILCORE_SERVER_RUNTIME_AWAIT_CALLBACK_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/post_batch.h"

namespace mailsec::server {

// Calls `start` with a callback of type std::function<void(T)>, which must be
// called exactly once.
template <typename T, typename Start>
boost::asio::awaitable<T> AwaitCallback(Start start) {
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                     void(T)>(
      [](auto handler, Start begin) {
        auto executor = boost::asio::get_associated_executor(handler);
        auto work = boost::asio::make_work_guard(executor);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begin(std::function<void(T)>(
            [shared, executor, work = std::move(work)](T result) mutable {
              PostBatch::Post(
                  executor, [shared = std::move(shared), work = std::move(work),
                             result = std::move(result)]() mutable {
                    std::move (*shared)(std::move(result));
                  });
            }));
      },
      boost::asio::use_awaitable, std::move(start));
}

// Runs `task` on `pool` and returns its result; if too many tasks wait there,
// `busy` instead. What `task` refers to must live until then.
template <typename T, typename Task>
boost::asio::awaitable<T> AwaitOnPool(io::WorkerPool& pool, T busy, Task task) {
  co_return co_await AwaitCallback<T>([&](std::function<void(T)> done) {
    if (!pool.Run([done, &task] { done(task()); })) done(std::move(busy));
  });
}

// The same, but waits for `limit` at most; then the result is `late`, and
// whatever `task` still finds is dropped. So `task` must own what it uses; it is
// no template argument, as g++ 12 destroys a lambda in a co_await twice.
template <typename T>
boost::asio::awaitable<T> AwaitOnPoolFor(absl::Duration limit,
                                         io::WorkerPool& pool, T late,
                                         std::function<T()> task) {
  // Of the thread of this loop, both.
  struct Answer {
    std::optional<T> value;
    boost::asio::steady_timer* there = nullptr;  // Null: nobody waits.
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto answer = std::make_shared<Answer>();
  boost::asio::steady_timer there(executor, absl::ToChronoMilliseconds(limit));
  answer->there = &there;
  const bool taken = pool.Run([task = std::move(task), answer, executor] {
    PostBatch::Post(executor, [answer, value = task()]() mutable {
      answer->value = std::move(value);
      if (answer->there != nullptr) answer->there->cancel();
    });
  });
  if (taken) co_await there.async_wait(kNoThrow);
  answer->there = nullptr;
  co_return answer->value ? *std::move(answer->value) : std::move(late);
}

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_AWAIT_CALLBACK_H_
