#include "mailcore/address/organisational_domain.h"

#include <libpsl.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::address {
namespace {

Domain D(absl::string_view text) { return *Domain::Parse(text); }

struct DomainCase {
  const char* name;
  const char* domain;
  const char* want;
} constexpr kCases[] = {
    {"ItIsOneItself", "example.org", "example.org"},
    {"OneLabelMore", "mail.example.org", "example.org"},
    {"ManyMore", "a.b.c.d.e.f.g.h.i.j.example.org", "example.org"},
    {"CaseIsFolded", "Mail.Example.ORG", "example.org"},
    {"ASuffixOfTwoLabels", "a.b.example.co.uk", "example.co.uk"},
    {"ASuffixIsItself", "co.uk", "co.uk"},
    {"ATopLevelIsItself", "org", "org"},
    {"OneLabelIsItself", "localhost", "localhost"},
    {"AnUnknownTopLevel", "a.b.c.example", "c.example"},
    {"AnUnknownTopLevelOfTwo", "c.example", "c.example"},
    {"APrivateSuffix", "mail.alice.github.io", "alice.github.io"},
    {"APrivateSuffixItself", "github.io", "github.io"},
    {"AWildcard", "a.b.c.kawasaki.jp", "b.c.kawasaki.jp"},
    {"AWildcardItself", "c.kawasaki.jp", "c.kawasaki.jp"},
    {"AnExceptionFromAWildcard", "a.b.city.kawasaki.jp", "city.kawasaki.jp"},
    {"ASuffixInAlabels", "mail.example.xn--55qx5d.cn", "example.xn--55qx5d.cn"},
    {"ASuffixInUlabels", "mail.example.\xE5\x85\xAC\xE5\x8F\xB8.cn",
     "example.xn--55qx5d.cn"},
    {"AnInternationalName",
     "mail.b\xC3\xBC"
     "cher.de",
     "xn--bcher-kva.de"},
    {"AnUnderscore", "_x.mail_1.example.org", "example.org"},
    {"TheLongestRule", "w.x.y.z.eu.compute.amazonaws.com.cn",
     "z.eu.compute.amazonaws.com.cn"},
};

class OrganisationalDomainTest : public testing::TestWithParam<DomainCase> {};

TEST_P(OrganisationalDomainTest, IsFound) {
  const Domain domain = D(GetParam().domain);
  EXPECT_EQ(OrganisationalDomain(domain), GetParam().want);
  OrganisationalDomains remembering;
  EXPECT_EQ(remembering.Find(domain), GetParam().want);
  EXPECT_EQ(remembering.Find(domain), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, OrganisationalDomainTest,
                         testing::ValuesIn(kCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

std::vector<std::string> ManyDomains() {
  std::vector<std::string> out;
  for (const char* suffix :
       {"org", "co.uk", "github.io", "kawasaki.jp", "city.kawasaki.jp", "ck",
        "www.ck", "compute.amazonaws.com.cn", "com.cn", "unknown", "k12.ca.us",
        "pvt.k12.ma.us", "xn--55qx5d.cn", "s3.dualstack.eu-west-1.example"}) {
    std::string name = suffix;
    for (const char* label : {"", "a", "b", "c", "com", "org", "www", "co",
                              "uk", "kawasaki", "a", "b", "c"}) {
      if (*label != '\0') name = absl::StrCat(label, ".", name);
      out.push_back(name);
    }
  }
  return out;
}

// Ours looks at the last labels only, and never at two of them.
TEST(OrganisationalDomainTest, AgreesWithTheLibrarysOwnAnswer) {
  OrganisationalDomains remembering;
  for (const std::string& name : ManyDomains()) {
    const Domain domain = D(name);
    const char* library =
        psl_registrable_domain(psl_builtin(), domain.ascii().c_str());
    const std::string want = library == nullptr ? name : library;
    EXPECT_EQ(OrganisationalDomain(domain), want) << name;
    EXPECT_EQ(remembering.Find(domain), want) << name;
  }
}

TEST(OrganisationalDomainsTest, ManyDomainsAndThreadsGetTheirOwnAnswers) {
  const auto remembering = std::make_unique<OrganisationalDomains>();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&remembering] {
      for (int i = 0; i < 20000; ++i) {
        const std::string want = absl::StrCat("d", i % 7000, ".co.uk");
        EXPECT_EQ(remembering->Find(D("mail." + want)), want);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mailsec::address
