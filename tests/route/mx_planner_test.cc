#include "mailcore/route/mx_planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::route {
namespace {

using address::Domain;
using dns::DnssecStatus;
using dns::FakeResolver;
using ip::IpAddress;
using testing::ElementsAre;

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

// We are mx.example.org, 192.0.2.25 and 2001:db8::25.
MxPlanner::Options Us() {
  return {.own_names = {*Domain::Parse("mx.example.org")},
          .own_addresses = {Ip("192.0.2.25"), Ip("2001:db8::25")}};
}

// "host preference address" for each hop, or the failure.
std::string Describe(const MxPlan& plan) {
  if (plan.failure) {
    EXPECT_TRUE(plan.hops.empty());
    return plan.failure->ToString();
  }
  EXPECT_FALSE(plan.hops.empty());
  return absl::StrJoin(plan.hops, ", ", [](std::string* out, const MxHop& hop) {
    absl::StrAppend(out, hop.host, " ", hop.preference, " ",
                    hop.address.ToString());
  });
}

class MxPlannerTest : public testing::Test {
 protected:
  // Hosts that most cases use.
  MxPlannerTest() {
    Host("a.example.net", {"198.51.100.1"});
    Host("b.example.net", {"198.51.100.2"});
    Host("c.example.net", {"198.51.100.3"});
    Host("mx.example.org", {"192.0.2.25"});
  }

  void Host(const std::string& name, const std::vector<std::string>& addresses,
            DnssecStatus dnssec = DnssecStatus::kInsecure) {
    std::vector<IpAddress> ips;
    for (const std::string& address : addresses) ips.push_back(Ip(address));
    dns_.SetAddresses(name, ips, dnssec);
  }
  void Mx(std::vector<dns::MxRecord> records,
          DnssecStatus dnssec = DnssecStatus::kInsecure) {
    dns_.SetMx("example.com", std::move(records), dnssec);
  }
  MxPlan Plan(uint64_t seed = 1, MxPlanner::Options options = Us()) {
    return MxPlanner(std::move(options), &dns_)
        .Plan(*Domain::Parse("Example.com"), seed);
  }
  std::string Planned() { return Describe(Plan()); }
  // Fails with this code and status, and names what people must know.
  void ExpectFailure(absl::string_view code,
                     const std::vector<std::string>& named) {
    const std::string got = Planned();
    EXPECT_TRUE(absl::StartsWith(got, code)) << got;
    for (const std::string& name : named) {
      EXPECT_TRUE(absl::StrContains(got, name)) << got << "\nlacks " << name;
    }
  }

  FakeResolver dns_;
};

TEST_F(MxPlannerTest, ExchangersByPreference) {
  Mx({{20, "b.example.net"}, {10, "a.example.net"}, {30, "c.example.net"}});
  EXPECT_EQ(Planned(),
            "a.example.net 10 198.51.100.1, b.example.net 20 198.51.100.2, "
            "c.example.net 30 198.51.100.3");
}

TEST_F(MxPlannerTest, WithoutMxTheDomainItself) {
  Host("example.com", {"198.51.100.80"}, DnssecStatus::kSecure);
  EXPECT_EQ(Planned(), "example.com 0 198.51.100.80");
  EXPECT_EQ(Plan().dnssec, DnssecStatus::kInsecure)
      << "that there is no MX is not proven";
}

// MX-01
TEST_F(MxPlannerTest, Mx01NullMxHasNoFallback) {
  Host("example.com", {"198.51.100.80"});
  for (const char* null : {"", "."}) {
    for (const uint16_t preference : {0, 10}) {
      Mx({{preference, null}});
      ExpectFailure("556 5.1.10", {"example.com", "null MX"});
    }
  }
}

TEST_F(MxPlannerTest, Mx01NullMxBesideOthersIsIgnored) {
  Mx({{0, ""}, {10, "a.example.net"}});
  EXPECT_EQ(Planned(), "a.example.net 10 198.51.100.1");
  Mx({{0, ""}, {10, "missing.example.net"}});
  ExpectFailure("550 5.4.4", {"missing.example.net does not exist"});
}

// DNS-01
TEST_F(MxPlannerTest, Dns01NoSuchDomainAtOnce) {
  ExpectFailure("550 5.1.2", {"example.com does not exist"});
  EXPECT_EQ(dns_.lookups(), 1);
}

TEST_F(MxPlannerTest, Dns01NeitherMxNorAddress) {
  // The name exists: something is below it.
  class NoData : public dns::Resolver {
   public:
    absl::StatusOr<dns::MxAnswer> LookUpMx(const Domain&) override {
      return absl::NotFoundError("no data");
    }
    absl::StatusOr<dns::AddressAnswer> LookUpAddresses(
        const std::string&) override {
      return absl::NotFoundError("no data");
    }
  } dns;
  const MxPlan plan =
      MxPlanner(Us(), &dns).Plan(*Domain::Parse("example.com"), 1);
  EXPECT_TRUE(absl::StartsWith(Describe(plan),
                               "550 5.1.2 The domain example.com has neither"));
}

TEST_F(MxPlannerTest, Dns01NoAnswerIsNoVerdict) {
  Host("example.com", {"198.51.100.80"});
  dns_.Fail("example.com");
  ExpectFailure("451 4.4.3", {"example.com", "SERVFAIL"});
  EXPECT_EQ(dns_.lookups(), 1) << "no fallback, no storm";
}

TEST_F(MxPlannerTest, Dns01OthersWhileOneExchangerCannotBeTold) {
  Mx({{10, "a.example.net"}, {20, "b.example.net"}});
  dns_.Fail("a.example.net");
  EXPECT_EQ(Planned(), "b.example.net 20 198.51.100.2");
  dns_.Fail("b.example.net");
  ExpectFailure("451 4.4.3", {"example.com", "a.example.net"});
}

TEST_F(MxPlannerTest, Dns01OneThatCannotBeToldOutweighsThoseThatAreNot) {
  Mx({{10, "missing.example.net"}, {20, "b.example.net"}});
  dns_.Fail("b.example.net");
  ExpectFailure("451 4.4.3", {"b.example.net"});
}

TEST_F(MxPlannerTest, UnknownErrorsOfAResolverAreNoVerdict) {
  class Odd : public FakeResolver {
    absl::StatusOr<dns::MxAnswer> LookUpMx(const Domain&) override {
      return absl::InternalError("odd");
    }
  } odd;
  const MxPlan plan =
      MxPlanner(Us(), &odd).Plan(*Domain::Parse("example.com"), 1);
  EXPECT_EQ(plan.failure->code(), 451);
}

TEST_F(MxPlannerTest, AnMxAnswerWithoutUsableRecordsHasNoFallback) {
  Host("example.com", {"198.51.100.80"});
  Mx({});
  ExpectFailure("550 5.4.4", {"example.com"});
}

TEST_F(MxPlannerTest, OnlyExchangersWithoutAddress) {
  Host("empty.example.net", {});
  Mx({{10, "missing.example.net"}, {20, "empty.example.net"}});
  Host("example.com", {"198.51.100.80"});
  ExpectFailure("550 5.4.4", {"example.com", "missing.example.net does not",
                              "empty.example.net has no address"});
}

// MX-04: a host that is this one, by each of its names for itself.
TEST_F(MxPlannerTest, Mx04ThisHost) {
  for (const char* address :
       {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0.0.0.0",
        "0.1.2.3", "::", "192.0.2.25", "2001:db8::25", "::ffff:192.0.2.25",
        "64:ff9b::127.0.0.1", "64:ff9b::192.0.2.25", "64:ff9b:1::127.0.0.1",
        "2002:7f00:1::1", "2002:c000:219::1", "::127.0.0.1",
        "2001:db8::5efe:127.0.0.1", "2001:0:c633:6401::80ff:fffe"}) {
    SCOPED_TRACE(address);
    Host("lo.example.net", {"198.51.100.9", address});
    Mx({{10, "lo.example.net"}});
    ExpectFailure("554 5.4.6", {"example.com", "lo.example.net"});
    Mx({{10, "a.example.net"}, {20, "lo.example.net"}, {30, "c.example.net"}});
    EXPECT_EQ(Planned(), "a.example.net 10 198.51.100.1");
  }
}

TEST_F(MxPlannerTest, Mx04Localhost) {
  for (const char* name : {"localhost", "LOCALHOST.", "mail.localhost"}) {
    SCOPED_TRACE(name);
    Host("localhost", {"198.51.100.66"});  // Whatever the DNS says.
    Mx({{10, name}});
    ExpectFailure("554 5.4.6", {"example.com", "localhost"});
  }
}

TEST_F(MxPlannerTest, Mx04TheDomainItselfIsThisHost) {
  Host("example.com", {"127.0.0.1"});
  ExpectFailure("554 5.4.6", {"example.com (127.0.0.1)"});
}

TEST_F(MxPlannerTest, LoopbackIsForTestsOnly) {
  MxPlanner::Options options = Us();
  options.allow_loopback = true;
  options.own_addresses.push_back(Ip("127.0.0.1"));
  Host("lo.example.net", {"127.0.0.1"});
  Host("localhost", {"::1"});
  Mx({{10, "lo.example.net"}, {20, "localhost"}});
  EXPECT_EQ(Describe(Plan(1, options)),
            "lo.example.net 10 127.0.0.1, localhost 20 ::1");
  for (const char* ours : {"0.0.0.0", "::", "192.0.2.25"}) {
    Host("lo.example.net", {ours});
    Mx({{10, "lo.example.net"}});
    EXPECT_EQ(Plan(1, options).failure->code(), 554) << ours;
  }
}

// MX-05
TEST_F(MxPlannerTest, Mx05OnlyThoseBeforeUs) {
  for (const char* us : {"mx.example.org", "MX.Example.ORG."}) {
    SCOPED_TRACE(us);
    Mx({{10, "a.example.net"},
        {20, us},
        {20, "b.example.net"},
        {30, "c.example.net"}});
    for (uint64_t seed = 0; seed < 8; ++seed) {
      EXPECT_EQ(Describe(Plan(seed)), "a.example.net 10 198.51.100.1");
    }
    EXPECT_EQ(Plan().key, "mx:a.example.net");
  }
}

TEST_F(MxPlannerTest, Mx05OnlyUs) {
  for (const char* us : {"mx.example.org", "MX.Example.ORG."}) {
    Mx({{10, us}});
    ExpectFailure("554 5.4.6", {"example.com", "mx.example.org"});
  }
  Mx({{10, "mx.example.org"}, {20, "a.example.net"}});
  ExpectFailure("554 5.4.6", {"example.com", "mx.example.org"});
}

TEST_F(MxPlannerTest, Mx05OurAlias) {
  dns_.SetAlias("alias.example.org", "mx.example.org");
  Host("mx.example.org", {"203.0.113.1"});  // An address that we do not know.
  Mx({{10, "a.example.net"}, {20, "alias.example.org"}});
  EXPECT_EQ(Planned(), "a.example.net 10 198.51.100.1");
  Mx({{10, "alias.example.org"}});
  ExpectFailure("554 5.4.6", {"alias.example.org", "mx.example.org"});
}

TEST_F(MxPlannerTest, Mx05ByAddressOnlyAmongEqualOnes) {
  Host("other-name.example", {"192.0.2.25"});
  Mx({{10, "a.example.net"},
      {20, "b.example.net"},
      {20, "other-name.example"},
      {20, "c.example.net"}});
  for (uint64_t seed = 0; seed < 8; ++seed) {
    EXPECT_EQ(Describe(Plan(seed)), "a.example.net 10 198.51.100.1");
  }
}

TEST_F(MxPlannerTest, Mx05AnAddressOfOursCannotHideBehindManyOthers) {
  std::vector<std::string> addresses;
  for (int i = 0; i < 100; ++i)
    addresses.push_back(absl::StrCat("203.0.113.", i));
  addresses.push_back("192.0.2.25");
  Host("many.example", addresses);
  Mx({{10, "many.example"}});
  ExpectFailure("554 5.4.6", {"many.example"});
}

TEST_F(MxPlannerTest, Mx05BetterOnesThatCannotBeToldNowAreWaitedFor) {
  Mx({{10, "a.example.net"}, {20, "mx.example.org"}, {30, "c.example.net"}});
  dns_.Fail("a.example.net");
  ExpectFailure("451 4.4.3", {"a.example.net"});
  Mx({{10, "mx.example.org"}, {30, "a.example.net"}});
  ExpectFailure("554 5.4.6", {"mx.example.org"});
}

TEST_F(MxPlannerTest, Mx05EqualOnesThatCannotBeToldNowAreNot) {
  Host("other-name.example", {"192.0.2.25"});
  Mx({{20, "b.example.net"}, {20, "other-name.example"}});
  dns_.Fail("b.example.net");
  for (uint64_t seed = 0; seed < 8; ++seed) {
    EXPECT_EQ(Plan(seed).failure->code(), 554);
  }
}

TEST_F(MxPlannerTest, Mx05TheBestOfOurNamesCounts) {
  MxPlanner::Options options = Us();
  options.own_names.push_back(*Domain::Parse("mx2.example.org"));
  Mx({{10, "mx.example.org"}, {15, "a.example.net"}, {20, "mx2.example.org"}});
  EXPECT_EQ(Plan(1, options).failure->code(), 554);
  Mx({{10, "a.example.net"},
      {15, "mx2.example.org"},
      {20, "b.example.net"},
      {30, "mx.example.org"}});
  EXPECT_EQ(Describe(Plan(1, options)), "a.example.net 10 198.51.100.1");
}

// MX-07
TEST_F(MxPlannerTest, Mx07AnExchangerThatIsNoNameIsPassedOver) {
  for (const char* exchange :
       {"192.0.2.99", "192.0.2.99.", "[192.0.2.99]", "[IPv6:2001:db8::1]",
        "2001:db8::1", "10", "a..example", "-a.example", "a b.example",
        "a\\000b.example", "mail.example/", "\xFF.example"}) {
    SCOPED_TRACE(exchange);
    Mx({{10, exchange}});
    ExpectFailure("550 5.4.4", {"example.com"});
    Mx({{10, exchange}, {20, "b.example.net"}});
    EXPECT_EQ(Planned(), "b.example.net 20 198.51.100.2");
  }
  Mx({{10, "192.0.2.99"}});
  ExpectFailure("550 5.4.4", {"192.0.2.99 is an address"});
}

TEST_F(MxPlannerTest, Mx07AnUnderscoreDoesNoHarm) {
  Mx({{10, "mail_1.example.net"}, {20, "b.example.net"}});
  EXPECT_EQ(Planned(), "b.example.net 20 198.51.100.2");
  Host("mail_1.example.net", {"198.51.100.7"});
  EXPECT_TRUE(absl::StartsWith(Planned(), "mail_1.example.net 10"));
}

TEST_F(MxPlannerTest, Mx07AliasesOfOthersAreFollowed) {
  dns_.SetAlias("m.example.net", "a.example.net");
  Mx({{10, "m.example.net"}});
  EXPECT_EQ(Planned(), "m.example.net 10 198.51.100.1");
}

TEST_F(MxPlannerTest, Mx07TheDomainIsAnAlias) {
  dns_.SetMx("real.example", {{10, "b.example.net"}});
  dns_.SetAlias("example.com", "real.example");
  EXPECT_EQ(Planned(), "b.example.net 10 198.51.100.2");
  // Of a name without MX, which may be ours.
  Host("plain.example", {"198.51.100.4"});
  dns_.SetAlias("example.com", "plain.example");
  EXPECT_EQ(Planned(), "example.com 0 198.51.100.4");
  dns_.SetAlias("example.com", "mx.example.org");
  ExpectFailure("554 5.4.6", {"example.com", "mx.example.org"});
}

// MX-10
TEST_F(MxPlannerTest, Mx10EqualPreferencesAreSpread) {
  Mx({{10, "a.example.net"}, {10, "b.example.net"}, {10, "c.example.net"}});
  std::map<std::string, int> first;
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const MxPlan plan = Plan(seed);
    ASSERT_EQ(plan.hops.size(), 3u);
    ++first[plan.hops[0].host];
    orders.insert(Describe(plan));
    EXPECT_EQ(plan.key, "mx:a.example.net,b.example.net,c.example.net");
  }
  EXPECT_EQ(orders.size(), 6u);
  for (const auto& [host, times] : first) {
    EXPECT_GT(times, 850) << host;
    EXPECT_LT(times, 1150) << host;
  }
}

TEST_F(MxPlannerTest,
       Mx10EqualSeedsGiveEqualPlansInWhateverOrderTheDnsAnswers) {
  std::vector<dns::MxRecord> records = {
      {10, "a.example.net"}, {10, "b.example.net"}, {10, "c.example.net"}};
  Mx(records);
  const MxPlan want = Plan(7);
  std::reverse(records.begin(), records.end());
  Mx(records);
  EXPECT_EQ(Plan(7).hops, want.hops);
}

TEST_F(MxPlannerTest, Mx10BothFamiliesInTurn) {
  Host("a.example.net", {"198.51.100.1", "198.51.100.2", "198.51.100.3",
                         "2001:db8:1::1", "198.51.100.1"});
  Mx({{10, "a.example.net"}});
  std::vector<std::string> addresses;
  for (const MxHop& hop : Plan().hops) {
    addresses.push_back(hop.address.ToString());
  }
  EXPECT_THAT(addresses, ElementsAre("2001:db8:1::1", "198.51.100.1",
                                     "198.51.100.2", "198.51.100.3"));
}

TEST_F(MxPlannerTest, Mx10ManyAddressesAreBounded) {
  std::vector<std::string> addresses;
  for (int i = 0; i < 300; ++i) {
    addresses.push_back(absl::StrCat("198.51.", 101 + i / 200, ".", i % 200));
  }
  addresses.push_back("2001:db8:1::1");
  std::vector<dns::MxRecord> records;
  for (int i = 0; i < 100; ++i) {
    const std::string host = absl::StrCat("h", i, ".example.net");
    Host(host, addresses);
    records.push_back({static_cast<uint16_t>(i), host});
  }
  Mx(records);
  const MxPlan plan = Plan();
  EXPECT_EQ(plan.hops.size(), 40u);
  EXPECT_FALSE(plan.hops[0].address.is_v4()) << "neither family is cut off";
  EXPECT_EQ(plan.hops[9].host, "h0.example.net");
  EXPECT_EQ(plan.hops[10].host, "h1.example.net");
  EXPECT_LE(dns_.lookups(), 21);
}

TEST_F(MxPlannerTest, AddressesOfNoSingleHostAreLeftOut) {
  Host("a.example.net", {"224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1",
                         "198.51.100.1"});
  Mx({{10, "a.example.net"}});
  EXPECT_EQ(Planned(), "a.example.net 10 198.51.100.1");
  Host("a.example.net", {"224.0.0.1"});
  ExpectFailure("550 5.4.4", {"a.example.net", "224.0.0.1", "Multicast"});
}

// Item 10: what no stranger's DNS may make us connect to.
TEST_F(MxPlannerTest, SpecialAddressesArePassedOver) {
  for (const char* address :
       {"169.254.169.254", "fe80::1", "10.0.0.5", "192.168.1.1", "172.16.0.1",
        "fd00::1", "100.64.0.1", "64:ff9b::10.0.0.5", "2002:a00:5::1",
        "64:ff9b::169.254.169.254", "100::1", "fec0::1", "198.18.0.1"}) {
    SCOPED_TRACE(address);
    Host("odd.example.net", {address});
    Mx({{10, "odd.example.net"}, {20, "b.example.net"}});
    EXPECT_EQ(Planned(), "b.example.net 20 198.51.100.2");
    Mx({{10, "odd.example.net"}});
    ExpectFailure("550 5.4.4", {"odd.example.net", Ip(address).ToString()});
    Host("odd.example.net", {address, "198.51.100.9"});
    EXPECT_EQ(Planned(), "odd.example.net 10 198.51.100.9");
    dns_.SetMx("example.com", {});
  }
}

TEST_F(MxPlannerTest, ADomainWithoutMxAtAPrivateAddressIsToldWhy) {
  Host("example.com", {"10.0.0.5"});
  ExpectFailure("550 5.4.4", {"10.0.0.5", "RFC 1918", "inside_network"});
}

TEST_F(MxPlannerTest, TheOperatorNamesItsOwnNetworksAndWhomToAvoid) {
  MxPlanner::Options options = Us();
  options.inside_networks = *ip::NetworkSet::Parse({"10.0.0.0/8"});
  options.refused_networks = *ip::NetworkSet::Parse({"198.51.100.2/32"});
  Host("in.example.net", {"10.0.0.5"});
  Mx({{10, "in.example.net"}, {20, "b.example.net"}, {30, "c.example.net"}});
  EXPECT_EQ(Describe(Plan(1, options)),
            "in.example.net 10 10.0.0.5, c.example.net 30 198.51.100.3");
}

TEST_F(MxPlannerTest, AnExchangerNamedTwiceIsAskedOnce) {
  Mx({{10, "a.example.net"}, {20, "A.example.net"}, {20, "b.example.net"}});
  EXPECT_EQ(Planned(),
            "a.example.net 10 198.51.100.1, b.example.net 20 198.51.100.2");
  EXPECT_EQ(dns_.lookups(), 3);
}

TEST_F(MxPlannerTest, SecureOnlyIfEveryAnswerUsedIs) {
  Host("a.example.net", {"198.51.100.1"}, DnssecStatus::kSecure);
  Host("b.example.net", {"198.51.100.2"}, DnssecStatus::kSecure);
  const std::vector<dns::MxRecord> both = {{10, "a.example.net"},
                                           {20, "b.example.net"}};
  Mx(both, DnssecStatus::kSecure);
  EXPECT_EQ(Plan().dnssec, DnssecStatus::kSecure);
  Mx(both, DnssecStatus::kInsecure);
  EXPECT_EQ(Plan().dnssec, DnssecStatus::kInsecure);
  Mx(both, DnssecStatus::kSecure);
  Host("b.example.net", {"198.51.100.2"}, DnssecStatus::kInsecure);
  EXPECT_EQ(Plan().dnssec, DnssecStatus::kInsecure);
  // c.example.net is insecure, but behind us and so not used.
  Mx({{10, "a.example.net"}, {20, "mx.example.org"}, {30, "c.example.net"}},
     DnssecStatus::kSecure);
  EXPECT_EQ(Plan().dnssec, DnssecStatus::kSecure);
}

TEST_F(MxPlannerTest, SameExchangersSameKey) {
  dns_.SetMx("one.example", {{10, "a.example.net"}, {20, "b.example.net"}});
  dns_.SetMx("two.example", {{5, "A.example.net."}, {6, "b.example.net"}});
  dns_.SetMx("equal.example", {{5, "a.example.net"}, {5, "b.example.net"}});
  dns_.SetMx("turned.example", {{6, "a.example.net"}, {5, "b.example.net"}});
  const MxPlanner planner(Us(), &dns_);
  const auto key = [&](const char* domain) {
    return planner.Plan(*Domain::Parse(domain), 3).key;
  };
  EXPECT_EQ(key("one.example"), "mx:a.example.net;b.example.net");
  EXPECT_EQ(key("two.example"), key("one.example"));
  EXPECT_NE(key("equal.example"), key("one.example"));
  EXPECT_NE(key("turned.example"), key("one.example"));
  dns_.Fail("a.example.net");
  EXPECT_EQ(key("two.example"), key("one.example")) << "also while one is down";
}

TEST_F(MxPlannerTest, AnAddressIsNoDomain) {
  Host("192.0.2.99", {"192.0.2.99"});
  const MxPlan plan =
      MxPlanner(Us(), &dns_).Plan(*Domain::Parse("192.0.2.99"), 1);
  EXPECT_TRUE(absl::StartsWith(Describe(plan), "550 5.1.2 192.0.2.99"));
  EXPECT_EQ(dns_.lookups(), 0);
}

TEST_F(MxPlannerTest, InternationalDomainsAreNamedInAscii) {
  const MxPlan plan = MxPlanner(Us(), &dns_)
                          .Plan(*Domain::Parse("b\xC3\xBC"
                                               "cher.example"),
                                1);
  EXPECT_TRUE(absl::StrContains(Describe(plan), "xn--bcher-kva.example"));
}

}  // namespace
}  // namespace mailsec::route
