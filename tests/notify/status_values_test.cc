#include "mailcore/notify/status_values.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::notify {
namespace {

struct TextCase {
  absl::string_view text;
  absl::string_view want;
};

TEST(StatusValuesTest, TypedValues) {
  constexpr TextCase kCases[] = {
      {"rfc822; bob@example.org", "rfc822|bob@example.org"},
      {"RFC822;bob@example.org", "rfc822|bob@example.org"},
      {" dns ;\tmx.example.org ", "dns|mx.example.org"},
      {"smtp; 550 no; really", "smtp|550 no; really"},
      {"bob@example.org", "|bob@example.org"},
      {"550 5.1.1 no; really", "|550 5.1.1 no; really"},
      {"; value", "|; value"},
      {"dns;", "dns|"},
      {"", "|"},
  };
  for (const TextCase& c : kCases) {
    const TypedValue got = ParseTypedValue(c.text);
    EXPECT_EQ(absl::StrCat(got.type, "|", got.value), c.want);
  }
}

TEST(StatusValuesTest, CommentsAtTheEndAreNoPartOfTheValue) {
  constexpr TextCase kCases[] = {
      {"mx.example.org (192.0.2.1)", "mx.example.org"},
      {"a (b) (c (d))", "a"},
      {"a(b)", "a(b)"},
      {"a (b) c", "a (b) c"},
      {"a b)", "a b)"},
      {"(a)", ""},
      {"", ""},
  };
  for (const TextCase& c : kCases) EXPECT_EQ(WithoutComments(c.text), c.want);
}

TEST(StatusValuesTest, Actions) {
  EXPECT_EQ(ParseAction("failed"), Action::kFailed);
  EXPECT_EQ(ParseAction("DELAYED (again)"), Action::kDelayed);
  EXPECT_EQ(ParseAction(" delivered "), Action::kDelivered);
  EXPECT_EQ(ParseAction("relayed"), Action::kRelayed);
  EXPECT_EQ(ParseAction("expanded"), Action::kExpanded);
  for (absl::string_view text : {"", "fail", "failure", "failed hard"}) {
    EXPECT_FALSE(ParseAction(text).has_value()) << text;
  }
}

// The status, with "!" if it is not as the RFC wants it; "-": none.
std::string Status(absl::string_view text) {
  const std::optional<ParsedStatus> got = ParseStatus(text);
  if (!got) return "-";
  return absl::StrCat(got->status.ToString(), got->well_formed ? "" : "!");
}

TEST(StatusValuesTest, StatusCodes) {
  constexpr TextCase kCases[] = {
      {"5.1.1", "5.1.1"},
      {"2.0.0", "2.0.0"},
      {"4.999.999", "4.999.999"},
      {"5.1.1 (no user)", "5.1.1"},
      {"5.1.1(no user)", "5.1.1"},
      {"5.1.1 no user", "5.1.1!"},
      {"5.01.1", "5.1.1!"},
      {"5.1.1 (a) b", "5.1.1!"},
      {"5.1.1000", "-"},
      {"55.1.1", "-"},
      {"3.1.1", "-"},
      {"0.0.0", "-"},
      {"5.1", "-"},
      {"5.1.1.1", "-"},
      {"5..1", "-"},
      {"5.-1.1", "-"},
      {"5.+1.1", "-"},
      {"550", "-"},
      {"", "-"},
      {"5 .1.1", "-"},
  };
  for (const TextCase& c : kCases) EXPECT_EQ(Status(c.text), c.want) << c.text;
}

}  // namespace
}  // namespace mailsec::notify
