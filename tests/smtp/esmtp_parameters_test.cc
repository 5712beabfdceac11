#include "mailcore/smtp/esmtp_parameters.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"
#include "mailcore/smtp/xtext.h"

namespace mailsec::smtp {
namespace {

TEST(ParseSizeTest, TakesUpToTwentyDigits) {
  EXPECT_EQ(ParseSize("0"), 0u);
  EXPECT_EQ(ParseSize("18446744073709551615"),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(ParseSize("99999999999999999999"),
            std::numeric_limits<uint64_t>::max());
  for (const char* bad :
       {"", "-1", "+5", "1e9", " 1", "0x1", "100000000000000000000"}) {
    EXPECT_FALSE(ParseSize(bad)) << bad;
  }
}

TEST(XtextTest, EveryPrintableOctetComesBack) {
  std::string all;
  for (char c = 0x20; c < 0x7F; ++c) all += c;
  EXPECT_EQ(DecodeXtext(EncodeXtext(all)), all);
}

TEST(XtextTest, RefusesWhatIsNotXtext) {
  for (const char* bad :
       {"a=b", "+", "+2", "+GG", "a b", "+0A", "+00", "+7F", "+C3", "\xC3"}) {
    EXPECT_FALSE(DecodeXtext(bad)) << bad;
  }
}

TEST(UnitextTest, DecodesPointsAndUtf8) {
  EXPECT_EQ(DecodeUnitext("a\\x{20AC}\xC3\xB6"), "a\xE2\x82\xAC\xC3\xB6");
  EXPECT_EQ(DecodeUnitext("\\x{1F600}"), "\xF0\x9F\x98\x80");
  for (const char* bad : {"\\x{}", "\\x{A}", "\\x{D800}", "\\x{110000}",
                          "\\xF6", "\\x{85}", "\xFF", "\\"}) {
    EXPECT_FALSE(DecodeUnitext(bad)) << bad;
  }
}

// RFC 6533, 3: the digits of HEXPOINT, as whoever wrote it wrote them.
TEST(UnitextTest, KeepsItsHexDigits) {
  for (const char* text : {"b\\x{FC}b@example.org", "\\x{20AC}@example.org",
                           "\\x{1F600}", "a\\x{5C}\\x{2B}\\x{3D}\\x{20}"}) {
    EXPECT_EQ(EncodeUnitext(*DecodeUnitext(text)), text);
  }
}

TEST(UnitextTest, ComesBackThroughXtext) {
  const std::string address = "b\xC3\xB6\\+=x@\xE2\x82\xAC.example";
  const auto xtext = DecodeXtext(EncodeUnitext(address));
  ASSERT_TRUE(xtext);
  EXPECT_EQ(DecodeUnitext(*xtext), address);
}

// What came in with a message goes on to the next hop as it was.
TEST(FormatDsnParametersTest, ParsesToTheSame) {
  for (const char* words :
       {"", "RET=FULL", "RET=HDRS ENVID=a+2Bb", "ENVID=x+20y"}) {
    const auto first = ParseMailParameters(words, true);
    const std::string again =
        FormatDsnParameters(std::get<MailParameters>(first));
    EXPECT_EQ(ParseMailParameters(again, true), first) << words;
  }
  for (const char* words :
       {"", "NOTIFY=NEVER", "NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a@b",
        "ORCPT=utf-8;b\\x{F6}@example.org"}) {
    const auto first = ParseRcptParameters(words, true, false);
    const std::string again =
        FormatDsnParameters(std::get<RcptParameters>(first));
    EXPECT_EQ(ParseRcptParameters(again, true, false), first) << words;
  }
}

// What a caller puts into a value stays one word of its command.
TEST(FormatDsnParametersTest, ATypeThatIsNoneIsNotWritten) {
  for (const char* type : {"", "rfc822;x\r\nRCPT TO:<eve@example.org>",
                           "rfc822 NOTIFY=NEVER", "a=b", "\xC3\xBC"}) {
    RcptParameters rcpt;
    rcpt.original_type = type;
    rcpt.original_recipient = "a@example.org";
    EXPECT_EQ(FormatDsnParameters(rcpt), "") << type;
  }
}

}  // namespace
}  // namespace mailsec::smtp
