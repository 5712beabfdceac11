#include "mailcore/ip/ip_address.h"

#include <array>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace mailsec::ip {
namespace {

// The canonical form; empty: it is refused.
struct IpCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
};

constexpr IpCase kIpCases[] = {
    {"V4", "192.0.2.7", "192.0.2.7"},
    {"V4Lowest", "0.0.0.0", "0.0.0.0"},
    {"V4Highest", "255.255.255.255", "255.255.255.255"},
    {"V4PartTooLarge", "256.0.2.7", ""},
    {"V4ThreeParts", "192.0.2", ""},
    {"V4FiveParts", "192.0.2.7.1", ""},
    {"V4LeadingZero", "192.0.2.010", ""},
    {"V4DoubleZero", "00.0.2.1", ""},
    {"V4EmptyPart", "192..2.7", ""},
    {"V4Hexadecimal", "0x7f.0.0.1", ""},
    {"V4OneNumber", "3221225991", ""},
    {"V4Sign", "+192.0.2.7", ""},
    {"V4FourDigits", "0192.0.2.7", ""},
    {"Empty", "", ""},
    {"OnlyADot", ".", ""},
    {"LeadingSpace", " 192.0.2.7", ""},
    {"Nul", absl::string_view("192.0.2.7\0", 10), ""},
    {"Prefix", "192.0.2.0/24", ""},
    {"Brackets", "[192.0.2.7]", ""},
    {"V6Full", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"},
    {"V6LeadingZeros", "2001:0DB8:0001:0002:0003:0004:0005:0006",
     "2001:db8:1:2:3:4:5:6"},
    {"V6Gap", "2001:db8::1", "2001:db8::1"},
    {"V6GapAtTheStart", "::1", "::1"},
    {"V6GapAtTheEnd", "2001:db8::", "2001:db8::"},
    {"V6Unspecified", "::", "::"},
    {"V6LongestRunIsShortened", "1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    {"V6FirstOfEqualRuns", "1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
    {"V6OneZeroIsNotShortened", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
    {"V6GapForOneGroup", "1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
    {"V6GapForNoGroup", "1:2:3:4::5:6:7:8", ""},
    {"V6TwoGaps", "1::2::3", ""},
    {"V6ThreeColons", "1:::2", ""},
    {"V6SevenGroups", "1:2:3:4:5:6:7", ""},
    {"V6NineGroups", "1:2:3:4:5:6:7:8:9", ""},
    {"V6FiveDigits", "12345::", ""},
    {"V6ManyZeros", "00001::", ""},
    {"V6NotHexadecimal", "g::", ""},
    {"V6EndsInAColon", "1:2:3:4:5:6:7:", ""},
    {"V6BeginsWithAColon", ":1:2:3:4:5:6:7", ""},
    {"V6ZoneId", "fe80::1%eth0", ""},
    {"V6ZoneIdOnMapped", "::ffff:10.0.0.5%1", ""},
    {"V6WithQuad", "64:ff9b::192.0.2.7", "64:ff9b::c000:207"},
    {"V6QuadInTheMiddle", "::192.0.2.7:1", ""},
    {"V6QuadTooLate", "1:2:3:4:5:6:7:192.0.2.7", ""},
    {"V6QuadAlmostTooLate", "1:2:3:4:5:6:192.0.2.7", "1:2:3:4:5:6:c000:207"},
    {"V6CompatibleIsNotMapped", "::192.0.2.7", "::c000:207"},
    // REL-03: the same host, in whatever way it is written.
    {"Rel03Mapped", "::ffff:10.0.0.5", "10.0.0.5"},
    {"Rel03MappedInHexadecimal", "::FFFF:a00:5", "10.0.0.5"},
    {"Rel03MappedInFull", "0:0:0:0:0:ffff:0a00:0005", "10.0.0.5"},
    {"Rel03MappedStranger", "::ffff:198.51.100.7", "198.51.100.7"},
    {"Rel03OneGroupOffIsAnother", "::ffff:0:10.0.0.5", "::ffff:0:a00:5"},
};

class IpAddressTest : public testing::TestWithParam<IpCase> {};

TEST_P(IpAddressTest, Parses) {
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(GetParam().text);
  EXPECT_EQ(ip.ok(), !GetParam().want.empty()) << ip.status();
  if (!ip.ok()) return;
  EXPECT_EQ(ip->ToString(), GetParam().want);
  EXPECT_EQ(*IpAddress::Parse(ip->ToString()), *ip);
  EXPECT_EQ(IpAddress::FromV6(ip->ToV6Octets()), *ip);
}

INSTANTIATE_TEST_SUITE_P(Table, IpAddressTest, testing::ValuesIn(kIpCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(IpAddressValueTest, OctetsAreInNetworkOrder) {
  EXPECT_EQ(IpAddress::FromV4({192, 0, 2, 7}).ToString(), "192.0.2.7");
  const std::array<uint8_t, 16> mapped = {0, 0, 0,    0,    0,   0, 0, 0,
                                          0, 0, 0xFF, 0xFF, 192, 0, 2, 7};
  EXPECT_EQ(IpAddress::FromV4({192, 0, 2, 7}).ToV6Octets(), mapped);
  EXPECT_TRUE(IpAddress::FromV6(mapped).is_v4());
  EXPECT_EQ(IpAddress::Parse("2001:db8::1")->ToV6Octets()[1], 0x01);
}

TEST(IpAddressValueTest, LoopbackAndUnspecified) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"126.255.255.255", "128.0.0.0", "::2", "1::1"}) {
    EXPECT_FALSE(IpAddress::Parse(text)->IsLoopback()) << text;
  }
  EXPECT_TRUE(IpAddress().IsUnspecified());
  EXPECT_TRUE(IpAddress::Parse("::")->IsUnspecified());
  EXPECT_FALSE(IpAddress::Parse("::1")->IsUnspecified());
  EXPECT_NE(IpAddress(), *IpAddress::Parse("::"));
}

TEST(IpAddressValueTest, HashAgreesWithEquality) {
  const absl::flat_hash_set<IpAddress> seen = {
      *IpAddress::Parse("::ffff:10.0.0.5"), *IpAddress::Parse("2001:db8::1")};
  EXPECT_TRUE(seen.contains(*IpAddress::Parse("10.0.0.5")));
  EXPECT_TRUE(seen.contains(*IpAddress::Parse("2001:DB8:0::1")));
  EXPECT_FALSE(seen.contains(*IpAddress::Parse("::10.0.0.5")));
}

}  // namespace
}  // namespace mailsec::ip
