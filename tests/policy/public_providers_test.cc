#include "mailcore/policy/public_providers.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::policy {
namespace {

using address::Domain;

struct FindCase {
  const char* exchanger;
  const char* want;
} constexpr kCases[] = {
    {"aspmx.l.google.com", "google.com"},
    {"ASPMX.L.GOOGLE.COM.", "google.com"},
    {"google.com", "google.com"},
    {"notgoogle.com", ""},
    {"google.com.example.org", ""},
    {"com", ""},
    {"", ""},
    {".", ""},
    {"..", ""},
    {"example-org.mail.protection.outlook.com", "protection.outlook.com"},
    {"outlook.com", ""},
    {"mta7.am0.yahoodns.net", "yahoodns.net"},
    {"mx01.mail.icloud.com", "icloud.com"},
    {"mx00.t-online.de", "t-online.de"},
    {"in.mailhost.example", "mailhost.example"},
    {"in.big.mailhost.example", "big.mailhost.example"},
    {"mx.example.org", ""},
    {"xn--bcher-kva.example", "xn--bcher-kva.example"},
};

TEST(PublicProvidersTest, TheLongestListedDomainIsFound) {
  const PublicProviders providers({*Domain::Parse("mailhost.example"),
                                   *Domain::Parse("Big.MailHost.example"),
                                   *Domain::Parse("b\xC3\xBC"
                                                  "cher.example")});
  for (const FindCase& c : kCases) {
    EXPECT_EQ(providers.Find(c.exchanger), c.want) << c.exchanger;
  }
}

TEST(PublicProvidersTest, ALongNameIsNoProviders) {
  const PublicProviders providers({});
  EXPECT_EQ(providers.Find(std::string(1000, 'a') + ".google.com"), "");
  EXPECT_EQ(providers.Find(std::string(200, 'a') + ".google.com"),
            "google.com");
}

TEST(PublicProvidersTest, TheBuiltInAreDomainsInTheirOwnForm) {
  const PublicProviders providers({});
  for (const absl::string_view suffix : PublicProviders::BuiltIn()) {
    const auto domain = Domain::Parse(suffix);
    ASSERT_TRUE(domain.ok()) << suffix;
    EXPECT_EQ(domain->ascii(), suffix);
    EXPECT_EQ(providers.Find(absl::StrCat("mx.", suffix)), suffix);
  }
}

}  // namespace
}  // namespace mailsec::policy
