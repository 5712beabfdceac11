#include "mailcore/io/clamd_answer.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::io {
namespace {

using Outcome = policy::ScanResult::Outcome;

struct AnswerCase {
  const char* name;  // The requirement in words; it names the test.
  const char* answer;
  Outcome want;
  const char* want_signature;
} constexpr kCases[] = {
    {"OkIsClean", "stream: OK", Outcome::kClean, ""},
    {"FoundIsMalware", "stream: Eicar-Signature FOUND", Outcome::kMalware,
     "Eicar-Signature"},
    {"SignatureMayHoldSpaces", "stream: A b (c) FOUND", Outcome::kMalware,
     "A b (c)"},
    {"EncryptedIsUnscannable", "stream: Heuristics.Encrypted.Zip FOUND",
     Outcome::kUnscannable, ""},
    {"AboveALimitIsUnscannable",
     "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
     Outcome::kUnscannable, ""},
    {"OtherHeuristicsAreMalware",
     "stream: Heuristics.Phishing.Email.SpoofedDomain FOUND", Outcome::kMalware,
     "Heuristics.Phishing.Email.SpoofedDomain"},
    {"SizeLimitIsTooLarge", "INSTREAM size limit exceeded. ERROR",
     Outcome::kTooLarge, ""},
    {"EmptyIsNoAnswer", "", Outcome::kCannotTell, ""},
    {"OkAloneIsNoAnswer", "OK", Outcome::kCannotTell, ""},
    {"CaseMatters", "stream: ok", Outcome::kCannotTell, ""},
    {"OkWithMoreIsNoAnswer", "stream: OK ", Outcome::kCannotTell, ""},
    {"OkOfAnotherIsNoAnswer", "/etc/passwd: OK", Outcome::kCannotTell, ""},
    {"FoundWithoutANameIsNoAnswer", "stream:  FOUND", Outcome::kCannotTell, ""},
    {"FoundAloneIsNoAnswer", "stream: FOUND", Outcome::kCannotTell, ""},
    {"ErrorIsNoAnswer", "stream: Can't allocate memory ERROR",
     Outcome::kCannotTell, ""},
    {"UnknownCommandIsNoAnswer", "UNKNOWN COMMAND", Outcome::kCannotTell, ""},
    {"TimeoutIsNoAnswer", "COMMAND READ TIMED OUT", Outcome::kCannotTell, ""},
};

class ClamdAnswerTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(ClamdAnswerTest, IsRead) {
  const policy::ScanResult said = ReadClamdAnswer(GetParam().answer);
  EXPECT_EQ(said.outcome, GetParam().want);
  EXPECT_EQ(said.signature, GetParam().want_signature);
  EXPECT_FALSE(said.would_refuse);
  EXPECT_TRUE(base::IsLogSafe(said.why));
}

INSTANTIATE_TEST_SUITE_P(Table, ClamdAnswerTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Every cut and every changed octet of "stream: OK" is no answer.
TEST(ClamdAnswerExhaustiveTest, OnlyTheExactAnswerIsClean) {
  const std::string clean = "stream: OK";
  for (size_t at = 0; at < clean.size(); ++at) {
    EXPECT_NE(ReadClamdAnswer(clean.substr(0, at)).outcome, Outcome::kClean);
    for (int octet = 0; octet < 256; ++octet) {
      std::string changed = clean;
      changed[at] = static_cast<char>(octet);
      if (changed == clean) continue;
      EXPECT_NE(ReadClamdAnswer(changed).outcome, Outcome::kClean);
    }
  }
}

TEST(ClamdVersionTest, HasADate) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const auto made =
      ReadClamdVersion("ClamAV 1.4.6/27800/Thu Nov  5 09:12:01 2026", utc);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(absl::FormatTime(*made, utc), "2026-11-05T09:12:01+00:00");
  const auto two_digits =
      ReadClamdVersion("ClamAV 1.4.6/27800/Wed Nov 25 09:12:01 2026", utc);
  EXPECT_EQ(*two_digits - *made, absl::Hours(480));
}

TEST(ClamdVersionTest, MayHaveNone) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_TRUE(absl::IsNotFound(ReadClamdVersion("ClamAV 1.4.6", utc).status()));
  for (const char* text : {"", "x", "ClamAV 1/2/yesterday", "ClamAV 1/2/"}) {
    EXPECT_TRUE(absl::IsUnavailable(ReadClamdVersion(text, utc).status()))
        << text;
  }
}

}  // namespace
}  // namespace mailsec::io
