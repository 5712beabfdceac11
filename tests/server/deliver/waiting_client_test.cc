#include "mailcore/server/deliver/waiting_client.h"

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

class WaitingClientTest : public testing::Test {
 protected:
  CutThroughWaiter Waiter() {
    CutThroughWaiter waiter = {
        .origins = {0, 1}, .origin_count = 2, .done = {}};
    waiter.done = [this](const std::vector<smtp::Reply>& replies) {
      for (const smtp::Reply& reply : replies) {
        said_.push_back(reply.ToString());
      }
    };
    return waiter;
  }
  void Run() {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    loop_.restart();
    loop_.poll();
  }

  const smtp::Reply stored_ = smtp::Reply(250, {2, 0, 0}, "queued");
  std::vector<std::string> said_;
  boost::asio::io_context loop_;
};

TEST_F(WaitingClientTest, HearsThatTheMessageIsOursWhenItsPatienceEnds) {
  WaitingClient client(Waiter(), stored_, absl::Milliseconds(1), &loop_);
  EXPECT_TRUE(client.waits());
  Run();
  EXPECT_EQ(said_,
            (std::vector<std::string>{"250 2.0.0 queued", "250 2.0.0 queued"}));
  EXPECT_FALSE(client.waits());
  EXPECT_FALSE(client.Take().has_value());
}

TEST_F(WaitingClientTest, WhoTookItAnswersHoweverLongThatTakes) {
  WaitingClient client(Waiter(), stored_, absl::Milliseconds(1), &loop_);
  const std::optional<CutThroughWaiter> waiter = client.Take();
  ASSERT_TRUE(waiter.has_value());
  Run();
  EXPECT_TRUE(said_.empty());
  waiter->done({smtp::Reply(550, {5, 1, 1}, "no"), stored_});
  EXPECT_EQ(said_,
            (std::vector<std::string>{"550 5.1.1 no", "250 2.0.0 queued"}));
  EXPECT_FALSE(client.Take().has_value());
}

// The timer's end is on its way through the loop when somebody takes it.
TEST_F(WaitingClientTest, AnEndThatComesTooLateSaysNothing) {
  WaitingClient client(Waiter(), stored_, absl::ZeroDuration(), &loop_);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(client.Take().has_value());
  Run();
  EXPECT_TRUE(said_.empty());
}

TEST_F(WaitingClientTest, ItsEndIsNoAnswer) {
  { WaitingClient client(Waiter(), stored_, absl::Hours(1), &loop_); }
  Run();
  EXPECT_TRUE(said_.empty());
}

}  // namespace
}  // namespace mailsec::server
