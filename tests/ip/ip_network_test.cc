#include "mailcore/ip/ip_network.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace mailsec::ip {
namespace {

// The canonical form; empty: it is refused.
struct NetworkCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
};

constexpr NetworkCase kNetworkCases[] = {
    {"V4", "192.0.2.0/24", "192.0.2.0/24"},
    {"V4OneHost", "192.0.2.7", "192.0.2.7/32"},
    {"V4OddPrefix", "192.0.2.128/25", "192.0.2.128/25"},
    {"V4Everyone", "0.0.0.0/0", "0.0.0.0/0"},
    {"V4PrefixTooLong", "192.0.2.0/33", ""},
    {"V4HostBits", "10.0.0.5/8", ""},
    {"V6", "2001:db8::/32", "2001:db8::/32"},
    {"V6OneHost", "2001:db8::1", "2001:db8::1/128"},
    {"V6AcrossTheHalves", "2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65"},
    {"V6Everyone", "::/0", "::/0"},
    {"V6PrefixTooLong", "2001:db8::/129", ""},
    {"V6HostBits", "2001:db8::1/64", ""},
    {"NoPrefixAfterTheSlash", "192.0.2.0/", ""},
    {"NegativePrefix", "192.0.2.0/-1", ""},
    {"PrefixWithLeadingZero", "192.0.2.0/024", ""},
    {"PrefixAsNetmask", "192.0.2.0/255.255.255.0", ""},
    {"TwoSlashes", "192.0.2.0/24/24", ""},
    {"ThreePartsOnly", "10.0.0/8", ""},
    {"Name", "example.org", ""},
    // REL-03
    {"Rel03MappedPrefix", "::ffff:10.0.0.0/104", "10.0.0.0/8"},
    {"Rel03MappedHost", "::ffff:10.0.0.5", "10.0.0.5/32"},
    {"Rel03MappedEveryoneIsNotSilent", "::ffff:0:0/96", ""},
    {"Rel03MixesTheFamilies", "::ffff:10.0.0.0/95", ""},
};

class IpNetworkTest : public testing::TestWithParam<NetworkCase> {};

TEST_P(IpNetworkTest, Parses) {
  const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(GetParam().text);
  EXPECT_EQ(network.ok(), !GetParam().want.empty()) << network.status();
  if (!network.ok()) return;
  EXPECT_EQ(network->ToString(), GetParam().want);
  EXPECT_EQ(*IpNetwork::Parse(network->ToString()), *network);
}

INSTANTIATE_TEST_SUITE_P(Table, IpNetworkTest, testing::ValuesIn(kNetworkCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(IpNetworkTest, SaysWhatWasProbablyMeant) {
  const absl::Status status = IpNetwork::Parse("10.0.0.5/8").status();
  EXPECT_TRUE(absl::StrContains(status.message(), "10.0.0.0/8")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "10.0.0.5/32")) << status;
}

struct ContainsCase {
  const char* name;
  const char* network;
  const char* address;
  bool want;
};

constexpr ContainsCase kContainsCases[] = {
    {"Lowest", "192.0.2.0/24", "192.0.2.0", true},
    {"Highest", "192.0.2.0/24", "192.0.2.255", true},
    {"OneAfter", "192.0.2.0/24", "192.0.3.0", false},
    {"OneBefore", "192.0.2.0/24", "192.0.1.255", false},
    {"AllOfV4", "0.0.0.0/0", "255.255.255.255", true},
    {"AllOfV4HoldsNoV6", "0.0.0.0/0", "::1", false},
    {"AllOfV6", "::/0", "2001:db8::1", true},
    {"AllOfV6HoldsNoV4", "::/0", "192.0.2.1", false},
    {"Rel03AllOfV6HoldsNoMapped", "::/0", "::ffff:192.0.2.1", false},
    {"Rel03MappedClientIsInV4Network", "10.0.0.0/8", "::ffff:10.0.0.5", true},
    {"Rel03MappedStrangerIsNot", "10.0.0.0/8", "::ffff:198.51.100.7", false},
    {"LowHalfDiffers", "2001:db8::/65", "2001:db8:0:0:8000::", false},
    {"SameDigitsOtherFamily", "::a00:0/104", "10.0.0.0", false},
};

class ContainsTest : public testing::TestWithParam<ContainsCase> {};

TEST_P(ContainsTest, Agrees) {
  EXPECT_EQ(IpNetwork::Parse(GetParam().network)
                ->Contains(*IpAddress::Parse(GetParam().address)),
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, ContainsTest, testing::ValuesIn(kContainsCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(IpNetworkTest, CreateClearsHostBits) {
  EXPECT_EQ(IpNetwork::Create(*IpAddress::Parse("10.1.2.3"), 8)->ToString(),
            "10.0.0.0/8");
  EXPECT_EQ(IpNetwork::Create(*IpAddress::Parse("2001:db8::1"), 32)->ToString(),
            "2001:db8::/32");
  EXPECT_FALSE(IpNetwork::Create(IpAddress(), 33).ok());
  EXPECT_FALSE(IpNetwork::Create(IpAddress(), -1).ok());
}

}  // namespace
}  // namespace mailsec::ip
