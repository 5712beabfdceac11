#include "mailcore/message/address_list.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

using address::Address;

// "name <address>; address ..." with a '!' where it is not well formed.
std::string Shown(const AddressList& list) {
  std::string out = list.well_formed ? "" : "!";
  for (const ListedMailbox& mailbox : list.mailboxes) {
    absl::StrAppend(&out, out.empty() || out == "!" ? "" : "; ",
                    mailbox.display_name,
                    mailbox.display_name.empty() ? "" : " ", "<",
                    mailbox.address.ToString(), ">");
  }
  return out;
}

struct Row {
  const char* what;
  std::string value;
  std::string shown;
};

const Row kRows[] = {
    {"an address", "anna@example.org", "<anna@example.org>"},
    {"one in brackets", "<anna@example.org>", "<anna@example.org>"},
    {"a name", "Anna Smith <anna@example.org>",
     "Anna Smith <anna@example.org>"},
    {"two", "a@example.org, b@example.net", "<a@example.org>; <b@example.net>"},
    {"a quoted name with a comma", "\"Smith, Anna\" <a@example.org>",
     "Smith, Anna <a@example.org>"},
    {"a quoted name with an address", "\"x@example.com\" <a@example.org>",
     "x@example.com <a@example.org>"},
    {"quoted signs", "\"A \\\"B\\\\ C\" <a@example.org>",
     "A \"B\\ C <a@example.org>"},
    {"a name with a dot", "Anna M. Smith <a@example.org>",
     "Anna M. Smith <a@example.org>"},
    {"an encoded name", "=?utf-8?Q?M=C3=BCller=2C_A?= <a@example.org>",
     "M\xC3\xBCller, A <a@example.org>"},
    {"two encoded words",
     "=?iso-8859-1?Q?J=F6rg?= =?iso-8859-1?Q?_M=FCller?= <a@example.org>",
     "J\xC3\xB6rg M\xC3\xBCller <a@example.org>"},
    {"an encoded word in quotes stays", "\"=?utf-8?Q?x?=\" <a@example.org>",
     "=?utf-8?Q?x?= <a@example.org>"},
    {"an address in an encoded word is a name",
     "=?utf-8?Q?v=40example.com=3E?= <a@example.org>",
     "v@example.com> <a@example.org>"},
    {"a raw 8-bit name", "M\xFCller <a@example.org>",
     "M\xEF\xBF\xBDller <a@example.org>"},
    {"a UTF-8 address",
     "J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
     "cher.example>",
     "J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
     "cher.example>"},
    {"a comment", "a@example.org (Anna)", "<a@example.org>"},
    {"nested comments", "(x (y) \\) z) a@(b)example.org(c)", "<a@example.org>"},
    {"an address in a comment", "a@example.org (b@example.net, c@example.com)",
     "<a@example.org>"},
    {"a group", "team: a@example.org, B <b@example.net>;",
     "<a@example.org>; B <b@example.net>"},
    {"an empty group", "undisclosed-recipients:;", ""},
    {"a group among others",
     "x@example.org, team:a@example.org;, y@example.net",
     "<x@example.org>; <a@example.org>; <y@example.net>"},
    {"folded", "a@example.org,\r\n\tB\r\n <b@example.net>",
     "<a@example.org>; B <b@example.net>"},
    {"folded within an address", "<a@\r\n example.org>", "<a@example.org>"},
    {"obsolete blanks", "anna . smith @ example . org",
     "<anna.smith@example.org>"},
    {"obsolete empty elements", ", ,a@example.org,,", "<a@example.org>"},
    {"an obsolete route", "<@x.example,@y.example:a@example.org>",
     "<a@example.org>"},
    {"a quoted local part", "\"a b\"@example.org", "<\"a b\"@example.org>"},
    {"a local part in pieces", "\"a\".b@example.org", "<a.b@example.org>"},
    {"an address literal", "a@[192.0.2.1]", "<a@[192.0.2.1]>"},
    {"another address literal", "<a@[IPv6:2001:db8::1]>",
     "<a@[IPv6:2001:db8::1]>"},
    {"upper case", "A@EXAMPLE.ORG", "<A@example.org>"},
    // Not well formed: what can be read is read.
    {"nothing", "", "!"},
    {"blanks", " \t", "!"},
    {"no address", "Anna", "!"},
    {"no address among others", "Anna, a@example.org, Bob", "!<a@example.org>"},
    {"the null path", "<>", "!"},
    {"an address as a name", "a@example.org <b@example.net>",
     "!a@example.org <b@example.net>"},
    {"no comma", "a@example.org b@example.net", "!"},
    {"semicolons for commas", "a@example.org; b@example.net",
     "!<a@example.org>; <b@example.net>"},
    {"a group that does not end", "team: a@example.org", "!<a@example.org>"},
    {"a group without a name", ": a@example.org;", "!<a@example.org>"},
    {"brackets that do not end", "A <a@example.org, b@example.net",
     "!<b@example.net>"},
    {"brackets with nothing that do not end", "A <, b@example.net",
     "!<b@example.net>"},
    {"double brackets", "<<a@example.org>>", "!<a@example.org>"},
    {"something behind the brackets", "<a@example.org> x, b@example.net",
     "!<a@example.org>; <b@example.net>"},
    {"two in brackets", "<a@example.org> <b@example.net>", "!<b@example.net>"},
    {"a quoted string that does not end", "b@example.net, \"a <a@example.org>",
     "!<b@example.net>"},
    {"a comment that does not end", "b@example.net, (a <a@example.org>",
     "!<b@example.net>"},
    {"a literal that does not end", "b@example.net, a@[192.0.2.1",
     "!<b@example.net>"},
    {"two dots", "a..b@example.org", "!"},
    {"a dot at the end", "a.@example.org", "!"},
    {"no domain", "a@", "!"},
    {"no local part", "@example.org", "!"},
    {"two signs", "a@b@example.org", "!"},
    {"a bad domain", "a@-example-.org, b@example.net", "!<b@example.net>"},
    {"a NUL", std::string("a\0b@example.org", 15), "!"},
    {"a backslash", "a\\b@example.org", "!"},
    {"a URL", "mailto:a@example.org", "!<a@example.org>"},
};

TEST(AddressListTest, ReadsWhatStandsThere) {
  for (const Row& row : kRows) {
    EXPECT_EQ(Shown(ParseAddressList(row.value)), row.shown) << row.what;
  }
}

TEST(AddressListTest, NamesInWhateverCase) {
  const AddressList list = ParseAddressList(
      "Anna@Example.ORG, b\xC3\xBC"
      "cher@b\xC3\xBC"
      "cher.example");
  for (const char* name : {"anna@example.org", "ANNA@EXAMPLE.ORG",
                           "b\xC3\xBC"
                           "cher@xn--bcher-kva.example"}) {
    EXPECT_TRUE(list.Names(*Address::Parse(name))) << name;
  }
  EXPECT_FALSE(list.Names(*Address::Parse("ann@example.org")));
}

TEST(AddressListTest, IsBounded) {
  std::string many;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&many, "a", i, "@example.org,");
  const AddressList ten =
      ParseAddressList(many, {.max_octets = 1000000, .max_mailboxes = 10});
  EXPECT_EQ(ten.mailboxes.size(), 10u);
  EXPECT_FALSE(ten.complete);
  // Cut between two, never within one.
  const AddressList cut =
      ParseAddressList("a@example.org, b@example.organic", {.max_octets = 28});
  EXPECT_EQ(Shown(cut), "<a@example.org>");
  EXPECT_FALSE(cut.complete);
  EXPECT_TRUE(ParseAddressList("a@example.org").complete);
}

// A MiB of what makes a careless reader slow; this one takes each octet once.
TEST(AddressListTest, IsLinear) {
  const size_t kOctets = 1 << 20;
  const AddressListLimits limits = {.max_octets = kOctets,
                                    .max_mailboxes = 1000};
  for (const std::string& piece :
       {std::string("("), std::string("<"), std::string(","), std::string("\""),
        std::string("\\"), std::string("["), std::string("a "),
        std::string("<,"), std::string("a:"), std::string("=?utf-8?q?"),
        std::string(";"), std::string("<@a,"), std::string("\xFF"),
        std::string("a."), std::string("()")}) {
    std::string text = "b@example.net,";
    while (text.size() < kOctets) text += piece;
    const AddressList list = ParseAddressList(text, limits);
    ASSERT_GE(list.mailboxes.size(), 1u) << piece;
    EXPECT_EQ(list.mailboxes[0].address.ToString(), "b@example.net") << piece;
  }
}

}  // namespace
}  // namespace mailsec::message
