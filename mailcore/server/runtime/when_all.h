// when_all.h: how does a coroutine wait for several others?
//
//   std::vector<boost::asio::awaitable<void>> ways;
//   for (const std::string& host : hosts) ways.push_back(Ask(host));
//   co_await WhenAll(std::move(ways));  // All of them have been asked.

#ifndef MAILCORE_SERVER_RUNTIME_WHEN_ALL_H_
#define MAILCORE_SERVER_RUNTIME_WHEN_ALL_H_

#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace mailsec::server {

// Runs all of `tasks` in the event loop of the coroutine that awaits this, and
// goes on when the last one has ended, in whichever order they do. The tasks
// must not throw. An event loop has one thread (io_thread.h), so the tasks take
// turns and need no lock.
inline boost::asio::awaitable<void> WhenAll(
    std::vector<boost::asio::awaitable<void>> tasks) {
  if (tasks.empty()) co_return;
  if (tasks.size() == 1) {  // Which is the rule, and needs no bookkeeping.
    co_await std::move(tasks[0]);
    co_return;
  }
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                       void()>(
      [](auto handler, std::vector<boost::asio::awaitable<void>> all) {
        struct Join {
          size_t left;
          decltype(handler) done;
        };
        const auto executor = boost::asio::get_associated_executor(handler);
        auto join =
            std::make_shared<Join>(Join{all.size(), std::move(handler)});
        for (boost::asio::awaitable<void>& task : all) {
          boost::asio::co_spawn(executor, std::move(task),
                                [join](const std::exception_ptr&) {
                                  if (--join->left == 0)
                                    std::move(join->done)();
                                });
        }
      },
      boost::asio::use_awaitable, std::move(tasks));
}

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_WHEN_ALL_H_
