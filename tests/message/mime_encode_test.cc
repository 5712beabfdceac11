#include "mailcore/message/mime_encode.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/base/utf8.h"

namespace mailsec::message {
namespace {

struct PlainCase {
  const char* name;
  std::string text;
  bool want_7bit;
  bool want_8bit;
};

const PlainCase kPlain[] = {
    {"Empty", "", true, true},
    {"Lines", "a\tb\r\n\r\nc\r\n", true, true},
    {"NoLastLineEnd", "a", false, false},
    {"BareLf", "a\nb\r\n", false, false},
    {"BareCr", "a\rb\r\n", false, false},
    {"CrBeforeCrlf", "a\r\r\n", false, false},
    {"Nul", std::string("a\0\r\n", 4), false, false},
    {"Delete", "\x7F\r\n", false, false},
    {"LineOf998", std::string(998, 'a') + "\r\n", true, true},
    {"LineOf999", std::string(999, 'a') + "\r\n", false, false},
    {"Utf8", "\xC3\xBC\r\n", false, true},
    {"Latin1", "\xFC\r\n", false, false},
    {"C1Control", "\xC2\x85\r\n", false, false},
    {"CutCharacter", "\xE2\x82\r\n", false, false},
};

class PlainTest : public testing::TestWithParam<PlainCase> {};

TEST_P(PlainTest, SaysWhatCanGoAsItIs) {
  EXPECT_EQ(IsPlain7Bit(GetParam().text), GetParam().want_7bit);
  EXPECT_EQ(IsPlain8Bit(GetParam().text), GetParam().want_8bit);
}

INSTANTIATE_TEST_SUITE_P(Table, PlainTest, testing::ValuesIn(kPlain),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

struct QuotedCase {
  const char* name;
  std::string text;
  std::string want;
};

const QuotedCase kQuoted[] = {
    {"Empty", "", ""},
    {"Plain", "a b\tc\r\n", "a b\tc\r\n"},
    {"EqualsSign", "a=b\r\n", "a=3Db\r\n"},
    {"Utf8", "\xC3\xBC\r\n", "=C3=BC\r\n"},
    {"BlankAtTheEnd", "a \r\nb\t\r\n", "a=20\r\nb=09\r\n"},
    {"BareLineEnds", "a\rb\nc\r\n", "a=0Db=0Ac\r\n"},
    {"CrCrlf", "a\r\r\n", "a=0D\r\n"},
    {"NoLastLineEnd", "a", "a=\r\n"},
    {"LongLine", std::string(100, 'a') + "\r\n",
     std::string(75, 'a') + "=\r\n" + std::string(25, 'a') + "\r\n"},
};

class QuotedTest : public testing::TestWithParam<QuotedCase> {};

TEST_P(QuotedTest, Encodes) {
  EXPECT_EQ(EncodeQuotedPrintable(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, QuotedTest, testing::ValuesIn(kQuoted),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Undoes RFC 2045, 6.7.
std::string Unquoted(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

// Strings of the octets that matter.
std::string RandomText(std::mt19937& random) {
  static constexpr absl::string_view kPieces[] = {
      "\r\n", "\r", "\n", " ",        "\t",   "=",    "a",       "?",
      "_",    ".",  "=?", "\xC3\xBC", "\xFC", "\x01", "bcdefgh", "-"};
  std::string out;
  for (uint32_t i = random() % 200; i > 0; --i) {
    absl::StrAppend(&out, kPieces[random() % 16]);
  }
  return out;
}

TEST(QuotedTest, ComesBackAndKeepsToItsLines) {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = RandomText(random);
    const std::string encoded = EncodeQuotedPrintable(text);
    ASSERT_EQ(Unquoted(encoded), text);
    ASSERT_TRUE(IsPlain7Bit(encoded));
    for (absl::string_view line : absl::StrSplit(encoded, "\r\n")) {
      ASSERT_LE(line.size(), 76u);
      ASSERT_TRUE(line.empty() || (line.back() != ' ' && line.back() != '\t'));
    }
  }
}

struct WordsCase {
  const char* name;
  std::string text;
  std::string want;
};

const WordsCase kWords[] = {
    {"AsciiStays", "Undelivered mail", "Undelivered mail"},
    {"Utf8", "Verz\xC3\xB6gert: x_y", "=?utf-8?Q?Verz=C3=B6gert:_x=5Fy?="},
    {"LooksLikeAWord",
     "=?utf-8?Q?x?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?="},
    {"NotUtf8", "a\xFC", "=?utf-8?Q?a=EF=BF=BD?="},
    {"ControlsAreBlanks", "a\r\nb", "=?utf-8?Q?a__b?="},
};

class WordsTest : public testing::TestWithParam<WordsCase> {};

TEST_P(WordsTest, Encodes) {
  EXPECT_EQ(EncodeWords(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, WordsTest, testing::ValuesIn(kWords),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(WordsTest, NoWordCutsACharacterOrIsTooLong) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = RandomText(random) + "\xE2\x82\xAC";
    for (absl::string_view word : absl::StrSplit(EncodeWords(text), "\r\n ")) {
      ASSERT_LE(word.size(), 75u);
      ASSERT_EQ(word.substr(0, 10), "=?utf-8?Q?");
      ASSERT_EQ(word.substr(word.size() - 2), "?=");
      const std::string inner(word.substr(10, word.size() - 12));
      ASSERT_TRUE(base::IsValidUtf8(Unquoted(inner)));
    }
  }
}

struct FieldCase {
  const char* name;
  std::string value;
  std::string want;
};

const FieldCase kFields[] = {
    {"Short", "a  b", "X: a b\r\n"},
    {"Empty", "", "X:\r\n"},
    {"LinesStay", "a\nb\n\nc", "X: a\r\n b\r\n c\r\n"},
    {"FoldedAtBlanks", std::string(70, 'a') + " " + std::string(10, 'b'),
     "X: " + std::string(70, 'a') + "\r\n " + std::string(10, 'b') + "\r\n"},
    {"LongWordIsCut", std::string(1000, 'a'),
     "X: " + std::string(900, 'a') + "\r\n " + std::string(100, 'a') + "\r\n"},
};

class FieldTest : public testing::TestWithParam<FieldCase> {};

TEST_P(FieldTest, Folds) {
  EXPECT_EQ(FoldedField("X", GetParam().value), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, FieldTest, testing::ValuesIn(kFields),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(EncodeTextTest, ChoosesTheLeastEncoding) {
  EXPECT_EQ(EncodeText("text/plain", "a\r\n").ToString(),
            "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n"
            "\r\na\r\n");
  EXPECT_EQ(EncodeText("text/plain", "\xC3\xBC\r\n").encoding,
            "quoted-printable");
  EXPECT_EQ(EncodeText("text/plain", "\xC3\xBC\r\n", true).encoding, "8bit");
  EXPECT_EQ(EncodeText("text/plain", "\xFC\r\n", true).encoding,
            "quoted-printable");
}

// RFC 5322, 2.1.1 and RFC 2047, 2: 78 octets a line, 75 an encoded-word.
TEST(EncodedFieldTest, StandsInShortLinesWhateverItHolds) {
  const auto times = [](const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
  };
  const struct {
    const char* what;
    std::string text;
    std::string field;  // Empty: only its lines matter.
  } kRows[] = {
      {"plain", "hello there", "Subject: hello there\r\n"},
      {"umlauts", "gr\xC3\xBCn", "Subject: =?utf-8?Q?gr=C3=BCn?=\r\n"},
      {"what looks encoded",
       "=?a?Q?b?=", "Subject: =?utf-8?Q?=3D=3Fa=3FQ=3Fb=3F=3D?=\r\n"},
      {"many words", times("word ", 100), ""},
      {"many umlauts", times("\xC3\xBC", 300), ""},
      {"a word that fills the first line", times("x", 69),
       "Subject: " + times("x", 69) + "\r\n"},
      {"a word that does not fit it", times("x", 70), ""},
      {"a word that fits the second", "a " + times("x", 77), ""},
      {"a word that fits no line", times("x", 2000), ""},
      {"no UTF-8", times("\xFF", 200), ""},
      {"line ends", "a\r\nb: c", "Subject: =?utf-8?Q?a__b:_c?=\r\n"},
  };
  for (const auto& row : kRows) {
    const std::string field = EncodedField("Subject", row.text);
    if (!row.field.empty()) {
      EXPECT_EQ(field, row.field) << row.what;
    }
    size_t begin = 0;
    while (begin < field.size()) {
      const size_t end = field.find("\r\n", begin);
      ASSERT_NE(end, std::string::npos) << row.what;
      EXPECT_LE(end - begin, 78u) << row.what;
      EXPECT_EQ(begin > 0, field[begin] == ' ') << row.what;
      begin = end + 2;
    }
  }
}

}  // namespace
}  // namespace mailsec::message
