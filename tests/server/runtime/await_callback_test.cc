#include "mailcore/server/runtime/await_callback.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "gtest/gtest.h"
#include "mailcore/io/worker_pool.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;

// A pool whose one place a test works on by itself.
class AwaitOnPoolForTest : public testing::Test {
 protected:
  asio::awaitable<void> Ask(absl::Duration limit) {
    std::function<std::string()> find = [found = std::string("found")] {
      return found;
    };
    got_ = co_await AwaitOnPoolFor<std::string>(limit, pool_, "late",
                                                std::move(find));
  }
  void Start(absl::Duration limit) {
    asio::co_spawn(loop_, Ask(limit), asio::detached);
    loop_.poll();
  }

  io::WorkerPool pool_{0, 1};
  std::optional<std::string> got_;
  asio::io_context loop_;
};

TEST_F(AwaitOnPoolForTest, TheResultOfTheTask) {
  Start(absl::Hours(1));
  EXPECT_EQ(got_, std::nullopt);
  EXPECT_TRUE(pool_.RunNext());
  loop_.poll();
  EXPECT_EQ(got_, "found");
}

TEST_F(AwaitOnPoolForTest, WhatComesTooLateIsDropped) {
  Start(absl::Milliseconds(1));
  loop_.run_for(std::chrono::seconds(10));  // It ends when nothing waits.
  EXPECT_EQ(got_, "late");
  EXPECT_TRUE(pool_.RunNext());
  loop_.restart();
  loop_.poll();
  EXPECT_EQ(got_, "late");
}

TEST_F(AwaitOnPoolForTest, WhereNothingMoreMayWaitNobodyWaits) {
  ASSERT_TRUE(pool_.Run([] {}));
  Start(absl::Hours(1));
  EXPECT_EQ(got_, "late");
}

}  // namespace
}  // namespace mailsec::server
