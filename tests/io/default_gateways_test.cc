#include "mailcore/io/default_gateways.h"

#include <bit>
#include <string>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace mailsec::io {
namespace {

// As the kernel of a machine with little-endian octets writes it.
constexpr char kRoute[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    "eth1\t00000000\t010200C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    "eth0\t006433C6\t020200C0\t0003\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    "ppp0\t00000000\t00000000\t0001\t0\t0\t300\t00000000\t0\t0\t0\n";
constexpr char kIpv6Route[] =
    "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001 "
    "eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "20010db8000000000000000000000001 00000400 00000001 00000000 00000003 "
    "eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n";

std::string Gateways(absl::string_view route, absl::string_view ipv6_route) {
  return absl::StrJoin(ReadGateways(route, ipv6_route), " ",
                       [](std::string* out, const ip::IpAddress& gateway) {
                         *out += gateway.ToString();
                       });
}

TEST(DefaultGatewaysTest, AreTheNextHopsOfTheWidestRoutes) {
  if (std::endian::native != std::endian::little) GTEST_SKIP();
  EXPECT_EQ(Gateways(kRoute, kIpv6Route), "192.0.2.1 2001:db8::1");
}

TEST(DefaultGatewaysTest, WhatIsNoTableNamesNone) {
  EXPECT_EQ(Gateways("", ""), "");
  EXPECT_EQ(Gateways("eth0\t00000000\tnonsense\t0003\t0\t0\t0\t00000000\n",
                     "0 00 0 00 zz 0 0 0 0 eth0\n\n"),
            "");
  EXPECT_EQ(Gateways(std::string(100000, ' '), std::string("\0\n\0", 3)), "");
}

// Whatever this machine's are, they can be asked for.
TEST(DefaultGatewaysTest, OfThisMachineAreAddresses) {
  for (const ip::IpAddress& gateway : DefaultGateways()) {
    EXPECT_FALSE(gateway.IsUnspecified());
  }
}

}  // namespace
}  // namespace mailsec::io
