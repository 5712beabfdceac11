#include "mailcore/address/domain.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::address {
namespace {

// What is compared; empty: it is refused.
struct DomainCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
};

constexpr DomainCase kDomainCases[] = {
    {"Plain", "example.org", "example.org"},
    {"AsciiCaseIsFolded", "ExAmPlE.OrG", "example.org"},
    {"SingleLabel", "localhost", "localhost"},
    {"Digits", "4.example", "4.example"},
    {"InnerHyphens", "a--b.example", "a--b.example"},
    {"Underscore", "_dmarc.example", "_dmarc.example"},
    {"Empty", "", ""},
    {"OnlyADot", ".", ""},
    {"LeadingDot", ".example", ""},
    {"TwoDots", "a..example", ""},
    {"TrailingDot", "example.org.", ""},
    {"LeadingHyphen", "-a.example", ""},
    {"TrailingHyphen", "a-.example", ""},
    {"Space", "a b.example", ""},
    {"Slash", "a/b.example", ""},
    {"Percent", "a%b.example", ""},
    {"Colon", "a:b", ""},
    {"Nul", absl::string_view("a\0b.example", 11), ""},
    {"NulInAULabel", absl::string_view("b\xC3\xBC\0x.example", 12), ""},
    {"LineFeed", "a\n.example", ""},
    {"Brackets", "[192.0.2.1]", ""},
    // ADDR-14: every form of one domain is that domain.
    {"Addr14ULabel",
     "b\xC3\xBC"
     "cher.example",
     "xn--bcher-kva.example"},
    {"Addr14ULabelInCapitals",
     "B\xC3\x9C"
     "CHER.Example",
     "xn--bcher-kva.example"},
    {"Addr14ULabelDecomposed",
     "bu\xCC\x88"
     "cher.example",
     "xn--bcher-kva.example"},
    {"Addr14ALabel", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"Addr14ALabelInCapitals", "XN--BCHER-KVA.EXAMPLE",
     "xn--bcher-kva.example"},
    {"Addr14SharpSIsItself", "fa\xC3\x9F.example", "xn--fa-hia.example"},
    {"Addr14EmptyALabel", "xn--", ""},
    {"Addr14ALabelOfHyphens", "xn---", ""},
    {"Addr14ALabelThatDecodesToAscii", "xn--abc-.example", ""},
    {"Addr14ALabelThatDoesNotDecode", "xn--zzzzzzzzzzz.example", ""},
    {"Addr14ALabelOfAnUnmappedCapital", "xn--bcher-3ya.example", ""},
    // ADDR-15: only ASCII folds to ASCII.
    {"Addr15KelvinSignIsNoK", "\xE2\x84\xAA.example", ""},
    {"Addr15LongSIsNoS", "exam\xC5\xBF.example", ""},
    {"FullWidthLettersAreNotAscii", "\xEF\xBD\x81.example", ""},
    {"IdeographicStopIsNoDot",
     "b\xC3\xBC\xE3\x80\x82"
     "example",
     ""},
    {"MapsToASlash", "\xE2\x84\x80.example", ""},
    {"ZeroWidthSpace", "a\xE2\x80\x8B.example", ""},
    {"RightToLeftOverride", "a\xE2\x80\xAE\xC3\xBC.example", ""},
    {"NotUtf8", "\xFF\xFE.example", ""},
    {"CutUtf8", "b\xC3", ""},
};

class DomainTest : public testing::TestWithParam<DomainCase> {};

TEST_P(DomainTest, Parses) {
  const absl::StatusOr<Domain> domain = Domain::Parse(GetParam().text);
  EXPECT_EQ(domain.ok(), !GetParam().want.empty()) << domain.status();
  if (!domain.ok()) return;
  EXPECT_EQ(domain->ascii(), GetParam().want);
  EXPECT_EQ(*Domain::Parse(domain->ascii()), *domain);
  EXPECT_EQ(*Domain::Parse(domain->ToUnicode()), *domain);
}

INSTANTIATE_TEST_SUITE_P(Table, DomainTest, testing::ValuesIn(kDomainCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(DomainLengthTest, LabelsAndDomainsHaveTheirLimits) {
  const std::string label(63, 'a');
  EXPECT_TRUE(Domain::Parse(label + ".example").ok());
  EXPECT_FALSE(Domain::Parse(label + "a.example").ok());
  const std::string four = absl::StrCat(label, ".", label, ".", label, ".");
  EXPECT_TRUE(Domain::Parse(four + label).ok());  // 255 octets.
  EXPECT_FALSE(Domain::Parse(absl::StrCat("a.", four, label)).ok());
  EXPECT_FALSE(Domain::Parse(std::string(1 << 20, 'a')).ok());
  EXPECT_FALSE(Domain::Parse(std::string(1 << 20, '.')).ok());
}

// ADDR-14: the limit is the A-label's.
TEST(DomainLengthTest, Addr14TheALabelIsMeasured) {
  std::string label;
  for (int i = 0; i < 50; ++i) label += "\xC3\xBC";
  EXPECT_GT(label.size(), 63u);
  const absl::StatusOr<Domain> domain = Domain::Parse(label + ".example");
  ASSERT_TRUE(domain.ok()) << domain.status();
  EXPECT_LE(domain->ascii().size(), 63u + 8);
  for (int i = 0; i < 50; ++i) label += "\xC3\xBC";
  EXPECT_FALSE(Domain::Parse(label + ".example").ok());
}

TEST(DomainValueTest, KnowsWhetherSmtputf8WasNeeded) {
  EXPECT_FALSE(Domain::Parse("xn--bcher-kva.example")->needs_smtputf8());
  EXPECT_TRUE(Domain::Parse("b\xC3\xBC"
                            "cher.example")
                  ->needs_smtputf8());
}

TEST(DomainValueTest, ToUnicodeIsForPeople) {
  EXPECT_EQ(Domain::Parse("XN--bcher-kva.Example")->ToUnicode(),
            "b\xC3\xBC"
            "cher.example");
  EXPECT_EQ(Domain::Parse("Example.ORG")->ToUnicode(), "example.org");
}

TEST(DomainValueTest, FqdnMayEndInOneDot) {
  EXPECT_EQ(Domain::ParseFqdn("Example.org.")->ascii(), "example.org");
  EXPECT_FALSE(Domain::ParseFqdn("example.org..").ok());
  EXPECT_FALSE(Domain::ParseFqdn(".").ok());
  EXPECT_FALSE(Domain::ParseFqdn("").ok());
}

// REL-11: a suffix of letters is no parent.
TEST(DomainValueTest, IsWithinCountsWholeLabels) {
  const Domain parent = *Domain::Parse("example.org");
  EXPECT_TRUE(Domain::Parse("example.org")->IsWithin(parent));
  EXPECT_TRUE(Domain::Parse("SUB.example.org")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("evil-example.org")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("evilexample.org")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("org")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("example.com")->IsWithin(parent));
}

TEST(DomainValueTest, HashAgreesWithEquality) {
  const absl::flat_hash_set<Domain> seen = {
      *Domain::Parse("B\xC3\xBC"
                     "cher.example")};
  EXPECT_TRUE(seen.contains(*Domain::Parse("XN--BCHER-KVA.example")));
  EXPECT_FALSE(seen.contains(*Domain::Parse("bucher.example")));
}

}  // namespace
}  // namespace mailsec::address
