#include "mailcore/smtp/check_parameters.h"

#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "mailcore/smtp/esmtp_parameters.h"

namespace mailsec::smtp {
namespace {

struct RcptCase {
  const char* name;
  RcptParameters parameters;
  bool want_ok;
};

TEST(CheckParametersTest, OfRcpt) {
  const RcptCase cases[] = {
      {"nothing was said", {}, true},
      {"both halves of ORCPT",
       {.original_type = "rfc822", .original_recipient = "a@example.org"},
       true},
      {"UTF-8",
       {.original_type = "utf-8", .original_recipient = "\xC3\xB6@example.org"},
       true},
      {"UTF-8 of another type",
       {.original_type = "rfc822", .original_recipient = "\xC3\xB6@a.example"},
       false},
      {"no UTF-8",
       {.original_type = "utf-8", .original_recipient = "\xFF@example.org"},
       false},
      {"a line end in UTF-8",
       {.original_type = "utf-8", .original_recipient = "a\r\nb"},
       false},
      {"a line end",
       {.original_type = "rfc822", .original_recipient = "a\r\nb"},
       false},
      {"a type alone", {.original_type = "rfc822"}, false},
      {"a recipient alone", {.original_recipient = "a@example.org"}, false},
      {"a type that is no word",
       {.original_type = "rfc 822", .original_recipient = "a"},
       false},
      {"too long",
       {.original_type = "rfc822", .original_recipient = std::string(501, 'a')},
       false},
      {"NEVER alone", {.notify = {.never = true}}, true},
      {"three of the others",
       {.notify = {.success = true, .failure = true, .delay = true}},
       true},
      {"NEVER beside another",
       {.notify = {.never = true, .delay = true}},
       false},
  };
  for (const RcptCase& c : cases) {
    EXPECT_EQ(CheckParameters(c.parameters).ok(), c.want_ok) << c.name;
  }
}

TEST(CheckParametersTest, OfMail) {
  EXPECT_TRUE(CheckParameters(MailParameters{}).ok());
  EXPECT_TRUE(CheckParameters(MailParameters{.envelope_id = "QQ 314"}).ok());
  EXPECT_FALSE(CheckParameters(MailParameters{.envelope_id = "a\nb"}).ok());
  EXPECT_FALSE(
      CheckParameters(MailParameters{.envelope_id = std::string(101, 'a')})
          .ok());
  // As xtext each of these takes three.
  EXPECT_FALSE(
      CheckParameters(MailParameters{.envelope_id = std::string(34, '+')})
          .ok());
}

// Whatever a peer can say is right.
TEST(CheckParametersTest, TakesWhatIsParsed) {
  for (const char* text :
       {"NOTIFY=NEVER", "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@example.org",
        "ORCPT=utf-8;b\\x{FC}b@example.org"}) {
    const auto parsed = ParseRcptParameters(text, true, false);
    ASSERT_TRUE(std::holds_alternative<RcptParameters>(parsed)) << text;
    EXPECT_TRUE(CheckParameters(std::get<RcptParameters>(parsed)).ok()) << text;
  }
}

}  // namespace
}  // namespace mailsec::smtp
