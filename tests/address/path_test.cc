#include "mailcore/address/path.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::address {
namespace {

// What a forward-path names; empty: it is refused.
struct PathCase {
  const char* name;
  absl::string_view text;
  absl::string_view want_local;
  absl::string_view want_host;
};

constexpr absl::string_view kLongLocalPart =
    "list-confirm+0123456789abcdef0123456789abcdef01234567-0123456789abcdef";

constexpr PathCase kPathCases[] = {
    {"PlainMailbox", "<bob@example.org>", "bob", "example.org"},
    {"SourceRouteIsIgnored", "<@a.example,@b.example:c@d.example>", "c",
     "d.example"},
    {"NullPathReceivesNothing", "<>", "", ""},
    {"NoBrackets", "bob@example.org", "", ""},
    {"OctetsAfterThePath", "<bob@example.org>x", "", ""},
    {"EmptySourceRoute", "<@:bob@example.org>", "", ""},
    {"SourceRouteWithoutMailbox", "<@a.example:>", "", ""},
    {"SourceRouteEndsInAComma", "<@a.example,:b@c.example>", "", ""},
    {"DoubledBrackets", "<<bob@example.org>>", "", ""},
    // ADDR-01, ADDR-02
    {"Addr01QuotedAtIsNoDomain", "<\"victim@example.com x\"@example.org>",
     "victim@example.com x", "example.org"},
    {"Addr02QuotedBracketDoesNotEndThePath",
     "<\"foo@example.net> ORCPT=x\"@example.org>", "foo@example.net> ORCPT=x",
     "example.org"},
    // ADDR-05
    {"Addr05QuotedQuote", "<\"a\\\"b\"@example.org>", "a\"b", "example.org"},
    {"Addr05EveryAtext", "<!#$%&'*+-/=?^_`{|}~@example.org>",
     "!#$%&'*+-/=?^_`{|}~", "example.org"},
    {"Addr05QuotedPairAt", "<\"Abc\\@def\"@example.org>", "Abc@def",
     "example.org"},
    {"Addr05TwoDots", "<a..b@example.org>", "", ""},
    {"Addr05LeadingDot", "<.a@example.org>", "", ""},
    {"Addr05TrailingDot", "<a.@example.org>", "", ""},
    {"Addr05LineEndInQuotes", "<\"a\r\nb\"@example.org>", "", ""},
    {"Addr05QuotesInsideAnAtom", "<a\"b\"@example.org>", "", ""},
    {"QuotedLineFeedPair", "<\"a\\\nb\"@example.org>", "", ""},
    {"NulInQuotes", absl::string_view("<\"a\0b\"@example.org>", 19), "", ""},
    // ADDR-06
    {"Addr06LongLocalPart",
     "<list-confirm+0123456789abcdef0123456789abcdef01234567-0123456789abcdef"
     "@example.org>",
     kLongLocalPart, "example.org"},
    // ADDR-10
    {"Addr10OnlyBang", "<!>", "", ""},
    {"Addr10OnlyAt", "<@>", "", ""},
    {"Addr10DotsAroundAt", "<.@.>", "", ""},
    {"Addr10OnlyAts", "<@@@@>", "", ""},
    {"Addr10BangsAreAnAtom", "<!!!@example.org>", "!!!", "example.org"},
    {"Addr10DomainBeginsWithADot", "<a@.example.org>", "", ""},
    {"Addr10DomainWithTwoDots", "<a@example..org>", "", ""},
    // ADDR-12
    {"Addr12ShellCommand", "<;touch x;>", "", ""},
    {"Addr12ExpansionIsANameOnly", "<${run{/bin/true}}@localhost>",
     "${run{/bin/true}}", "localhost"},
    {"Addr12PipeIsANameOnly", "<|/bin/sh@example.org>", "|/bin/sh",
     "example.org"},
    {"Addr12Include", "<:include:/etc/passwd@example.org>", "", ""},
    // REL-01
    {"Rel01PercentHack", "<x%example.com@example.org>", "x%example.com",
     "example.org"},
    {"Rel01PercentAtLiteral", "<x%example.com@[192.0.2.25]>", "x%example.com",
     "[192.0.2.25]"},
    {"Rel01QuotedAddressAlone", "<\"x@example.com\">", "", ""},
    {"Rel01QuotedPercentAlone", "<\"x%example.com\">", "", ""},
    {"Rel01TwoAtsWithLiteral", "<x@example.com@[192.0.2.25]>", "", ""},
    {"Rel01QuotedAddressAtLiteral", "<\"x@example.com\"@[192.0.2.25]>",
     "x@example.com", "[192.0.2.25]"},
    {"Rel01TwoAts", "<x@example.com@example.org>", "", ""},
    {"Rel01SourceRouteIsForeign", "<@example.org:x@example.com>", "x",
     "example.com"},
    {"Rel01LiteralInRoute", "<@[192.0.2.25]:x@example.com>", "", ""},
    {"Rel01BangPathAlone", "<example.com!x>", "", ""},
    {"Rel01BangPath", "<example.com!x@example.org>", "example.com!x",
     "example.org"},
    {"Rel01AtAtTheEnd", "<x@example.com@>", "", ""},
    // REL-02
    {"Rel02TwoAtsWithCatchAll", "<x@example.com@virtual.example.org>", "", ""},
    // REL-11
    {"Rel11UpperCase", "<bob@EXAMPLE.ORG>", "bob", "example.org"},
    {"Rel11TrailingDot", "<bob@example.org.>", "", ""},
    {"Rel11TwoTrailingDots", "<bob@example.org..>", "", ""},
};

class ForwardPathTest : public testing::TestWithParam<PathCase> {};

TEST_P(ForwardPathTest, NamesOneMailboxOrNone) {
  const PathCase& c = GetParam();
  const absl::StatusOr<ForwardPath> path = ForwardPath::Parse(c.text);
  EXPECT_EQ(path.ok(), !c.want_host.empty()) << path.status();
  if (!path.ok()) return;
  ASSERT_NE(path->address(), nullptr);
  EXPECT_EQ(path->address()->local_part(), c.want_local);
  const Domain* domain = path->address()->domain();
  const std::string host =
      domain ? domain->ascii()
             : std::get<AddressLiteral>(path->address()->host()).ToString();
  EXPECT_EQ(host, c.want_host);
  EXPECT_EQ(*ForwardPath::Parse(path->ToString()), *path);
}

INSTANTIATE_TEST_SUITE_P(Table, ForwardPathTest, testing::ValuesIn(kPathCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ForwardPathTest, BarePostmasterInAnyCase) {
  for (absl::string_view text : {"<Postmaster>", "<POSTMASTER>"}) {
    const absl::StatusOr<ForwardPath> path = ForwardPath::Parse(text);
    ASSERT_TRUE(path.ok()) << path.status();
    EXPECT_TRUE(path->IsBarePostmaster());
    EXPECT_EQ(path->address(), nullptr);
    EXPECT_EQ(path->ToString(), "<Postmaster>");
  }
  EXPECT_FALSE(ForwardPath::Parse("<abuse>").ok());
  EXPECT_FALSE(ForwardPath::Parse("<\"postmaster\">").ok());
}

TEST(ReversePathTest, NullPathIsNoMailbox) {
  const absl::StatusOr<ReversePath> null = ReversePath::Parse("<>");
  ASSERT_TRUE(null.ok());
  EXPECT_TRUE(null->IsNull());
  EXPECT_EQ(null->ToString(), "<>");
  // ADDR-04: an empty quoted local part is another thing.
  const absl::StatusOr<ReversePath> empty =
      ReversePath::Parse("<\"\"@example.org>");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_FALSE(empty->IsNull());
  EXPECT_EQ(empty->ToString(), "<\"\"@example.org>");
  EXPECT_FALSE(ReversePath::Parse("<Postmaster>").ok());
  EXPECT_FALSE(ReversePath::Parse("< >").ok());
}

TEST(PathLengthTest, RespectsQuotedStrings) {
  EXPECT_EQ(PathLength("<a@b> SIZE=1"), 5u);
  EXPECT_EQ(PathLength("<\"a>b\"@example.org> SIZE=1"), 19u);
  EXPECT_EQ(PathLength("<\"a\\\">b\"@example.org> SIZE=1"), 21u);
  EXPECT_EQ(PathLength("<a@b"), 0u);
  EXPECT_EQ(PathLength("<\"a>"), 0u);
  EXPECT_EQ(PathLength("<\"\\"), 0u);
  EXPECT_EQ(PathLength("a@b>"), 0u);
  EXPECT_EQ(PathLength(""), 0u);
}

}  // namespace
}  // namespace mailsec::address
