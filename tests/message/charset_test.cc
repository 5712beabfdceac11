#include "mailcore/message/charset.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/base/utf8.h"

namespace mailsec::message {
namespace {

struct CharsetCase {
  const char* name;
  absl::string_view charset;
  absl::string_view octets;
  absl::string_view want;
  bool want_known = true;
  bool want_well_formed = true;
} constexpr kCases[] = {
    {"AsciiIsItself", "us-ascii", "abc\r\n", "abc\r\n"},
    {"AsciiHasNoMore", "US-ASCII", "a\xFC", "a\uFFFD", true, false},
    {"Utf8IsItself", "UTF-8", "\xC3\xBC", "ü"},
    {"Utf8MustBeValid", "utf8", "a\xC3", "a\uFFFD", true, false},
    {"Utf8HasNoSurrogates", "utf-8", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", true,
     false},
    {"Latin1", "ISO-8859-1", "\xFC\xDF\xFF\xA0", "üßÿ\u00A0"},
    {"Windows1252", "windows-1252", "\x80 \x93q\x94", "€ “q”"},
    {"Latin1IsMeantAsWindows1252", "latin1", "\x85", "…"},
    {"Windows1252HasGaps", "cp1252", "\x81", "\uFFFD", true, false},
    {"UnknownKeepsUtf8", "koi8-r", "\xC3\xBC\xFF", "ü\uFFFD", false, false},
    {"UnknownOfAsciiIsReadable", "x-mine", "abc", "abc", false},
    {"NoNameIsUnknown", "", "abc", "abc", false},
};

class CharsetTest : public testing::TestWithParam<CharsetCase> {};

TEST_P(CharsetTest, BecomesUtf8) {
  const CharsetCase& c = GetParam();
  const DecodedText got = ToUtf8(c.octets, c.charset);
  EXPECT_EQ(got.utf8, c.want);
  EXPECT_EQ(got.known_charset, c.want_known);
  EXPECT_EQ(got.well_formed, c.want_well_formed);
}

INSTANTIATE_TEST_SUITE_P(Table, CharsetTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(CharsetOctetsTest, EveryOctetBecomesValidUtf8) {
  for (absl::string_view charset :
       {"us-ascii", "utf-8", "iso-8859-1", "windows-1252", "?"}) {
    for (int octet = 0; octet < 256; ++octet) {
      const std::string text(1, static_cast<char>(octet));
      EXPECT_TRUE(base::IsValidUtf8(ToUtf8(text, charset).utf8))
          << charset << " " << octet;
    }
  }
}

}  // namespace
}  // namespace mailsec::message
