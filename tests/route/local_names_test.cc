#include "mailcore/route/local_names.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/testing/fake_recipient_directory.h"

namespace mailsec::route {
namespace {

using address::Address;
using address::Domain;
using policy::NameKind;

Domain D(const char* text) { return *Domain::Parse(text); }
Address A(absl::string_view text) { return *Address::Parse(text); }

// example.org has "+" and a catch-all, example.net "-" and none.
class LocalNamesTest : public testing::Test {
 protected:
  LocalNamesTest()
      : mailboxes_(*policy::TextRecipientDirectory::Parse(
            "alice@example.org\nbob@example.org\ninfo@example.org\n"
            "bob+work@example.org mailbox=work\n"
            "gone@example.org refused\nalice+sold@example.org refused\n"
            "jan@example.net\njan-peter@example.net\n")),
        aliases_(*AliasTable::Parse(
            "team@example.org: alice@example.org, bob+team@example.org\n"
            "bob@example.org: bob@example.org, alice@example.org\n"
            "alice+list@example.org: info@example.org\n"
            "far@example.org: carol@relay.example\n",
            {D("example.org"), D("example.net"), D("relay.example")},
            nullptr)) {}

  LocalNames Names(const char* catch_all = "info@example.org") {
    std::vector<NamesOfDomain> domains = {
        {.domain = D("example.org"), .separators = "+"},
        {.domain = D("example.net"), .separators = "-"}};
    if (catch_all != nullptr) domains[0].catch_all = A(catch_all);
    return LocalNames(std::move(domains), &aliases_, &mailboxes_);
  }

  // "subaddress: alice+x@example.org (alice@example.org)".
  std::string Of(const LocalNames& names, absl::string_view address) {
    const MeantName meant = names.Of(A(address));
    if (meant.mailboxes.empty()) return "nobody";
    std::vector<std::string> each;
    for (const MeantMailbox& one : meant.mailboxes) {
      each.push_back(one.address == one.mailbox
                         ? one.address.ToString()
                         : absl::StrCat(one.address.ToString(), " (",
                                        one.mailbox.ToString(), ")"));
    }
    return absl::StrCat(NameKindName(meant.kind), ": ",
                        absl::StrJoin(each, ", "));
  }

  policy::TextRecipientDirectory mailboxes_;
  AliasTable aliases_;
};

struct NameCase {
  const char* requirement;
  const char* address;
  const char* means;
} constexpr kNameCases[] = {
    {"a mailbox", "alice@example.org", "mailbox: alice@example.org"},
    {"in another case", "ALICE@example.org", "mailbox: ALICE@example.org"},
    {"with a detail", "alice+shop@example.org",
     "subaddress: alice+shop@example.org (alice@example.org)"},
    {"with two details", "Alice+a+b@example.org",
     "subaddress: Alice+a+b@example.org (Alice@example.org)"},
    {"a mailbox whose name looks like one with a detail",
     "bob+work@example.org", "mailbox: bob+work@example.org"},
    {"an alias whose name does", "alice+list@example.org",
     "alias: info@example.org"},
    {"an alias, one of them with a detail", "team@example.org",
     "alias: alice@example.org, bob+team@example.org (bob@example.org)"},
    {"an alias with a detail", "team+x@example.org",
     "subaddress: alice@example.org, bob+team@example.org (bob@example.org)"},
    {"a mailbox that shares its mail", "bob@example.org",
     "alias: bob@example.org, alice@example.org"},
    {"behind an alias in a domain of others", "far@example.org",
     "alias: carol@relay.example"},
    {"the catch-all takes what does not exist", "guess@example.org",
     "catch-all: info@example.org"},
    {"and what does not exist with a detail", "guess+x@example.org",
     "catch-all: info@example.org"},
    {"no refused name", "gone@example.org", "nobody"},
    {"nor with a detail of a mailbox", "alice+sold@example.org", "nobody"},
    {"no role mailbox (R6)", "postmaster@example.org", "nobody"},
    {"in any case", "ABUSE@example.org", "nobody"},
    {"the separator is the domain's", "jan+x@example.net", "nobody"},
    {"the longest name with a detail", "jan-peter-x@example.net",
     "subaddress: jan-peter-x@example.net (jan-peter@example.net)"},
    {"and the next", "jan-paul-x@example.net",
     "subaddress: jan-paul-x@example.net (jan@example.net)"},
    {"no catch-all in the other domain", "guess@example.net", "nobody"},
    {"a name of others is itself", "dave+x@relay.example",
     "mailbox: dave+x@relay.example"},
    {"a separator alone is no name", "+@example.net", "nobody"},
};

TEST_F(LocalNamesTest, TheFirstLineThatHoldsDecides) {
  const LocalNames names = Names();
  for (const NameCase& c : kNameCases) {
    EXPECT_EQ(Of(names, c.address), c.means) << c.requirement;
  }
}

TEST_F(LocalNamesTest, ACatchAllMayBeAnAlias) {
  EXPECT_EQ(Of(Names("team@example.org"), "guess@example.org"),
            "catch-all: alice@example.org, bob+team@example.org "
            "(bob@example.org)");
  EXPECT_EQ(Of(Names(nullptr), "guess@example.org"), "nobody");
  EXPECT_EQ(Of(Names("nobody@example.org"), "guess@example.org"), "nobody");
}

TEST_F(LocalNamesTest, WhatIsDeliveredIsItsOwnMailbox) {
  const LocalNames names = Names();
  const struct {
    const char* address;
    const char* mailbox;  // Null: none.
  } kCases[] = {
      {"alice@example.org", "alice@example.org"},
      {"alice+shop@example.org", "alice@example.org"},
      {"bob@example.org", "bob@example.org"},  // And an alias.
      {"bob+team@example.org", "bob@example.org"},
      {"bob+work@example.org", "bob+work@example.org"},
      {"team@example.org", "alice@example.org"},  // Was a mailbox before.
      {"gone@example.org", nullptr},
      {"jan+x@example.net", nullptr},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.address);
    const std::optional<Address> mailbox = names.MailboxOf(A(c.address));
    ASSERT_EQ(mailbox.has_value(), c.mailbox != nullptr);
    if (mailbox) {
      EXPECT_EQ(*mailbox, A(c.mailbox));
    }
  }
  EXPECT_TRUE(names.HasMailbox(A("alice+shop@example.org")));
  EXPECT_FALSE(names.HasMailbox(A("team@example.org")));
}

TEST_F(LocalNamesTest, WhoCannotTellSendsNothingAstray) {
  policy::FakeRecipientDirectory down;
  down.FailWith("down");
  const LocalNames names({{.domain = D("example.org"),
                           .separators = "+",
                           .catch_all = A("info@example.org")}},
                         &aliases_, &down);
  EXPECT_EQ(Of(names, "alice+shop@example.org"),
            "mailbox: alice+shop@example.org");
}

}  // namespace
}  // namespace mailsec::route
