#include "mailcore/message/in_front.h"

#include <string>

#include "gtest/gtest.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {
namespace {

struct FrontCase {
  const char* name;  // The requirement in words; it names the test.
  std::string content;
  const char* between;
};

const FrontCase kFrontCases[] = {
    {"AFieldFollowsAtOnce", "Subject: x\r\n\r\nbody\r\n", ""},
    {"AnEmptyLineIsEnough", "\r\n by evil.example\r\n", ""},
    {"ABareLineFeedIsOneToo", "\n by evil.example\r\n", ""},
    {"NoContentNeedsNone", "", ""},
    {"ALineWithoutAColonIsNoContinuation", "Hello\r\n", ""},
    {"ABlankWouldContinueOurField", " by evil.example with ESMTPSA\r\n",
     "\r\n"},
    {"SoWouldATab", "\tby evil.example\r\n", "\r\n"},
    {"SoWouldALineOfBlanks", " \r\nSubject: x\r\n", "\r\n"},
    {"SomeReadersTakeAnyWhiteSpace", "\v\fby evil.example\r\n", "\r\n"},
    {"AFieldHasAName", ": x\r\n", "\r\n"},
    {"OctetsAbove0x7FBeginNoField",
     "\xC2\xA0"
     "by evil.example\r\n",
     "\r\n"},
    {"NorDoesNul", std::string("\0 by", 4), "\r\n"},
};

class InFrontTest : public testing::TestWithParam<FrontCase> {};

TEST_P(InFrontTest, OurFieldEndsWhereWeEndIt) {
  const FrontCase& c = GetParam();
  const std::string whole =
      InFront("Received: from x\r\n\tby us\r\n", c.content);
  EXPECT_EQ(whole, "Received: from x\r\n\tby us\r\n" + std::string(c.between) +
                       c.content);
  const HeaderScanner header(whole);
  ASSERT_NE(header.Find("Received"), nullptr);
  EXPECT_EQ(header.Find("Received")->Unfolded(), "from x\tby us");
}

INSTANTIATE_TEST_SUITE_P(Table, InFrontTest, testing::ValuesIn(kFrontCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::message
