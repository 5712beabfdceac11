#include "mailcore/server/receive/client_limiter.h"

#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using ip::IpAddress;

IpAddress Ip(absl::string_view text) { return *IpAddress::Parse(text); }

TEST(ClientLimiterTest, BoundsOneClientAndGivesPlacesBack) {
  constexpr ClientLimiter::Limits kLimits = {.all = 10, .of_client = 2};
  ClientLimiter limiter;
  const auto first = limiter.Admit(Ip("198.51.100.7"), kLimits);
  {
    const auto second = limiter.Admit(Ip("198.51.100.7"), kLimits);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(limiter.Admit(Ip("198.51.100.7"), kLimits));
    EXPECT_TRUE(limiter.Admit(Ip("198.51.100.8"), kLimits));
  }
  EXPECT_TRUE(limiter.Admit(Ip("198.51.100.7"), kLimits));
}

TEST(ClientLimiterTest, OneIpv6SubscriberIsOneClient) {
  constexpr ClientLimiter::Limits kLimits = {.all = 10, .of_client = 1};
  ClientLimiter limiter;
  const auto held = limiter.Admit(Ip("2001:db8::1"), kLimits);
  EXPECT_FALSE(limiter.Admit(Ip("2001:db8::ffff:1"), kLimits));
  EXPECT_TRUE(limiter.Admit(Ip("2001:db8:0:1::1"), kLimits));
}

TEST(ClientLimiterTest, BoundsAllTogetherEvenExemptOnes) {
  ClientLimiter limiter;
  std::vector<ClientLimiter::Ticket> held;
  for (int i = 0; i < 3; ++i) {
    auto ticket = limiter.Admit(Ip("192.0.2.1"), {.all = 3});
    ASSERT_TRUE(ticket);
    held.push_back(*std::move(ticket));
  }
  EXPECT_FALSE(limiter.Admit(Ip("192.0.2.1"), {.all = 3}));
  EXPECT_FALSE(limiter.Admit(Ip("198.51.100.7"), {.all = 3, .of_client = 1}));
}

// A reload changes the limits and not the counts.
TEST(ClientLimiterTest, OtherLimitsFindTheSameCounts) {
  ClientLimiter limiter;
  const auto first = limiter.Admit(Ip("192.0.2.1"), {.all = 9, .of_client = 2});
  const auto second =
      limiter.Admit(Ip("192.0.2.1"), {.all = 9, .of_client = 2});
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(limiter.Admit(Ip("192.0.2.1"), {.all = 9, .of_client = 1}));
  EXPECT_FALSE(limiter.Admit(Ip("192.0.2.2"), {.all = 1, .of_client = 9}));
  EXPECT_TRUE(limiter.Admit(Ip("192.0.2.1"), {.all = 3, .of_client = 3}));
}

// A proxy's connection is its client's.
TEST(ClientLimiterTest, APlaceMovesToTheClientThatAProxyNames) {
  constexpr ClientLimiter::Limits kOne = {.all = 3, .of_client = 1};
  ClientLimiter limiter;
  auto first = limiter.Admit(Ip("192.0.2.1"), {.all = 3});
  auto second = limiter.Admit(Ip("192.0.2.1"), {.all = 3});
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->MoveTo(Ip("198.51.100.7"), kOne));
  EXPECT_TRUE(first->MoveTo(Ip("198.51.100.7"), kOne));  // It is there already.
  EXPECT_FALSE(second->MoveTo(Ip("198.51.100.7"), kOne));
  EXPECT_TRUE(second->MoveTo(Ip("198.51.100.8"), kOne));
  EXPECT_TRUE(limiter.Admit(Ip("192.0.2.1"), kOne));  // Both have left it.
  first.reset();
  EXPECT_TRUE(second->MoveTo(Ip("198.51.100.7"), kOne));
  EXPECT_TRUE(limiter.Admit(Ip("198.51.100.8"), kOne));
}

TEST(ClientLimiterTest, ARefusedClientTakesNoMemory) {
  ClientLimiter limiter;
  const auto held = limiter.Admit(Ip("192.0.2.1"), {.all = 1});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_FALSE(
        limiter.Admit(IpAddress::FromV4({198, 51, static_cast<uint8_t>(i >> 8),
                                         static_cast<uint8_t>(i)}),
                      {.all = 1}));
  }
  EXPECT_TRUE(limiter.Admit(Ip("198.51.100.7"), {.all = 2}));
}

}  // namespace
}  // namespace mailsec::server
