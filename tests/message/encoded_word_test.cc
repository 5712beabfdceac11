#include "mailcore/message/encoded_word.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

struct WordCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
  bool want_malformed = false;
} constexpr kCases[] = {
    {"NoWord", "plain text", "plain text"},
    {"Q", "=?utf-8?q?gr=C3=BCn?=", "grün"},
    {"B", "=?UTF-8?B?Z3LDvG4=?=", "grün"},
    {"UnderscoreIsABlank", "=?us-ascii?Q?a_b=5Fc_?=", "a b_c "},
    {"Latin1", "=?iso-8859-1?q?gr=FCn?=", "grün"},
    {"WithALanguage", "=?utf-8*de?q?gr=C3=BCn?=", "grün"},
    {"AmongText", "Re: =?utf-8?q?=C3=BC?= 1", "Re: ü 1"},
    {"BlanksBetweenTwoGo", "=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
    {"BlanksToTextStay", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
    {"UnknownCharsetStays", "=?koi8-r?q?=C1?= x", "=?koi8-r?q?=C1?= x"},
    {"Empty",
     "=?utf-8?q?"
     "?=",
     ""},
    {"OnlyTheSigns", "a =? b ?= c", "a =? b ?= c"},
    {"NoEncoding", "=?utf-8?=", "=?utf-8?="},
    {"EightBitText", "gr\xFCn", "gr\uFFFDn"},
    // What was meant as one and is not legal.
    {"Blank", "=?utf-8?q?two words?=", "two words", true},
    {"CutOff", "=?utf-8?q?abc", "=?utf-8?q?abc", true},
    {"OtherEncoding", "=?utf-8?x?abc?=", "=?utf-8?x?abc?=", true},
    {"BadBase64", "=?utf-8?b?Z3L?=", "gr", true},
    {"BadHex", "=?utf-8?q?=ZZ?=", "=ZZ", true},
    {"BadUtf8", "=?utf-8?q?=FC?=", "\uFFFD", true},
    {"QuestionMarkInside", "=?utf-8?q?a?b?=", "a?b", true},
};

class EncodedWordTest : public testing::TestWithParam<WordCase> {};

TEST_P(EncodedWordTest, IsDecodedAndJudged) {
  const WordCase& c = GetParam();
  EXPECT_EQ(DecodeEncodedWords(c.text), c.want);
  EXPECT_EQ(HasMalformedEncodedWord(c.text), c.want_malformed);
}

INSTANTIATE_TEST_SUITE_P(Table, EncodedWordTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(EncodedWordLimitsTest, SeventyFiveOctetsAreTheMost) {
  const std::string longest =
      absl::StrCat("=?utf-8?q?", std::string(63, 'a'), "?=");
  EXPECT_EQ(longest.size(), 75u);
  EXPECT_FALSE(HasMalformedEncodedWord(longest));
  EXPECT_TRUE(HasMalformedEncodedWord(
      absl::StrCat("=?utf-8?q?", std::string(64, 'a'), "?=")));
}

TEST(EncodedWordLimitsTest, ManyBeginningsTakeLinearTime) {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "=?a?q?";
  EXPECT_EQ(DecodeEncodedWords(text), text);
  EXPECT_TRUE(HasMalformedEncodedWord(text));
}

}  // namespace
}  // namespace mailsec::message
