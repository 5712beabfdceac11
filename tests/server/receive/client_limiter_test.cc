#include "mailcore/server/receive/client_limiter.h"

#include <vector>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using ip::IpAddress;

IpAddress Ip(absl::string_view text) { return *IpAddress::Parse(text); }

TEST(ClientLimiterTest, BoundsOneClientAndGivesPlacesBack) {
  ClientLimiter limiter(10, 2);
  const auto first = limiter.Admit(Ip("198.51.100.7"), false);
  {
    const auto second = limiter.Admit(Ip("198.51.100.7"), false);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(limiter.Admit(Ip("198.51.100.7"), false));
    EXPECT_TRUE(limiter.Admit(Ip("198.51.100.8"), false));
  }
  EXPECT_TRUE(limiter.Admit(Ip("198.51.100.7"), false));
}

TEST(ClientLimiterTest, OneIpv6SubscriberIsOneClient) {
  ClientLimiter limiter(10, 1);
  const auto held = limiter.Admit(Ip("2001:db8::1"), false);
  EXPECT_FALSE(limiter.Admit(Ip("2001:db8::ffff:1"), false));
  EXPECT_TRUE(limiter.Admit(Ip("2001:db8:0:1::1"), false));
}

TEST(ClientLimiterTest, BoundsAllTogetherEvenExemptOnes) {
  ClientLimiter limiter(3, 1);
  std::vector<ClientLimiter::Ticket> held;
  for (int i = 0; i < 3; ++i) {
    auto ticket = limiter.Admit(Ip("192.0.2.1"), true);
    ASSERT_TRUE(ticket);
    held.push_back(*std::move(ticket));
  }
  EXPECT_FALSE(limiter.Admit(Ip("192.0.2.1"), true));
  EXPECT_FALSE(limiter.Admit(Ip("198.51.100.7"), false));
}

TEST(ClientLimiterTest, ARefusedClientTakesNoMemory) {
  ClientLimiter limiter(1, 1);
  const auto held = limiter.Admit(Ip("192.0.2.1"), false);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_FALSE(
        limiter.Admit(IpAddress::FromV4({198, 51, static_cast<uint8_t>(i >> 8),
                                         static_cast<uint8_t>(i)}),
                      false));
  }
  limiter.SetLimits(2, 1);
  EXPECT_TRUE(limiter.Admit(Ip("198.51.100.7"), false));
}

}  // namespace
}  // namespace mailsec::server
