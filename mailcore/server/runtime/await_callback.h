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
#include <utility>

#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "mailcore/io/worker_pool.h"
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

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_AWAIT_CALLBACK_H_
