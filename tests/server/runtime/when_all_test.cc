#include "mailcore/server/runtime/when_all.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "boost/asio/detached.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "gtest/gtest.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;

// Coroutines that end when they are told to.
class WhenAllTest : public testing::Test {
 protected:
  asio::awaitable<void> Task(size_t i) {
    asio::steady_timer& gate = *gates_[i];
    log_ += static_cast<char>('a' + i);
    (void)co_await gate.async_wait(kNoThrow);
    log_ += static_cast<char>('A' + i);
  }
  asio::awaitable<void> Wait(size_t tasks) {
    std::vector<asio::awaitable<void>> all;
    for (size_t i = 0; i < tasks; ++i) all.push_back(Task(i));
    co_await WhenAll(std::move(all));
    log_ += '.';
  }
  void Start(size_t tasks) {
    for (size_t i = 0; i < tasks; ++i) {
      gates_.push_back(
          std::make_unique<asio::steady_timer>(loop_, std::chrono::hours(1)));
    }
    asio::co_spawn(loop_, Wait(tasks), asio::detached);
    loop_.poll();
  }
  void End(size_t i) {
    gates_[i]->cancel();
    loop_.poll();
  }

  std::vector<std::unique_ptr<asio::steady_timer>> gates_;
  std::string log_;
  asio::io_context loop_;
};

TEST_F(WhenAllTest, GoesOnWhenTheLastOneHasEnded) {
  Start(3);
  EXPECT_EQ(log_, "abc");
  End(1);
  EXPECT_EQ(log_, "abcB");
  End(2);
  EXPECT_EQ(log_, "abcBC");
  End(0);
  EXPECT_EQ(log_, "abcBCA.");
}

TEST_F(WhenAllTest, OneTaskIsSimplyAwaited) {
  Start(1);
  EXPECT_EQ(log_, "a");
  End(0);
  EXPECT_EQ(log_, "aA.");
}

TEST_F(WhenAllTest, NoTaskNeedsNoWaiting) {
  Start(0);
  EXPECT_EQ(log_, ".");
}

// A loop that is thrown away takes with it what waits in it.
TEST_F(WhenAllTest, ALoopMayEndFirst) {
  Start(3);
  End(1);
  gates_.clear();
  EXPECT_EQ(log_, "abcB");
}

}  // namespace
}  // namespace mailsec::server
