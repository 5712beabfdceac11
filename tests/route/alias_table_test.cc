#include "mailcore/route/alias_table.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;
using testing::ElementsAre;
using testing::IsEmpty;

Domain D(const char* text) { return *Domain::Parse(text); }

// example.org and example.net are served; the latter has another name.
class AliasTableTest : public testing::Test {
 protected:
  absl::Status Read(absl::string_view text) {
    errors_.clear();
    absl::StatusOr<AliasTable> table = AliasTable::Parse(
        text, {D("example.org"), D("example.net"), D("other.example.net")},
        &errors_, {{D("other.example.net"), D("example.net")}});
    if (table.ok()) table_ = *std::move(table);
    return table.status();
  }
  std::vector<std::string> Expand(absl::string_view address) {
    std::vector<std::string> texts;
    for (const Address& a : table_.Expand(*Address::Parse(address))) {
      texts.push_back(a.ToString());
    }
    return texts;
  }

  AliasTable table_;
  std::vector<base::TextError> errors_;
};

TEST_F(AliasTableTest, NamesMailboxes) {
  ASSERT_TRUE(Read("# our lists\n"
                   "\n"
                   "postmaster@example.org: alice@example.org\r\n"
                   "team@example.org:bob@example.org,alice@example.org # two\n"
                   "all@example.org : team@example.org , carol@example.net,"
                   "bob@example.org")
                  .ok());
  EXPECT_THAT(Expand("postmaster@example.org"),
              ElementsAre("alice@example.org"));
  EXPECT_THAT(
      Expand("all@example.org"),
      ElementsAre("bob@example.org", "alice@example.org", "carol@example.net"));
  EXPECT_THAT(Expand("alice@example.org"), IsEmpty());
  EXPECT_THAT(Expand("all@example.net"), IsEmpty());
  std::vector<std::string> aliases;
  for (const Address& a : table_.Aliases()) aliases.push_back(a.ToString());
  EXPECT_THAT(aliases, ElementsAre("all@example.org", "postmaster@example.org",
                                   "team@example.org"));
}

TEST_F(AliasTableTest, ComparesAsTheRecipientDirectoryDoes) {
  ASSERT_TRUE(Read("\"Team\"@Example.ORG: Alice@example.org").ok());
  EXPECT_THAT(Expand("tEAM@example.org"), ElementsAre("Alice@example.org"));
}

TEST_F(AliasTableTest, WritesAddressesAsRfc5321Does) {
  ASSERT_TRUE(Read("\"a:b, #c\\\"\"@example.org: a#b@example.org, "
                   "\"x, y\"@example.org #c")
                  .ok());
  EXPECT_THAT(Expand("\"a:b, #c\\\"\"@example.org"),
              ElementsAre("a#b@example.org", "\"x, y\"@example.org"));
}

TEST_F(AliasTableTest, OtherNamesOfADomainMeanTheMainOne) {
  ASSERT_TRUE(Read("a@other.example.net: b@other.example.net\n"
                   "b@example.net: c@other.example.net\n")
                  .ok());
  EXPECT_THAT(Expand("a@example.net"), ElementsAre("c@example.net"));
  EXPECT_THAT(Expand("A@OTHER.example.net"), ElementsAre("c@example.net"));
}

TEST_F(AliasTableTest, AMailboxMayShareItsMail) {
  ASSERT_TRUE(Read("alice@example.org: Alice@example.org, bob@example.org\n"
                   "team@example.org: alice@example.org, carol@example.org\n"
                   "alone@example.org: alone@example.org\n"
                   "n@example.net: n@other.example.net, bob@example.org\n")
                  .ok());
  EXPECT_THAT(Expand("alice@example.org"),
              ElementsAre("Alice@example.org", "bob@example.org"));
  EXPECT_THAT(
      Expand("team@example.org"),
      ElementsAre("Alice@example.org", "bob@example.org", "carol@example.org"));
  EXPECT_THAT(Expand("alone@example.org"), ElementsAre("alone@example.org"));
  EXPECT_THAT(Expand("n@other.example.net"),
              ElementsAre("n@example.net", "bob@example.org"));
}

TEST_F(AliasTableTest, ABackslashMeansTheMailboxAndNoAlias) {
  ASSERT_TRUE(Read("alice@example.org: \\alice@example.org, bob@example.org\n"
                   "bob@example.org: \\alice@example.org\n"
                   "both@example.org: bob@example.org, \\bob@example.org\n"
                   "q@example.org: \\\"a b\"@example.org")
                  .ok());
  EXPECT_THAT(Expand("alice@example.org"), ElementsAre("alice@example.org"));
  EXPECT_THAT(Expand("bob@example.org"), ElementsAre("alice@example.org"));
  EXPECT_THAT(Expand("both@example.org"),
              ElementsAre("alice@example.org", "bob@example.org"));
  EXPECT_THAT(Expand("q@example.org"), ElementsAre("\"a b\"@example.org"));
}

struct WrongCase {
  const char* requirement;
  const char* text;
  int line;
  int column;
  const char* message;  // A part of it.
} constexpr kWrongCases[] = {
    {"an alias that is no address", "team: a@example.org", 1, 1, "\"team\""},
    {"a target that is no address", "\nx@example.org: a@b@c", 2, 16, "a@b@c"},
    {"a foreign target (R23)", "x@example.org:  a@example.com", 1, 17,
     "not in a domain that is served"},
    {"a subdomain is foreign", "x@example.org: a@sub.example.org", 1, 16,
     "not in a domain that is served"},
    {"an address literal is foreign", "x@example.org: a@[IPv6:::1]", 1, 16,
     "not in a domain that is served"},
    {"a foreign alias", "x@example.com: a@example.org", 1, 1,
     "not in a domain that is served"},
    {"no colon", "x@example.org a@example.org", 1, 15, "':' is missing"},
    {"an alias alone", "x@example.org", 1, 1, "':' is missing"},
    {"no target", "x@example.org:", 1, 14, "missing after \":\""},
    {"a comma too many", "x@example.org: a@example.org,", 1, 29,
     "missing after \",\""},
    {"two commas", "x@example.org: a@example.org,,b@example.org", 1, 29,
     "missing after \",\""},
    {"no comma", "x@example.org: a@example.org b@example.org", 1, 30,
     "',' is missing"},
    {"a second colon", "x@example.org: a@example.org: b@example.org", 1, 29,
     "',' is missing"},
    {"an alias twice, in another case",
     "x@example.org: a@example.org\nX@example.org: b@example.org", 2, 1,
     "is on line 1 already"},
    {"a circle of two beside the mailboxes",
     "a@example.org: a@example.org, b@example.org\n"
     "b@example.org: b@example.org, a@example.org",
     2, 31, "is a circle: a@example.org -> b@example.org -> a@example.org"},
    {"a backslash before an alias", "\\x@example.org: a@example.org", 1, 1,
     "\\x5cx@example.org"},
    {"a backslash before no address", "x@example.org: \\a", 1, 16, "\"a\""},
    {"two backslashes", "x@example.org: \\\\a@example.org", 1, 16,
     "\\x5ca@example.org"},
    {"a circle of three",
     "a@example.org: b@example.org\nb@example.org: c@example.org\n"
     "c@example.org: d@example.org, a@example.org\n",
     3, 31, "a@example.org -> b@example.org -> c@example.org -> a@example.org"},
    {"a circle through another name",
     "a@example.net: b@other.example.net\nb@example.net: a@other.example.net",
     2, 16, "is a circle"},
    {"a control octet is written down safely", "x@example.org: \x1b[2J@x", 1,
     16, "\\x1b[2J@x"},
};

TEST_F(AliasTableTest, ErrorsNameTheirPlace) {
  for (const WrongCase& c : kWrongCases) {
    SCOPED_TRACE(c.requirement);
    const absl::Status status = Read(c.text);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    ASSERT_EQ(errors_.size(), 1u) << status;
    EXPECT_EQ(errors_[0].line, c.line);
    EXPECT_EQ(errors_[0].column, c.column);
    EXPECT_TRUE(absl::StrContains(errors_[0].message, c.message)) << status;
    EXPECT_TRUE(absl::StrContains(
        status.message(),
        absl::StrCat("line ", c.line, ", column ", c.column, ": ")));
  }
}

TEST_F(AliasTableTest, ListsEveryErrorButNotWithoutEnd) {
  EXPECT_FALSE(Read("a: b\nx@example.org: c, d\n").ok());
  EXPECT_EQ(errors_.size(), 4u);
  std::string many;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&many, "a b\n");
  EXPECT_FALSE(Read(many).ok());
  EXPECT_EQ(errors_.size(), 20u);
}

std::string Mailboxes(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "m", i, "@example.org");
  }
  return text;
}

TEST_F(AliasTableTest, AThousandAddressesBehindOneAliasAreTheMost) {
  EXPECT_TRUE(Read(absl::StrCat("a@example.org: ", Mailboxes(1000))).ok());
  EXPECT_EQ(Expand("a@example.org").size(), 1000u);
  EXPECT_FALSE(Read(absl::StrCat("a@example.org: ", Mailboxes(1001))).ok());
  EXPECT_TRUE(absl::StrContains(errors_[0].message, "more than 1000"));
  EXPECT_FALSE(Read(absl::StrCat("b@example.org: a@example.org\n",
                                 "a@example.org: ", Mailboxes(1000)))
                   .ok());
  EXPECT_EQ(errors_[0].line, 1);
}

TEST_F(AliasTableTest, AddressesBehindSeveralAliasesCountOnce) {
  // 2^20 ways to the one mailbox.
  std::string text = "l20@example.org: end@example.org\n";
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&text, "l", i, "@example.org: x", i, "@example.org, y", i,
                    "@example.org\nx", i, "@example.org: l", i + 1,
                    "@example.org\ny", i, "@example.org: l", i + 1,
                    "@example.org\n");
  }
  ASSERT_TRUE(Read(text).ok());
  EXPECT_THAT(Expand("l0@example.org"), ElementsAre("end@example.org"));
}

TEST_F(AliasTableTest, ALongChainIsNoCircleAndNoCrash) {
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&text, "a", i, "@example.org: a", i + 1, "@example.org\n");
  }
  EXPECT_FALSE(Read(text).ok());
  EXPECT_TRUE(absl::StrContains(errors_[0].message, "more than 1000"));
}

}  // namespace
}  // namespace mailsec::route
