#include "mailcore/message/verdict_field.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {
namespace {

struct FieldCase {
  const char* name;  // The requirement in words; it names the test.
  VerdictField field;
  const char* want;
};

const FieldCase kCases[] = {
    {"NobodyLooked", {}, "X-Mailsec-Verdict: unknown\r\n"},
    {"SpamSaysAllThereIs",
     {.verdict = ContentVerdict::kSpam,
      .score = 7.2,
      .scanners = {"clamd", "rspamd"},
      .symbols = {"A", "B_1"},
      .spam_flag = true},
     "X-Mailsec-Verdict: spam; score=7.2; scanner=clamd, rspamd; symbols=A, "
     "B_1\r\nX-Spam-Flag: YES\r\n"},
    {"MalwareHasItsSignature",
     {.verdict = ContentVerdict::kMalware,
      .scanners = {"clamd"},
      .signature = "Win.Test.EICAR_HDB-1"},
     "X-Mailsec-Verdict: malware; scanner=clamd; "
     "signature=Win.Test.EICAR_HDB-1\r\n"},
    {"UnscannablePartsAreNamed",
     {.scanners = {"clamd"}, .unscannable = true},
     "X-Mailsec-Verdict: unknown; scanner=clamd; unscannable\r\n"},
    {"ScoresHaveTwoDigits",
     {.verdict = ContentVerdict::kClean, .score = -0.1234},
     "X-Mailsec-Verdict: clean; score=-0.12\r\n"},
    {"ScoreThatIsNoNumberIsLeftOut",
     {.verdict = ContentVerdict::kClean,
      .score = std::numeric_limits<double>::quiet_NaN()},
     "X-Mailsec-Verdict: clean\r\n"},
    {"InfiniteScoreIsLeftOut",
     {.verdict = ContentVerdict::kClean,
      .score = std::numeric_limits<double>::infinity()},
     "X-Mailsec-Verdict: clean\r\n"},
    {"NothingBreaksOut",
     {.scanners = {"a\r\nX-Evil: 1", ""},
      .signature = "b; score=0",
      .symbols = {"c,d=\"\xC3\xA4\"", std::string("\0\x1b[2J", 5)}},
     "X-Mailsec-Verdict: unknown; scanner=a__X-Evil:_1, _; "
     "signature=b__score_0;\r\n\tsymbols=c_d_____, ___2J\r\n"},
};

class VerdictFieldCases : public testing::TestWithParam<FieldCase> {};

TEST_P(VerdictFieldCases, AreWritten) {
  EXPECT_EQ(GetParam().field.ToFields(), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, VerdictFieldCases, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(VerdictFieldTest, IsFoldedAndBounded) {
  const VerdictField field = {
      .verdict = ContentVerdict::kMalware,
      .score = -std::numeric_limits<double>::max(),
      .scanners = std::vector<std::string>(1000, std::string(500, 's')),
      .signature = std::string(5000, 'm'),
      .symbols = std::vector<std::string>(1000, std::string(500, 'y')),
      .unscannable = true};
  const std::string text = field.ToFields();
  EXPECT_LE(text.size(), kMaxVerdictFieldOctets);
  const HeaderScanner header(absl::StrCat(text, "\r\n"));
  EXPECT_EQ(header.field_count(), 1u);
  EXPECT_FALSE(header.has_other_lines());
  for (const absl::string_view line : absl::StrSplit(text, "\r\n")) {
    EXPECT_LE(line.size(), 78u) << line;
  }
  EXPECT_NE(text.find("+975"), std::string::npos) << text;
}

TEST(VerdictFieldTest, OneOctetOfEveryKindStaysWithinItsToken) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text(3, static_cast<char>(octet));
    const std::string token = VerdictToken(text);
    EXPECT_EQ(token.size(), 3u);
    EXPECT_EQ(token.find_first_of(" \t\r\n,;=\"()\\"), std::string::npos);
    EXPECT_EQ(VerdictToken(token), token);
    for (const char c : token) EXPECT_TRUE(c > 32 && c < 127);
  }
}

}  // namespace
}  // namespace mailsec::message
