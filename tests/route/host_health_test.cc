#include "mailcore/route/host_health.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using Search = HostHealth::Search;
using Names = std::vector<std::string>;

class HostHealthTest : public testing::Test {
 protected:
  Names Order(const Names& hosts, Search search = Search::kUsual) {
    Names ordered;
    for (const size_t i : health_.Order(hosts, now_, search)) {
      ordered.push_back(hosts[i]);
    }
    return ordered;
  }
  void Fail(const std::string& host) { health_.Failed(host, now_); }
  void Wait(absl::Duration time) { now_ += time; }

  HostHealth health_{{.first_pause = absl::Minutes(1),
                      .longest_pause = absl::Minutes(5),
                      .max_hosts = 4}};
  absl::Duration now_ = absl::Hours(1);
};

TEST_F(HostHealthTest, WithoutAFailureTheOrderOfPreferenceStays) {
  EXPECT_EQ(Order({"b", "a", "c"}), (Names{"b", "a", "c"}));
  EXPECT_EQ(Order({}), Names{});
}

TEST_F(HostHealthTest, WhoFailedComesLastUntilItsPauseIsOver) {
  Fail("a");
  EXPECT_EQ(Order({"a", "b", "c"}), (Names{"b", "c", "a"}));
  Wait(absl::Minutes(1));
  EXPECT_EQ(Order({"a", "b", "c"}), (Names{"a", "b", "c"}));
}

TEST_F(HostHealthTest, OfThoseThatFailedTheLongestAgoComesFirst) {
  Fail("b");
  Wait(absl::Seconds(1));
  Fail("a");
  Wait(absl::Seconds(1));
  Fail("c");
  EXPECT_EQ(Order({"a", "b", "c"}), (Names{"b", "a", "c"}));
}

TEST_F(HostHealthTest, EachFailureInARowDoublesThePause) {
  for (const int minutes : {1, 2, 4, 5, 5}) {
    Fail("a");
    Wait(absl::Minutes(minutes) - absl::Seconds(1));
    EXPECT_EQ(Order({"a", "b"}), (Names{"b", "a"})) << minutes;
    Wait(absl::Seconds(1));
    EXPECT_EQ(Order({"a", "b"}), (Names{"a", "b"})) << minutes;
  }
  health_.Worked("a");
  EXPECT_EQ(health_.failures("a"), 0);
  Fail("a");
  Wait(absl::Minutes(1));
  EXPECT_EQ(Order({"a", "b"}), (Names{"a", "b"})) << "the row has ended";
}

// However long the pauses between attempts are and however few hosts one of
// them gets to, the living one at the end of the list is found.
TEST_F(HostHealthTest, ASearchThatGoesOnReachesEverybody) {
  HostHealth health({});
  Names hosts;
  for (int i = 0; i < 100; ++i) hosts.push_back(absl::StrCat("dead", i));
  hosts.push_back("alive");
  constexpr size_t kInOneAttempt = 12;
  size_t attempts = 0;
  for (bool found = false; !found; ++attempts) {
    ASSERT_LT(attempts, 10u);
    const auto order = health.Order(hosts, now_, Search::kGoesOn);
    for (size_t k = 0; k < kInOneAttempt; ++k) {
      found |= hosts[order[k]] == "alive";
      health.Failed(hosts[order[k]], now_);
      Wait(absl::Seconds(10));
    }
    Wait(absl::Hours(4));
  }
  EXPECT_EQ(attempts, 9u);
}

TEST_F(HostHealthTest, ForgetsTheOldestFailure) {
  for (const char* host : {"a", "b", "c", "a", "d", "e"}) {
    Fail(host);
    Wait(absl::Seconds(1));
  }
  EXPECT_EQ(health_.failures("b"), 0);
  EXPECT_EQ(health_.failures("a"), 2);
  EXPECT_EQ(health_.failures("e"), 1);
}

TEST_F(HostHealthTest, TheSameHostTwiceIsNoMatter) {
  Fail("a");
  EXPECT_EQ(Order({"a", "a", "b"}), (Names{"b", "a", "a"}));
}

}  // namespace
}  // namespace mailsec::route
