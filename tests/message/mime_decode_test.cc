#include "mailcore/message/mime_decode.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

// The octets, and "!" if the text was not well formed.
std::string Shown(const DecodedOctets& decoded) {
  return absl::StrCat(decoded.octets, decoded.well_formed ? "" : "!");
}

struct DecodeCase {
  absl::string_view text;
  absl::string_view want;
};

TEST(Base64Test, IsDecoded) {
  constexpr DecodeCase kCases[] = {
      {"", ""},
      {"YQ==", "a"},
      {"YWI=", "ab"},
      {"YWJj", "abc"},
      {"YWJj\r\nZGVm\r\n", "abcdef"},
      {"YW Jj\tZA==", "abcd"},
      {"+/+/", "\xFB\xFF\xBF"},
      // No padding, too much of it, and something after it.
      {"YQ", "a!"},
      {"YWI", "ab!"},
      {"YWJjZ", "abc!"},
      {"YQ=", "a!"},
      {"YWJj=", "abc!"},
      {"YQ===", "a!"},
      {"YQ==YQ==", "a!"},
      {"Y.W-I=", "ab!"},
      {"Y\xFCWI=", "ab!"},
      {"====", "!"},
  };
  for (const DecodeCase& c : kCases) {
    EXPECT_EQ(Shown(DecodeBase64(c.text)), c.want) << c.text;
  }
}

TEST(Base64Test, EveryOctetComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (size_t size = 0; size <= all.size(); ++size) {
    const absl::string_view octets = absl::string_view(all).substr(0, size);
    const DecodedOctets got = DecodeBase64(absl::Base64Escape(octets));
    EXPECT_EQ(got.octets, octets);
    EXPECT_TRUE(got.well_formed);
  }
}

TEST(QuotedPrintableTest, IsDecoded) {
  constexpr DecodeCase kCases[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"a=3Db", "a=b"},
      {"=C3=BC", "\xC3\xBC"},
      {"soft=\r\nbreak", "softbreak"},
      {"soft= \t\r\nbreak", "softbreak"},
      {"soft=\nbreak", "softbreak"},
      {"at the end=", "at the end"},
      {"hard\r\nbreak\n", "hard\r\nbreak\n"},
      // Blanks at the end of a line were put there on the way.
      {"a \t\r\nb  \n", "a\r\nb\n"},
      {"a  ", "a"},
      {"a=20\r\n", "a \r\n"},
      {"a =\r\n b", "a  b"},
      // Not legal, and read as it was meant.
      {"=c3=bc", "\xC3\xBC!"},
      {"=ZZ", "=ZZ!"},
      {"=4", "=4!"},
      {"a\xFC", "a\xFC!"},
      {"a\rb", "a\rb!"},
  };
  for (const DecodeCase& c : kCases) {
    EXPECT_EQ(Shown(DecodeQuotedPrintable(c.text)), c.want) << c.text;
  }
}

// A slow and obvious twin: line by line, each without its end.
std::string SlowQuotedPrintable(std::string text) {
  std::string out;
  while (!text.empty()) {
    const size_t line_feed = text.find('\n');
    std::string line = text.substr(0, line_feed);
    std::string end;
    if (line_feed != std::string::npos) {
      end = "\n";
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
        end = "\r\n";
      }
      text = text.substr(line_feed + 1);
    } else {
      text.clear();
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (!line.empty() && line.back() == '=') {
      line.pop_back();
      end.clear();
    }
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string digits = line.substr(i + 1, 2);
      if (line[i] == '=' && digits.size() == 2 &&
          absl::ascii_isxdigit(digits[0]) && absl::ascii_isxdigit(digits[1])) {
        out += absl::HexStringToBytes(digits);
        i += 2;
      } else {
        out += line[i];
      }
    }
    out += end;
  }
  return out;
}

TEST(QuotedPrintableTest, EveryShortTextAgreesWithTheTwin) {
  const std::string alphabet = "=4 \r\nx";
  std::vector<std::string> level = {""};
  size_t count = 0;
  for (int length = 0; length <= 6; ++length) {
    std::vector<std::string> next;
    for (const std::string& text : level) {
      ASSERT_EQ(DecodeQuotedPrintable(text).octets, SlowQuotedPrintable(text))
          << testing::PrintToString(text);
      ++count;
      for (const char c : alphabet) next.push_back(text + c);
    }
    level = std::move(next);
  }
  EXPECT_EQ(count, 55987u);
}

}  // namespace
}  // namespace mailsec::message
