#include "mailcore/base/log_safe.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::base {
namespace {

struct LogSafeCase {
  const char* name;
  absl::string_view text;
  const char* want;
} constexpr kLogSafeCases[] = {
    {"PlainTextStays", "hello, world", "hello, world"},
    {"Utf8Stays",
     "Gr\xC3\xBC\xC3\x9F"
     "e",
     "Gr\xC3\xBC\xC3\x9F"
     "e"},
    {"LineEndsCannotForgeALine", "a\r\nb", "a\\x0d\\x0ab"},
    {"EscapeCannotDriveATerminal", "\x1b]0;x\x07", "\\x1b]0;x\\x07"},
    {"NulIsShown", absl::string_view("a\0b", 3), "a\\x00b"},
    {"DeleteIsShown", "\x7f", "\\x7f"},
    {"BackslashCannotForgeAnEscape", "\\x0a", "\\x5cx0a"},
    {"BrokenUtf8IsShown", "\xff\xc3", "\\xff\\xc3"},
    {"OverlongLineFeedIsShown", "\xc0\x8a", "\\xc0\\x8a"},
    {"SurrogateIsShown", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"C1ControlIsShown", "\xc2\x9b", "\\xc2\\x9b"},
    {"LineSeparatorIsShown", "\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
    {"RightToLeftOverrideIsShown", "\xe2\x80\xae", "\\xe2\\x80\\xae"},
};

class LogSafeTest : public testing::TestWithParam<LogSafeCase> {};

TEST_P(LogSafeTest, Escapes) {
  EXPECT_EQ(LogSafe(GetParam().text), GetParam().want);
  EXPECT_EQ(IsLogSafe(GetParam().text), GetParam().text == GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, LogSafeTest, testing::ValuesIn(kLogSafeCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Every octet, and every pair of octets, comes out printable and in bounds.
TEST(LogSafeExhaustiveTest, NoControlOctetSurvives) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      for (const char octet : LogSafe(text)) {
        ASSERT_TRUE(static_cast<unsigned char>(octet) >= 0x20 && octet != 0x7F)
            << a << " " << b;
      }
    }
  }
}

TEST(LogSafeLimitTest, CutsAtAWholeCharacter) {
  EXPECT_EQ(LogSafe("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(LogSafe("abcdefghi", 8), "abcde...");
  EXPECT_EQ(LogSafe("abcd\r\n", 8), "abcd...");
  EXPECT_EQ(LogSafe("abcd\xC3\xBC\xC3\xBC\xC3\xBC", 8), "abcd...");
}

TEST(LogSafeLimitTest, BoundsWhatAMegabyteOfControlsBecomes) {
  EXPECT_LE(LogSafe(std::string(1 << 20, '\x1b')).size(), kMaxLogSafeOctets);
}

TEST(PrintableAsciiTest, ReplacesRunsByOneMark) {
  EXPECT_EQ(PrintableAscii("a\r\nb\xC3\xBC\x1b", 100), "a?b?");
  EXPECT_EQ(PrintableAscii("abcdef", 3), "abc");
}

}  // namespace
}  // namespace mailsec::base
