#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/policy/static_mx_authority.h"
#include "mailcore/testing/fake_mx_authority.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::policy {
namespace {

using address::Domain;
using dns::DnssecStatus;
using dns::FakeResolver;
using dns::MxRecord;

Domain D(absl::string_view text) { return *Domain::Parse(text); }

TEST(StaticMxAuthorityTest, HoldsWhatIsListedAndNothingBelow) {
  StaticMxAuthority mx({D("Example.ORG"), D("b\xC3\xBC"
                                            "cher.example")});
  EXPECT_EQ(mx.HoldsMxFor(D("EXAMPLE.org")).answer, Answer::kYes);
  EXPECT_EQ(mx.HoldsMxFor(D("sub.example.org")).answer, Answer::kNo);
  EXPECT_EQ(mx.HoldsMxFor(D("evil-example.org")).answer, Answer::kNo);
  // ADDR-14
  EXPECT_EQ(mx.HoldsMxFor(D("XN--BCHER-KVA.example")).answer, Answer::kYes);
}

TEST(FirstMxAuthorityTest, AYesDecidesAndThenADoubt) {
  FakeMxAuthority no;
  FakeMxAuthority yes;
  yes.Hold("example.org");
  FakeMxAuthority doubt;
  doubt.FailWith(absl::UnavailableError("SERVFAIL"));
  const auto ask = [](std::vector<MxAuthority*> all) {
    return FirstMxAuthority(std::move(all)).HoldsMxFor(D("example.org")).answer;
  };
  EXPECT_EQ(ask({}), Answer::kNo);
  EXPECT_EQ(ask({&no, &yes}), Answer::kYes);
  EXPECT_EQ(ask({&doubt, &yes}), Answer::kYes);
  EXPECT_EQ(ask({&doubt, &no}), Answer::kCannotTell);
  EXPECT_EQ(ask({&no, &doubt}), Answer::kCannotTell);
  EXPECT_EQ(ask({&no, &no}), Answer::kNo);
}

// We are mx.example.org and mx2.example.org.
struct LiveCase {
  const char* name;
  bool consenting;  // The operator has listed example.com.
  bool any_most_preferred;
  std::vector<MxRecord> records;
  Answer want;
};

const std::vector<MxRecord> kOnlyUs = {{10, "mx.example.org"}};
const std::vector<MxRecord> kUsAsBackup = {{10, "mx.example.com"},
                                           {20, "mx.example.org"}};
const std::vector<MxRecord> kUsFirst = {{10, "mx.example.org"},
                                        {20, "mx.example.com"}};
const std::vector<MxRecord> kEqual = {{10, "mx.example.org"},
                                      {10, "mx.example.com"}};
const std::vector<MxRecord> kBothOfUs = {{10, "mx2.example.org"},
                                         {10, "mx.example.org"}};
const std::vector<MxRecord> kNullMx = {{0, ""}};

const LiveCase kLiveCases[] = {
    // REL-10: being published is not consent.
    {"Rel10PublishedMxIsNotConsent", false, false, kOnlyUs, Answer::kNo},
    {"Rel10AttackerNamesUsAsBackup", false, true, kUsAsBackup, Answer::kNo},
    {"Rel10AttackerNamesUsEqually", false, true, kEqual, Answer::kNo},
    {"ConsentAndOnlyUs", true, false, kOnlyUs, Answer::kYes},
    {"ConsentAndWeAreBackup", true, false, kUsAsBackup, Answer::kYes},
    {"ConsentButTheRecordsLeftUs",
     true,
     false,
     {{10, "mx.example.com"}},
     Answer::kNo},
    {"ConsentAndNullMx", true, false, kNullMx, Answer::kNo},
    {"ConsentAndAnEmptyAnswer", true, true, {}, Answer::kNo},
    {"MostPreferredIsUs", false, true, kUsFirst, Answer::kYes},
    {"MostPreferredAreAllUs", false, true, kBothOfUs, Answer::kYes},
    {"MostPreferredIsNobody", false, true, kNullMx, Answer::kNo},
    {"NameInCapitalsWithADot",
     true,
     false,
     {{10, "MX.example.ORG."}},
     Answer::kYes},
    {"ASuffixOfOurNameIsNotUs",
     false,
     true,
     {{10, "x.mx.example.org"}},
     Answer::kNo},
};

class LiveMxTest : public testing::TestWithParam<LiveCase> {};

TEST_P(LiveMxTest, Answers) {
  const LiveCase& c = GetParam();
  FakeResolver dns;
  dns.SetMx("example.com", c.records);
  LiveMxAuthority::Options options = {
      .own_names = {D("mx.example.org"), D("mx2.example.org")},
      .any_most_preferred = c.any_most_preferred};
  if (c.consenting) options.consenting_domains = {D("example.com")};
  LiveMxAuthority mx(options, &dns);
  const MxVerdict got = mx.HoldsMxFor(D("example.com"));
  EXPECT_EQ(got.answer, c.want) << got.reason;
  EXPECT_FALSE(got.reason.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, LiveMxTest, testing::ValuesIn(kLiveCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

class LiveMxDnsTest : public testing::Test {
 protected:
  Answer Ask(const char* domain, bool require_dnssec = false) {
    LiveMxAuthority mx({.own_names = {D("mx.example.org")},
                        .any_most_preferred = true,
                        .require_dnssec = require_dnssec},
                       &dns_);
    last_ = mx.HoldsMxFor(D(domain));
    return last_.answer;
  }
  FakeResolver dns_;
  MxVerdict last_;
};

TEST_F(LiveMxDnsTest, Rel10ServfailIsNoAnswer) {
  dns_.Fail("example.com");
  EXPECT_EQ(Ask("example.com"), Answer::kCannotTell);
}

TEST_F(LiveMxDnsTest, ADomainWithoutMxIsNotOurs) {
  dns_.SetAddresses("example.com", {*ip::IpAddress::Parse("192.0.2.25")});
  EXPECT_EQ(Ask("example.com"), Answer::kNo);
}

TEST_F(LiveMxDnsTest, TheDnssecStatusIsPartOfTheAnswer) {
  dns_.SetMx("signed.example", kOnlyUs, DnssecStatus::kSecure);
  dns_.SetMx("plain.example", kOnlyUs);
  EXPECT_EQ(Ask("signed.example"), Answer::kYes);
  EXPECT_EQ(last_.dnssec, DnssecStatus::kSecure);
  EXPECT_EQ(Ask("plain.example"), Answer::kYes);
  EXPECT_EQ(last_.dnssec, DnssecStatus::kInsecure);
  EXPECT_EQ(Ask("signed.example", true), Answer::kYes);
  EXPECT_EQ(Ask("plain.example", true), Answer::kNo);
}

TEST_F(LiveMxDnsTest, WithoutConsentTheDnsIsNotAsked) {
  dns_.SetMx("example.com", kOnlyUs);
  LiveMxAuthority mx({.own_names = {D("mx.example.org")}}, &dns_);
  EXPECT_EQ(mx.HoldsMxFor(D("example.com")).answer, Answer::kNo);
  EXPECT_EQ(dns_.lookups(), 0);
}

}  // namespace
}  // namespace mailsec::policy
