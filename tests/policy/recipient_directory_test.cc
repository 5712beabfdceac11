// Text and fake directories, and one suite for all of them.

#include "mailcore/policy/recipient_directory.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/policy/role_mailboxes.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/testing/fake_recipient_directory.h"

namespace mailsec::policy {
namespace {

using address::Address;
using address::Domain;

Address A(absl::string_view text) { return *Address::Parse(text); }

// Conformance: what every directory that holds these answers.
//   bob@example.org (at most 1000 octets), full@example.org (full),
//   "x@example.com"@example.org, u@xn--bcher-kva.example
struct Implementation {
  const char* name;
  std::function<std::unique_ptr<RecipientDirectory>()> make;
};

constexpr absl::string_view kConformanceText =
    "Bob@Example.org size=1000 mailbox=bob\n"
    "full@example.org full mailbox=full\n"
    "\"x@example.com\"@example.org mailbox=x\n"
    "u@b\xC3\xBC"
    "cher.example mailbox=u\n";

std::unique_ptr<RecipientDirectory> MakeFake() {
  auto fake = std::make_unique<FakeRecipientDirectory>();
  fake->Add("bob@example.org", {.name = "bob", .max_message_octets = 1000});
  fake->Add("full@example.org", {.name = "full", .has_room = false});
  fake->Add("x@example.com@example.org", {.name = "x"});
  fake->Add("u@xn--bcher-kva.example", {.name = "u"});
  return fake;
}

const Implementation kImplementations[] = {
    {"Text",
     [] {
       return std::make_unique<TextRecipientDirectory>(
           *TextRecipientDirectory::Parse(kConformanceText));
     }},
    {"Fake", MakeFake},
};

class DirectoryTest : public testing::TestWithParam<Implementation> {
 protected:
  const std::unique_ptr<RecipientDirectory> directory_ = GetParam().make();
};

TEST_P(DirectoryTest, FindsAMailboxInEveryFormOfItsAddress) {
  const Mailbox bob = {.name = "bob", .max_message_octets = 1000};
  for (absl::string_view text :
       {"bob@example.org", "BOB@EXAMPLE.ORG", "\"bob\"@example.org"}) {
    const RecipientAnswer found = directory_->Find(A(text));
    EXPECT_EQ(found.answer, Answer::kYes) << text;
    EXPECT_EQ(found.mailbox, bob) << text;
  }
  for (absl::string_view text : {"u@b\xC3\xBC"
                                 "cher.example",
                                 "U@XN--BCHER-KVA.example"}) {
    EXPECT_EQ(directory_->Find(A(text)).answer, Answer::kYes) << text;
  }
}

TEST_P(DirectoryTest, KnowsWhoIsFull) {
  EXPECT_FALSE(directory_->Find(A("full@example.org")).mailbox.has_room);
  EXPECT_TRUE(directory_->Find(A("bob@example.org")).mailbox.has_room);
}

TEST_P(DirectoryTest, ANameWithAnAtIsNobodyElse) {
  EXPECT_EQ(directory_->Find(A("\"x@example.com\"@example.org")).mailbox.name,
            "x");
  EXPECT_EQ(directory_->Find(A("x@example.com")).answer, Answer::kNo);
}

TEST_P(DirectoryTest, SaysNoToOthers) {
  for (absl::string_view text :
       {"alice@example.org", "bob@example.com", "bob@sub.example.org",
        "\"\"@example.org", "bob@[192.0.2.25]"}) {
    EXPECT_EQ(directory_->Find(A(text)).answer, Answer::kNo) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(All, DirectoryTest,
                         testing::ValuesIn(kImplementations),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(TextRecipientDirectoryTest, KnowsQuotas) {
  absl::StatusOr<TextRecipientDirectory> all =
      TextRecipientDirectory::Parse("a@example.org quota=1000 size=10\n");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_TRUE(all->has_quotas());
  EXPECT_EQ(all->Find(A("a@example.org")).mailbox.quota_octets, 1000u);
  EXPECT_FALSE(TextRecipientDirectory::Parse("a@example.org\n")->has_quotas());
  for (const char* wrong : {"a@example.org quota=0",
                            "a@example.org quota=", "a@example.org quota=1M"}) {
    EXPECT_FALSE(TextRecipientDirectory::Parse(wrong).ok()) << wrong;
  }
}

TEST(TextRecipientDirectoryTest, KnowsNamesThatAreRefused) {
  absl::StatusOr<TextRecipientDirectory> all = TextRecipientDirectory::Parse(
      "old@example.org refused # left\nalice@example.org\n");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), 2u);
  const RecipientAnswer old = all->Find(A("OLD@example.org"));
  EXPECT_EQ(old.answer, Answer::kNo);
  EXPECT_TRUE(old.listed_as_refused);
  EXPECT_FALSE(all->Find(A("new@example.org")).listed_as_refused);
  for (const char* wrong :
       {"a@example.org refused full\n", "a@example.org full refused\n",
        "a@example.org refused\na@example.org\n"}) {
    EXPECT_FALSE(TextRecipientDirectory::Parse(wrong).ok()) << wrong;
  }
}

TEST(TextRecipientDirectoryTest, ReadsCommentsOptionsAndLineEnds) {
  const absl::StatusOr<TextRecipientDirectory> directory =
      TextRecipientDirectory::Parse(
          "# people\r\n"
          "\n"
          "  alice@example.org\tsize=5 full # on leave\r\n"
          "a#b@example.org\n"
          "\"j # doe\"@example.org mailbox=jdoe\n"
          "last@example.org");
  ASSERT_TRUE(directory.ok()) << directory.status();
  TextRecipientDirectory all = *directory;
  EXPECT_EQ(all.size(), 4u);
  const Mailbox alice = all.Find(A("alice@example.org")).mailbox;
  EXPECT_EQ(alice.name, "alice@example.org");
  EXPECT_EQ(alice.max_message_octets, 5u);
  EXPECT_FALSE(alice.has_room);
  EXPECT_EQ(all.Find(A("a#b@example.org")).answer, Answer::kYes);
  EXPECT_EQ(all.Find(A("\"j # doe\"@example.org")).mailbox.name, "jdoe");
  EXPECT_EQ(all.Find(A("last@example.org")).answer, Answer::kYes);
}

// Nobody would ever ask for it: a slip, or the wrong file.
TEST(TextRecipientDirectoryTest, RefusesWhatIsInNoDomainThatIsServed) {
  std::vector<base::TextError> errors;
  EXPECT_FALSE(TextRecipientDirectory::Parse(
                   "bob@example.org\nbob@example.com\n", &errors,
                   {*address::Domain::ParseFqdn("EXAMPLE.org")})
                   .ok());
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].line, 2);
}

struct ErrorCase {
  const char* name;
  absl::string_view text;
  const char* want;  // How the message begins.
} constexpr kErrorCases[] = {
    {"NotAnAddress", "a@b\n  bob\n", "line 2, column 3: \"bob\": "},
    {"UnknownOption", "a@b quot=5", "line 1, column 5: \"quot=5\" is none"},
    {"QuotaIsZero", "a@b quota=0", "line 1, column 5: quota= wants"},
    {"SizeIsNoNumber", "a@b size=5k", "line 1, column 5: size= wants"},
    {"SizeIsEmpty", "a@b size=", "line 1, column 5: size= wants"},
    {"SizeIsZero", "a@b size=0", "line 1, column 5: size= wants"},
    {"SizeHasASign", "a@b size=+5", "line 1, column 5: size= wants"},
    {"SizeIsTooLarge", "a@b size=18446744073709551616",
     "line 1, column 5: size= wants"},
    {"Wildcard", "*@b", "line 1, column 1: \"*@b\" is no pattern here"},
    {"ListedTwice", "a@b\n\n\"A\"@B\n",
     "line 3, column 1: \"\"A\"@B\" is on line 1 already"},
    {"MailboxLeadsOut", "a@b mailbox=../x", "line 1, column 5: mailbox= wants"},
    {"MailboxWithSlash", "a@b mailbox=x/y", "line 1, column 5: mailbox= wants"},
    {"MailboxIsEmpty", "a@b mailbox=", "line 1, column 5: mailbox= wants"},
    {"AddressIsNoPathComponent", "a/b@c",
     "line 1, column 1: \"a/b@c\" cannot name a mailbox"},
    {"ControlCharacter", "a@b\x1b[2J",
     "line 1, column 1: \"a@b\\x1b[2J\": not a domain"},
    {"QuoteDoesNotEnd", "\"a b@c", "line 1, column 1: "},
};

class ErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorTest, NamesLineAndColumn) {
  const absl::Status status =
      TextRecipientDirectory::Parse(GetParam().text).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(
      status.message().substr(0, absl::string_view(GetParam().want).size()),
      GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, ErrorTest, testing::ValuesIn(kErrorCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(TextRecipientDirectoryTest, ListsEveryErrorUpToTwenty) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "bad\n";
  const std::string message(
      TextRecipientDirectory::Parse(text).status().message());
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 19);
}

TEST(RoleMailboxesTest, R6EachDomainNeedsBoth) {
  FakeRecipientDirectory directory;
  directory.Add("postmaster@example.org", {.name = "pm"});
  const std::vector<Domain> domains = {*Domain::Parse("example.org")};
  const absl::Status missing = CheckRoleMailboxes(directory, domains);
  EXPECT_TRUE(absl::IsFailedPrecondition(missing));
  EXPECT_NE(missing.message().find("abuse@example.org"),
            absl::string_view::npos);
  directory.Add("abuse@example.org", {.name = "abuse"});
  EXPECT_TRUE(CheckRoleMailboxes(directory, domains).ok());
  directory.FailWith("down");
  EXPECT_TRUE(absl::IsUnavailable(CheckRoleMailboxes(directory, domains)));
}

}  // namespace
}  // namespace mailsec::policy
