#include "mailcore/route/forward_table.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;

Address At(absl::string_view text) { return *Address::Parse(text); }

MainNames OtherNames() {
  return {{*Domain::Parse("example.net"), *Domain::Parse("example.org")}};
}

absl::StatusOr<ForwardTable> Parse(
    absl::string_view text, std::vector<base::TextError>* errors = nullptr) {
  return ForwardTable::Parse(
      text, {*Domain::Parse("example.org"), *Domain::Parse("example.net")},
      errors, OtherNames());
}

std::string Targets(const ForwardTable& table, absl::string_view mailbox) {
  std::string out;
  for (const Address& target : table.Find(At(mailbox))) {
    out += target.ToString() + " ";
  }
  return out;
}

TEST(ForwardTableTest, FindsTheTargetsOfAMailbox) {
  const ForwardTable table = *Parse(
      "# ours\n"
      "alice@example.org: a.smith@example.com, alice@elsewhere.example # both\n"
      "\n"
      "bob@example.net: carol@example.org\r\n");
  struct Case {
    const char* what;
    const char* mailbox;
    const char* targets;
  };
  const Case kCases[] = {
      {"in the order of the file", "alice@example.org",
       "a.smith@example.com alice@elsewhere.example "},
      {"case does not matter", "ALICE@Example.ORG",
       "a.smith@example.com alice@elsewhere.example "},
      {"by the main name of the domain", "bob@example.org",
       "carol@example.org "},
      {"nobody else", "carol@example.org", ""},
      {"not a stranger of the same name", "alice@example.com", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(Targets(table, c.mailbox), c.targets);
  }
  ASSERT_EQ(table.Mailboxes().size(), 2u);
  EXPECT_EQ(table.Mailboxes()[1].ToString(), "bob@example.org");
}

TEST(ForwardTableTest, EachTargetOnce) {
  EXPECT_EQ(Targets(*Parse("a@example.org: b@example.com, B@EXAMPLE.COM\n"),
                    "a@example.org"),
            "b@example.com ");
}

TEST(ForwardTableTest, NoFileNoForwards) {
  EXPECT_EQ(Targets(ForwardTable(), "alice@example.org"), "");
}

TEST(ForwardTableTest, EveryErrorHasItsPlace) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case kCases[] = {
      {"alice@example.com: bob@example.com",
       "line 1, column 1: \"alice@example.com\" is not in a local domain"},
      {"alice@example.org bob@example.com",
       "line 1, column 19: ':' is missing after the first address"},
      {"alice@example.org:",
       "line 1, column 18: an address is missing after \":\""},
      {"\nalice@example.org: ALICE@example.net",
       "line 2, column 20: \"ALICE@example.net\" is the mailbox itself"},
      {"a@example.org: b@example.com\na@example.net: c@example.com",
       "line 2, column 1: \"a@example.net\" is on line 1 already"},
      {"a@example.org: 1@b.example, 2@b.example, 3@b.example, 4@b.example, "
       "5@b.example, 6@b.example, 7@b.example, 8@b.example, 9@b.example, "
       "10@b.example, 11@b.example",
       "line 1, column 1: more than 10 targets"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    std::vector<base::TextError> errors;
    const auto table = Parse(c.text, &errors);
    ASSERT_FALSE(table.ok());
    EXPECT_EQ(table.status().message(), c.error);
    EXPECT_EQ(errors.size(), 1u);
  }
}

}  // namespace
}  // namespace mailsec::route
