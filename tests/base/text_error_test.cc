#include "mailcore/base/text_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::base {
namespace {

TEST(TextErrorsTest, SayWhereEachErrorIs) {
  TextErrors errors;
  EXPECT_TRUE(errors.empty());
  EXPECT_TRUE(errors.status().ok());
  errors.Add(3, 9, "no domain");
  errors.Add(12, 1, "listed twice");
  EXPECT_FALSE(errors.empty());
  EXPECT_TRUE(absl::IsInvalidArgument(errors.status()));
  EXPECT_EQ(errors.status().message(),
            "line 3, column 9: no domain\nline 12, column 1: listed twice");
}

TEST(TextErrorsTest, AreTakenOnce) {
  TextErrors errors;
  errors.Add(3, 9, "no domain");
  const std::vector<TextError> taken = errors.Take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].line, 3);
  EXPECT_EQ(taken[0].column, 9);
  EXPECT_EQ(taken[0].message, "no domain");
  EXPECT_TRUE(errors.empty());
}

TEST(TextErrorsTest, KeepTheFirstTwenty) {
  TextErrors errors;
  for (int i = 1; i <= 100; ++i) errors.Add(i, 1, absl::StrCat("number ", i));
  const std::vector<TextError> taken = errors.Take();
  ASSERT_EQ(taken.size(), TextErrors::kMaxErrors);
  EXPECT_EQ(taken.back().message, "number 20");
}

TEST(QuotedTextTest, IsShortAndPrintable) {
  EXPECT_EQ(QuotedText("bob@"), "\"bob@\"");
  EXPECT_EQ(QuotedText("a\nb\x1b[2J"), "\"a\\x0ab\\x1b[2J\"");
  EXPECT_EQ(QuotedText(std::string(1000, 'a')).size(), 82u);
}

}  // namespace
}  // namespace mailsec::base
