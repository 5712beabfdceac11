#include "mailcore/address/address.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace mailsec::address {
namespace {

Address Parse(absl::string_view text) { return *Address::Parse(text); }

// The wire form; empty: it is refused.
struct AddressCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
};

constexpr AddressCase kAddressCases[] = {
    {"CaseIsKept", "Bob@Example.ORG", "Bob@Example.ORG"},
    {"NeedlessQuotesGo", "\"bob\"@example.org", "bob@example.org"},
    {"NeedlessPairsGo", "\"b\\o\\b\"@example.org", "bob@example.org"},
    {"SpaceNeedsQuotes", "\"j doe\"@example.org", "\"j doe\"@example.org"},
    {"DotsNeedQuotes", "\"a..b\"@example.org", "\"a..b\"@example.org"},
    {"LeadingDotNeedsQuotes", "\".a\"@example.org", "\".a\"@example.org"},
    {"QuoteAndBackslashArePaired", "\"a\\\"\\\\b\"@example.org",
     "\"a\\\"\\\\b\"@example.org"},
    {"Addr04EmptyLocalPart", "\"\"@example.org", "\"\"@example.org"},
    {"V4Literal", "a@[192.0.2.25]", "a@[192.0.2.25]"},
    {"V6Literal", "a@[ipv6:2001:DB8::25]", "a@[IPv6:2001:db8::25]"},
    {"MappedLiteralIsV4", "a@[IPv6:::ffff:192.0.2.25]", "a@[192.0.2.25]"},
    {"V6WithoutTag", "a@[2001:db8::25]", ""},
    {"V4WithTag", "a@[IPv6:192.0.2.25]", ""},
    {"GeneralLiteral", "a@[x400:abc]", ""},
    {"LiteralWithZone", "a@[IPv6:fe80::1%1]", ""},
    {"LiteralNotClosed", "a@[192.0.2.25", ""},
    {"OctetsAfterTheLiteral", "a@[192.0.2.25].example", ""},
    {"NoLocalPart", "@example.org", ""},
    {"NoDomain", "bob@", ""},
    {"NoAt", "bob", ""},
    {"Empty", "", ""},
    {"Brackets", "<bob@example.org>", ""},
    {"Comment", "bob(comment)@example.org", ""},
    {"SpaceAround", " bob@example.org", ""},
    {"QuoteNotClosed", "\"bob@example.org", ""},
    {"BackslashAtTheEnd", "\"bob\\", ""},
    {"AtomAfterQuotes", "\"a\"b@example.org", ""},
    {"TwoQuotedStrings", "\"a\".\"b\"@example.org", ""},
    {"Tab", "\"a\tb\"@example.org", ""},
    {"Delete", "\"a\x7F\"@example.org", ""},
    {"PairedDelete", "\"a\\\x7F\"@example.org", ""},
    {"Escape", "a\x1b@example.org", ""},
    {"Nul", absl::string_view("a\0@example.org", 14), ""},
    // RFC 6531
    {"Utf8LocalPart",
     "b\xC3\xB6"
     "b@example.org",
     "b\xC3\xB6"
     "b@example.org"},
    {"Utf8InQuotes", "\"\xC3\xB6 b\"@example.org",
     "\"\xC3\xB6 b\"@example.org"},
    {"Utf8IsNotPaired", "\"\\\xC3\xB6\"@example.org", ""},
    {"Addr13NotUtf8", "\xFF\xFE@example.org", ""},
    {"Addr13NotUtf8InQuotes", "\"\xFF\"@example.org", ""},
    {"C1Control", "a\xC2\x85@example.org", ""},
    {"C1ControlInQuotes", "\"a\xC2\x9B\"@example.org", ""},
    {"LineSeparator", "a\xE2\x80\xA8@example.org", ""},
    {"OverlongAt", "a\xC1\x80@example.org", ""},
    {"Utf8DomainIsKeptAsWritten",
     "u@B\xC3\xBC"
     "cher.example",
     "u@B\xC3\xBC"
     "cher.example"},
    // ADDR-14
    {"Addr14ALabelOfHyphens", "a@xn---", ""},
    // LOG-02: envelope data are not RFC 2047.
    {"Log02EncodedWordIsAnAtom", "=?utf-8?Q?a=0D=0AX_1?=@example.com",
     "=?utf-8?Q?a=0D=0AX_1?=@example.com"},
    {"Log02ColonNeedsQuotes", "=?utf-8?Q?a=0D=0AX:_1?=@example.com", ""},
};

class AddressTest : public testing::TestWithParam<AddressCase> {};

TEST_P(AddressTest, ParsesAndPrints) {
  const absl::StatusOr<Address> address = Address::Parse(GetParam().text);
  EXPECT_EQ(address.ok(), !GetParam().want.empty()) << address.status();
  if (!address.ok()) return;
  EXPECT_EQ(address->ToString(), GetParam().want);
  EXPECT_EQ(Parse(address->ToString()), *address);
  const absl::StatusOr<Address> again =
      Address::Create(address->local_part(), address->host());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *address);
  EXPECT_EQ(again->CanonicalKey(), address->CanonicalKey());
  EXPECT_EQ(again->needs_smtputf8(), address->needs_smtputf8());
}

INSTANTIATE_TEST_SUITE_P(Table, AddressTest, testing::ValuesIn(kAddressCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(AddressCreateTest, QuotesWhatNeedsIt) {
  const Domain domain = *Domain::Parse("example.org");
  // ADDR-02: a caller's local part cannot become a parameter.
  EXPECT_EQ(
      Address::Create("foo@example.net> NOTIFY=NEVER", domain)->ToString(),
      "\"foo@example.net> NOTIFY=NEVER\"@example.org");
  EXPECT_EQ(Address::Create("", domain)->ToString(), "\"\"@example.org");
  for (absl::string_view bad :
       {absl::string_view("a\r"), absl::string_view("a\n"),
        absl::string_view("a\0", 2), absl::string_view("\xFF")}) {
    EXPECT_FALSE(Address::Create(bad, domain).ok());
  }
}

TEST(AddressLengthTest, APathHolds256Octets) {
  const std::string host = "@example.org";
  const std::string longest(kMaxPathOctets - 2 - host.size(), 'a');
  EXPECT_TRUE(Address::Parse(longest + host).ok());
  EXPECT_FALSE(Address::Parse(longest + "a" + host).ok());
  // Quotes that Create() has to add count too.
  const Domain domain = *Domain::Parse("example.org");
  EXPECT_TRUE(Address::Create(longest, domain).ok());
  EXPECT_FALSE(Address::Create(std::string(longest.size(), '"'), domain).ok());
}

TEST(AddressKeyTest, FoldsAsciiCaseAndForms) {
  EXPECT_EQ(Parse("Bob@EXAMPLE.org").CanonicalKey(), "bob@example.org");
  EXPECT_EQ(Parse("\"Bob\"@example.org").CanonicalKey(), "bob@example.org");
  EXPECT_EQ(Parse("u@b\xC3\xBC"
                  "cher.example")
                .CanonicalKey(),
            "u@xn--bcher-kva.example");
  EXPECT_EQ(Parse("u@[IPv6:2001:DB8:0::25]").CanonicalKey(),
            "u@[IPv6:2001:db8::25]");
  // Only ASCII folds: the long s and the Kelvin sign are other letters.
  EXPECT_NE(Parse("\xC5\xBF@example.org").CanonicalKey(), "s@example.org");
  EXPECT_NE(Parse("\xE2\x84\xAA@example.org").CanonicalKey(), "k@example.org");
}

TEST(AddressKeyTest, AQuotedAtIsAnotherMailbox) {
  EXPECT_EQ(Parse("\"x@example.com\"@example.org").CanonicalKey(),
            "x@example.com@example.org");
  EXPECT_NE(Parse("\"x@example.com\"@example.org"), Parse("x@example.com"));
}

TEST(AddressValueTest, LocalPartsAreComparedExactly) {
  EXPECT_EQ(Parse("bob@EXAMPLE.org"), Parse("\"bob\"@example.ORG"));
  EXPECT_NE(Parse("Bob@example.org"), Parse("bob@example.org"));
  EXPECT_NE(Parse("bob@[192.0.2.25]"), Parse("bob@192.0.2.25"));
  const absl::flat_hash_set<Address> seen = {Parse("bob@EXAMPLE.org")};
  EXPECT_TRUE(seen.contains(Parse("bob@example.org")));
  EXPECT_FALSE(seen.contains(Parse("BOB@example.org")));
}

TEST(AddressValueTest, NeedsSmtputf8ForWhatIsWritten) {
  EXPECT_FALSE(Parse("u@xn--bcher-kva.example").needs_smtputf8());
  EXPECT_TRUE(Parse("u@b\xC3\xBC"
                    "cher.example")
                  .needs_smtputf8());
  EXPECT_TRUE(Parse("\xC3\xBC@example.org").needs_smtputf8());
}

}  // namespace
}  // namespace mailsec::address
