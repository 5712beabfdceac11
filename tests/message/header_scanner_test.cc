#include "mailcore/message/header_scanner.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::message {
namespace {

using address::Address;

using OtherLines = HeaderScanner::OtherLines;

// "name=value" of each field, unfolded, then what is the body.
std::string Describe(absl::string_view content, OtherLines other_lines) {
  const HeaderScanner header(content, {.other_lines = other_lines});
  std::string out;
  for (const HeaderField& field : header.fields()) {
    absl::StrAppend(&out, field.name, "=", field.Unfolded(), "|");
  }
  if (header.has_other_lines()) out += "(other lines)";
  if (!header.has_end()) return out + "(no end)";
  absl::StrAppend(&out, "body=", content.substr(header.body_offset()));
  return out;
}

struct HeaderCase {
  const char* name;
  absl::string_view content;
  absl::string_view want;
} constexpr kHeaderCases[] = {
    {"FieldsAndBody", "A: 1\r\nB: 2\r\n\r\nbody\r\n", "A=1|B=2|body=body\r\n"},
    {"NoSpaceAfterTheColon", "A:1\r\n\r\n", "A=1|body="},
    {"EmptyValue", "A:\r\nB: \r\n\r\n", "A=|B=|body="},
    {"ColonsInTheValue", "A: b:c:d\r\n\r\n", "A=b:c:d|body="},
    {"Folded", "A: 1\r\n 2\r\n\t3\r\n\r\n", "A=1 2\t3|body="},
    {"FoldedToSpacesOnly", "A: 1\r\n  \r\nB: 2\r\n\r\n", "A=1|B=2|body="},
    {"ValueOnTheNextLine", "A:\r\n 1\r\n\r\n", "A=1|body="},
    {"SpaceBeforeTheColon", "A \t: 1\r\n\r\n", "A=1|body="},
    {"EmptyContent", "", "(no end)"},
    {"HeaderOnly", "A: 1\r\n", "A=1|(no end)"},
    {"CutInALine", "A: 1\r\nB: 2", "A=1|B=2|(no end)"},
    {"CutInALineEnd", "A: 1\r", "A=1|(no end)"},
    {"CutBeforeTheEmptyLine", "A: 1\r\n\r", "A=1|(other lines)body=\r"},
    {"BodyOnly", "\r\nbody", "body=body"},
    {"NoHeader", "just text\r\nA: 1\r\n",
     "(other lines)body=just text\r\n"
     "A: 1\r\n"},
    {"NoColonInTheMiddle", "A: 1\r\nno colon\r\nB: 2\r\n\r\nx",
     "A=1|(other lines)body=no colon\r\nB: 2\r\n\r\nx"},
    {"ContinuationOfNothing", " A: 1\r\n\r\nx",
     "(other lines)body= A: 1\r\n\r\nx"},
    {"NoName", ": 1\r\n\r\n", "(other lines)body=: 1\r\n\r\n"},
    {"SpaceInTheName", "A b: 1\r\n\r\n", "(other lines)body=A b: 1\r\n\r\n"},
    {"EightBitInTheName", "\xC3\xBC: 1\r\n\r\n",
     "(other lines)body=\xC3\xBC: 1\r\n\r\n"},
    {"EightBitInTheValue", "A: \xFF\r\n\r\n", "A=\xFF|body="},
    {"NulInTheValue", absl::string_view("A: \0\r\n\r\n", 8),
     absl::string_view("A=\0|body=", 9)},
    {"LineFeedsOnly", "A: 1\n 2\nB: 3\n\nbody", "A=1 2|B=3|body=body"},
    {"BareCrEndsNoLine", "A: 1\rB: 2\r\n\r\n", "A=1 B: 2|body="},
    {"BareCrsAreNoEmptyLine", "A: 1\r\r\r\n\r\n", "A=1|body="},
    {"CrCrLfIsNoEmptyLine", "A: 1\r\n\r\r\nx", "A=1|(other lines)body=\r\r\nx"},
    // SMUG-13
    {"Smug13OnlyAnEmptyLine", "\r\n", "body="},
    {"Smug13HeaderOnly", "h: v\r\n", "h=v|(no end)"},
};

class HeaderScannerTest : public testing::TestWithParam<HeaderCase> {};

TEST_P(HeaderScannerTest, FindsFieldsAndBody) {
  EXPECT_EQ(Describe(GetParam().content, OtherLines::kEndsSection),
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, HeaderScannerTest,
                         testing::ValuesIn(kHeaderCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

// A line that is no field hides none of those behind it.
TEST(HeaderOtherLinesTest, ArePassedOver) {
  const struct {
    const char* content;
    const char* want;
  } kCases[] = {
      {"A: 1\r\nno colon\r\nB: 2\r\n\r\nx", "A=1|B=2|(other lines)body=x"},
      {"just text\r\nA: 1\r\n", "A=1|(other lines)(no end)"},
      {" A: 1\r\nB: 2\r\n\r\nx", "B=2|(other lines)body=x"},
      {"A: 1\r\nno colon\r\n B: 2\r\n\r\nx", "A=1|(other lines)body=x"},
      {"A: 1\r\n\r\r\nB: 2\r\n\r\nx", "A=1|B=2|(other lines)body=x"},
      {"A: 1\r\nB: 2\r\n\r\nno colon", "A=1|B=2|body=no colon"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Describe(c.content, OtherLines::kPassedOver), c.want);
  }
  EXPECT_EQ(HeaderScanner("x\r\nReceived: a\r\n\r\n").hops(), 1u);
}

TEST(HeaderFieldsTest, AreFoundWithoutCopying) {
  const std::string content =
      "Message-ID: <1@example.com>\r\n"
      "Received: a\r\nRECEIVED: b\r\n"
      "Received-SPF: none\r\n\r\nReceived: c\r\n";
  const HeaderScanner header(content);
  const HeaderField* id = header.Find("message-id");
  ASSERT_NE(id, nullptr);
  EXPECT_EQ(id->value, " <1@example.com>");
  EXPECT_EQ(id->name.data(), content.data());
  EXPECT_EQ(id->Unfolded(), "<1@example.com>");
  EXPECT_EQ(header.hops(), 2u);
  EXPECT_EQ(header.Count("Received"), 2u);
  EXPECT_FALSE(header.Has("Date"));
  EXPECT_FALSE(header.has_8bit());
}

TEST(HeaderFieldsTest, EightBitCountsInTheHeaderOnly) {
  EXPECT_TRUE(HeaderScanner("Subject: \xC3\xBC\r\n\r\nx").has_8bit());
  EXPECT_FALSE(HeaderScanner("Subject: u\r\n\r\n\xC3\xBC").has_8bit());
}

TEST(HeaderFieldsTest, ADeliveredToOfThisMailboxIsALoop) {
  const std::string content =
      "Delivered-To: Bob@EXAMPLE.org\r\n"
      "Delivered-To: not an address\r\n\r\n";
  const HeaderScanner header(content);
  EXPECT_TRUE(header.WasDeliveredTo(*Address::Parse("bob@example.org")));
  EXPECT_FALSE(header.WasDeliveredTo(*Address::Parse("eve@example.org")));
}

// LIM-07: what would be much is counted and not kept.
TEST(HeaderLimitsTest, Lim07ManyFieldsAreCounted) {
  std::string content;
  for (int i = 0; i < 100000; ++i) content += "Received:\r\n";
  const HeaderScanner header(content);
  EXPECT_EQ(header.hops(), 100000u);
  EXPECT_EQ(header.field_count(), 100000u);
  EXPECT_EQ(header.fields().size(), HeaderScanner::Options().max_fields);
}

TEST(HeaderLimitsTest, Lim07LongFieldsAndNamesAreFields) {
  const std::string name(10000, 'n');
  const std::string content =
      absl::StrCat(name, ": ", std::string(10 << 20, 'v'), "\r\n\r\n");
  const HeaderScanner header(content);
  ASSERT_NE(header.Find(name), nullptr);
  EXPECT_EQ(header.Find(name)->Unfolded().size(), size_t{10} << 20);
}

TEST(HeaderLimitsTest, Lim07ContinuationsAreScannedOnce) {
  std::string content = "A: 1\r\n";
  for (int i = 0; i < 1000000; ++i) content += " x\r\n";
  const HeaderScanner header(content);
  EXPECT_EQ(header.field_count(), 1u);
  EXPECT_EQ(header.header_octets(), content.size());
}

bool SlowIsField(const std::string& line) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return false;
  std::string name = line.substr(0, colon);
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return !name.empty() && name.find_first_not_of('a') == std::string::npos;
}

// A slow and obvious twin: lines first, then what each of them is.
std::string SlowDescribe(const std::string& content, OtherLines other_lines) {
  std::vector<std::string> lines;
  std::string rest = content;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const size_t length = end == std::string::npos ? rest.size() : end + 1;
    lines.push_back(rest.substr(0, length));
    rest = rest.substr(length);
  }
  std::vector<std::string> fields;
  std::string end = "(no end)";
  bool has_other = false;
  bool goes_on = false;  // The line before is a field's.
  size_t at = 0;
  for (const std::string& line : lines) {
    if (line == "\n" || line == "\r\n") {
      end = "body=" + content.substr(at + line.size());
      break;
    }
    if (goes_on && line[0] == ' ') {
      fields.back() += line;
    } else if (SlowIsField(line)) {
      fields.push_back(line);
      goes_on = true;
    } else {
      has_other = true;
      goes_on = false;
      if (other_lines == OtherLines::kEndsSection) {
        end = "body=" + content.substr(at);
        break;
      }
    }
    at += line.size();
  }
  std::string out;
  for (const std::string& field : fields) {
    const size_t colon = field.find(':');
    std::string value = field.substr(colon + 1);
    for (size_t i; (i = value.find("\r\n")) != std::string::npos;) {
      value.erase(i, 2);
    }
    // A cut line may end in the first half of its line end.
    if (!value.empty() && value.back() == '\r') value.pop_back();
    for (size_t i; (i = value.find('\n')) != std::string::npos;) {
      value.erase(i, 1);
    }
    for (char& c : value) c = c == '\r' ? ' ' : c;
    while (!value.empty() && value.front() == ' ') value.erase(0, 1);
    while (!value.empty() && value.back() == ' ') value.pop_back();
    std::string name = field.substr(0, colon);
    while (name.back() == ' ') name.pop_back();
    out += name + "=" + value + "|";
  }
  return out + (has_other ? "(other lines)" : "") + end;
}

TEST(HeaderExhaustiveTest, EveryShortContentAgreesWithTheTwin) {
  const std::string alphabet = "a: \r\n";
  std::vector<std::string> level = {""};
  int count = 0;
  for (int length = 0; length <= 8; ++length) {
    std::vector<std::string> next;
    for (const std::string& content : level) {
      for (const OtherLines other_lines :
           {OtherLines::kPassedOver, OtherLines::kEndsSection}) {
        ASSERT_EQ(Describe(content, other_lines),
                  SlowDescribe(content, other_lines))
            << testing::PrintToString(content);
      }
      ++count;
      if (length == 8) continue;
      for (const char c : alphabet) next.push_back(content + c);
    }
    level = std::move(next);
  }
  EXPECT_EQ(count, 488281);
}

}  // namespace
}  // namespace mailsec::message
