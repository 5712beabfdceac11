#include "mailcore/server/deliver/hop_cache.h"

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "gtest/gtest.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using route::MailClass;

// The DNS answers when the test says so.
class HopCacheTest : public testing::Test {
 protected:
  HopCacheTest() {
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" })",
                              "/F", &config_)
                    .empty());
    routing_ = *MakeRouting(config_, route::AliasTable(), {}, &dns_);
    dns_.SetMx("example.com", {{10, "mx.example.com"}});
    dns_.SetAddresses("mx.example.com", {*ip::IpAddress::Parse("192.0.2.1")});
    destination_ = {.kind = route::Destination::Kind::kMx,
                    .domain = *address::Domain::Parse("example.com")};
  }

  // What was found stands in answers_, "nothing" included.
  void Ask(absl::Duration limit = absl::InfiniteDuration()) {
    asio::co_spawn(loop_, AskNow(limit), asio::detached);
    loop_.restart();
    loop_.poll();
  }
  asio::awaitable<void> AskNow(absl::Duration limit) {
    const std::optional<route::NextHops> hops = co_await cache_.Find(
        routing_, destination_, MailClass::kOrdinary, limit);
    answers_.push_back(!hops           ? "nothing"
                       : hops->failure ? hops->failure->ToString()
                                       : hops->hops[0].address.ToString());
  }
  // Answers whatever was asked; how much that was.
  int Answer() {
    int asked = 0;
    while (pool_.RunNext()) ++asked;
    loop_.restart();
    loop_.poll();
    return asked;
  }

  Settings config_;
  dns::FakeResolver dns_;
  std::shared_ptr<const Routing> routing_;
  route::Destination destination_;
  ManualClock clock_;
  std::vector<std::string> answers_;
  asio::io_context loop_;
  io::WorkerPool pool_{0, 10};
  HopCache cache_{&pool_, &clock_, &loop_};
};

TEST_F(HopCacheTest, OneQuestionAnswersAllWhoAskMeanwhile) {
  Ask();
  Ask();
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(Answer(), 1);
  EXPECT_EQ(answers_, (std::vector<std::string>{"192.0.2.1", "192.0.2.1"}));
}

TEST_F(HopCacheTest, AnAnswerIsRememberedForHalfAMinute) {
  Ask();
  Answer();
  clock_.Advance(absl::Seconds(29));
  Ask();
  EXPECT_EQ(answers_.size(), 2u);  // At once.
  clock_.Advance(absl::Seconds(2));
  Ask();
  EXPECT_EQ(answers_.size(), 2u);
  EXPECT_EQ(Answer(), 1);
  EXPECT_EQ(answers_.size(), 3u);
}

TEST_F(HopCacheTest, AFailureIsRememberedForFiveSeconds) {
  dns_.Fail("example.com");
  Ask();
  Answer();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].substr(0, 9), "451 4.4.3");
  clock_.Advance(absl::Seconds(4));
  Ask();
  EXPECT_EQ(answers_.size(), 2u);
  clock_.Advance(absl::Seconds(2));
  Ask();
  EXPECT_EQ(answers_.size(), 2u);
}

TEST_F(HopCacheTest, WhoDoesNotWaitLongGetsNothingAndIsFasterLater) {
  Ask(absl::Milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  loop_.restart();
  loop_.poll();
  EXPECT_EQ(answers_, (std::vector<std::string>{"nothing"}));
  Ask();
  EXPECT_EQ(Answer(), 1);  // It was asked already, and is not asked again.
  EXPECT_EQ(answers_, (std::vector<std::string>{"nothing", "192.0.2.1"}));
}

// An answer by the old configuration comes after the new one is in force: who
// asked for it gets it, and nobody afterwards.
TEST_F(HopCacheTest, AnAnswerFromBeforeAReloadIsNotRemembered) {
  Ask();
  cache_.Clear();
  dns_.SetAddresses("mx.example.com", {*ip::IpAddress::Parse("192.0.2.2")});
  Ask();
  EXPECT_EQ(Answer(), 2);
  cache_.Clear();
  Ask();
  dns_.SetAddresses("mx.example.com", {*ip::IpAddress::Parse("192.0.2.3")});
  cache_.Clear();
  Answer();
  Ask();
  EXPECT_EQ(answers_.size(), 3u) << "remembered from before";
  Answer();
  EXPECT_EQ(answers_.size(), 4u);
}

TEST_F(HopCacheTest, WhatOneRoutingFoundIsNotKnownToAnother) {
  const std::shared_ptr<const Routing> old = routing_;
  Ask();
  Answer();
  routing_ = *MakeRouting(config_, route::AliasTable(), {}, &dns_);
  dns_.SetAddresses("mx.example.com", {*ip::IpAddress::Parse("192.0.2.2")});
  Ask();
  EXPECT_EQ(Answer(), 1);
  // An attempt that began before the reload asks once more.
  routing_ = old;
  Ask();
  EXPECT_EQ(Answer(), 1);
  EXPECT_EQ(answers_,
            (std::vector<std::string>{"192.0.2.1", "192.0.2.2", "192.0.2.2"}));
}

TEST_F(HopCacheTest, WhenTooManyQuestionsWaitMailWaitsToo) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool_.Run([] {}));
  Ask();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0], "451 4.4.3 Too busy to ask the DNS");
}

}  // namespace
}  // namespace mailsec::server
