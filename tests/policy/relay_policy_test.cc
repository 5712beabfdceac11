#include "mailcore/policy/relay_policy.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mailcore/testing/fake_mx_authority.h"

namespace mailsec::policy {
namespace {

using ip::IpAddress;
using ip::IpNetwork;
using ip::NetworkSet;

// We hold MX for example.org, 10.0.0.0/8 is authorised, and 192.0.2.25 and
// 2001:db8::25 are our own addresses.
struct RelayCase {
  const char* name;  // The requirement in words; it names the test.
  const char* client;
  bool authenticated;
  const char* recipient;
  const char* want_rule;
  int want_code;
} constexpr kRelayCases[] = {
    {"AuthorisedNetworkMayRelay", "10.255.255.255", false, "<b@far.example>",
     "relay.authorised-network", 250},
    {"NextAddressIsOutside", "11.0.0.0", false, "<b@far.example>",
     "relay.not-authorised", 550},
    {"Rel03MappedIpv4IsTheSameHost", "::ffff:10.0.0.5", false,
     "<b@far.example>", "relay.authorised-network", 250},
    {"Rel03MappedStrangerIsAStranger", "::ffff:198.51.100.7", false,
     "<b@far.example>", "relay.not-authorised", 550},
    {"AuthenticatedClientMayRelay", "198.51.100.7", true, "<b@far.example>",
     "relay.authenticated", 250},
    {"StrangerMayWriteToUs", "198.51.100.7", false, "<a@EXAMPLE.org>",
     "relay.mx-authority", 250},
    {"StrangerMayNotRelay", "198.51.100.7", false, "<a@example.com>",
     "relay.not-authorised", 550},
    {"SourceRouteDoesNotRelay", "198.51.100.7", false,
     "<@example.org:b@far.example>", "relay.not-authorised", 550},
    {"BarePostmasterIsOurs", "198.51.100.7", false, "<Postmaster>",
     "relay.bare-postmaster", 250},
    {"OwnAddressIsOurs", "198.51.100.7", false, "<a@[192.0.2.25]>",
     "relay.own-address", 250},
    {"OwnAddressInTheOtherFamily", "198.51.100.7", false,
     "<a@[IPv6:::ffff:192.0.2.25]>", "relay.own-address", 250},
    {"OwnV6Address", "198.51.100.7", false, "<a@[IPv6:2001:DB8:0::25]>",
     "relay.own-address", 250},
    {"OthersAddressIsNot", "198.51.100.7", false, "<a@[192.0.2.26]>",
     "relay.not-authorised", 550},
    {"LoopbackLiteralIsNot", "198.51.100.7", false, "<a@[127.0.0.1]>",
     "relay.not-authorised", 550},
    // REL-01: what can be parsed names a mailbox here, or nothing of ours.
    {"Rel01PercentHackIsALocalName", "198.51.100.7", false,
     "<x%example.com@example.org>", "relay.mx-authority", 250},
    {"Rel01PercentHackAtOwnAddress", "198.51.100.7", false,
     "<x%example.com@[192.0.2.25]>", "relay.own-address", 250},
    {"Rel01QuotedAddressAtOwnAddress", "198.51.100.7", false,
     "<\"x@example.com\"@[192.0.2.25]>", "relay.own-address", 250},
    {"Rel01BangPathIsALocalName", "198.51.100.7", false,
     "<example.com!x@example.org>", "relay.mx-authority", 250},
    {"Rel01RouteEndsAbroad", "198.51.100.7", false,
     "<@example.org:x@example.com>", "relay.not-authorised", 550},
    // REL-11
    {"Rel11UpperCaseIsLocal", "198.51.100.7", false, "<bob@EXAMPLE.ORG>",
     "relay.mx-authority", 250},
    {"Rel11SuffixIsForeign", "198.51.100.7", false, "<bob@evil-example.org>",
     "relay.not-authorised", 550},
    {"Rel11SubdomainIsForeign", "198.51.100.7", false, "<bob@sub.example.org>",
     "relay.not-authorised", 550},
};

class RelayPolicyTest : public testing::TestWithParam<RelayCase> {
 protected:
  RelayPolicyTest() { mx_.Hold("example.org"); }

  Decision Decide(const char* client, bool authenticated, const char* to) {
    const absl::StatusOr<RelayPolicy> policy = RelayPolicy::Create(
        {.authorised_networks = *NetworkSet::Parse({"10.0.0.0/8"}),
         .own_addresses = {*IpAddress::Parse("192.0.2.25"),
                           *IpAddress::Parse("2001:db8::25")}},
        &mx_);
    return policy->Decide({.ip = *IpAddress::Parse(client),
                           .authenticated = authenticated,
                           .user = authenticated ? "alice" : ""},
                          *address::ForwardPath::Parse(to));
  }

  FakeMxAuthority mx_;
};

TEST_P(RelayPolicyTest, Decides) {
  const RelayCase& c = GetParam();
  const Decision got = Decide(c.client, c.authenticated, c.recipient);
  EXPECT_EQ(got.rule->name, c.want_rule);
  EXPECT_EQ(got.reply.code(), c.want_code);
  EXPECT_EQ(got.accepted(), c.want_code == 250);
  EXPECT_EQ(got.reply.status().ToString(),
            c.want_code == 250 ? "2.1.5" : "5.7.1");
  EXPECT_FALSE(got.rule->source.empty());
  EXPECT_FALSE(got.otherwise().empty());
}

INSTANTIATE_TEST_SUITE_P(Table, RelayPolicyTest, testing::ValuesIn(kRelayCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST_F(RelayPolicyTest, Rel10UnansweredMxLookUpDefersAndNeverRelays) {
  mx_.FailWith(absl::UnavailableError("SERVFAIL"));
  const Decision got = Decide("198.51.100.7", false, "<a@example.org>");
  EXPECT_EQ(got.verdict, Verdict::kCannotTell);
  EXPECT_EQ(got.reply.code(), 451);
  EXPECT_EQ(got.reply.status().ToString(), "4.4.3");
}

TEST_F(RelayPolicyTest, AFailedLookUpDoesNotStopAnAuthorisedClient) {
  mx_.FailWith(absl::UnavailableError("SERVFAIL"));
  EXPECT_TRUE(Decide("10.0.0.1", false, "<a@far.example>").accepted());
}

// What would be an open relay, or nearly one, cannot be built.
struct WidthCase {
  const char* name;
  std::vector<std::string> networks;
  bool want_ok;
};

const WidthCase kWidthCases[] = {
    {"NobodyIsFine", {}, true},
    {"EveryoneV4", {"0.0.0.0/0"}, false},
    {"EveryoneV6", {"::/0"}, false},
    {"EveryoneBesideOthers", {"10.0.0.0/8", "0.0.0.0/0"}, false},
    {"TwoHalvesOfV4", {"0.0.0.0/1", "128.0.0.0/1"}, false},
    {"WhomAProxyDoesNotName", {"0.0.0.0/8"}, false},
    {"NobodyInParticular", {"0.0.0.0"}, false},
    {"HalfOfV4", {"128.0.0.0/1"}, false},
    {"WiderThan8", {"10.0.0.0/7"}, false},
    {"Exactly8", {"10.0.0.0/8"}, true},
    {"GlobalV6", {"2000::/3"}, false},
    {"WiderThan16", {"2000::/15"}, false},
    {"Exactly16", {"2001::/16"}, true},
    {"PrivateV6", {"fc00::/7", "fe80::/10"}, true},
    {"WiderThanPrivateV6", {"fc00::/6"}, false},
    {"NearPrivateV6", {"fa00::/7"}, false},
    {"LinkLocalIsNotWider", {"fe80::/9"}, false},
};

class WidthTest : public testing::TestWithParam<WidthCase> {};

TEST_P(WidthTest, RefusesToBuildAnOpenRelay) {
  FakeMxAuthority mx;
  const absl::Status status =
      RelayPolicy::Create(
          {.authorised_networks = *NetworkSet::Parse(GetParam().networks)}, &mx)
          .status();
  EXPECT_EQ(status.ok(), GetParam().want_ok) << status;
  if (!status.ok()) {
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_TRUE(absl::StrContains(status.message(), "open relay")) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, WidthTest, testing::ValuesIn(kWidthCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

NetworkSet FirstV4Eighths(int count) {
  std::vector<IpNetwork> networks;
  for (int i = 1; i <= count; ++i) {  // 0.0.0.0/8 is nobody's.
    networks.push_back(*IpNetwork::Create(
        IpAddress::FromV4({static_cast<uint8_t>(i), 0, 0, 0}), 8));
    // Nested networks do not count twice.
    networks.push_back(*IpNetwork::Create(
        IpAddress::FromV4({static_cast<uint8_t>(i), 1, 0, 0}), 16));
  }
  return NetworkSet(networks);
}

TEST(WidthTogetherTest, ManyNarrowNetworksCannotListEveryone) {
  FakeMxAuthority mx;
  EXPECT_TRUE(
      RelayPolicy::Create({.authorised_networks = FirstV4Eighths(128)}, &mx)
          .ok());
  EXPECT_FALSE(
      RelayPolicy::Create({.authorised_networks = FirstV4Eighths(129)}, &mx)
          .ok());
  std::vector<IpNetwork> v6;
  for (int i = 0x2000; i < 0x3001; ++i) {
    std::array<uint8_t, 16> octets = {static_cast<uint8_t>(i >> 8),
                                      static_cast<uint8_t>(i)};
    v6.push_back(*IpNetwork::Create(IpAddress::FromV6(octets), 16));
  }
  EXPECT_FALSE(
      RelayPolicy::Create({.authorised_networks = NetworkSet(v6)}, &mx).ok());
  v6.pop_back();
  EXPECT_TRUE(
      RelayPolicy::Create({.authorised_networks = NetworkSet(v6)}, &mx).ok());
}

}  // namespace
}  // namespace mailsec::policy
