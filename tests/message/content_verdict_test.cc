#include "mailcore/message/content_verdict.h"

#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

TEST(ContentVerdictTest, NamesGoBothWays) {
  for (const ContentVerdict verdict :
       {ContentVerdict::kUnknown, ContentVerdict::kClean, ContentVerdict::kSpam,
        ContentVerdict::kMalware}) {
    EXPECT_EQ(ParseContentVerdict(ContentVerdictName(verdict)), verdict);
  }
  EXPECT_EQ(ParseContentVerdict("Spam"), ContentVerdict::kSpam);
  for (const char* none : {"", "ham", "spam ", "cleanest"}) {
    EXPECT_EQ(ParseContentVerdict(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace mailsec::message
