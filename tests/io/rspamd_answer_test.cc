#include "mailcore/io/rspamd_answer.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::io {
namespace {

using policy::ScanResult;
using Outcome = ScanResult::Outcome;

// An answer with this action, and more members.
std::string Answer(absl::string_view action, absl::string_view more = "",
                   absl::string_view symbols = "") {
  return absl::StrCat(R"({"score":7.5,"action":")", action, R"(","symbols":{)",
                      symbols, "}", more, "}");
}
std::string Symbol(absl::string_view name, absl::string_view more = "") {
  return absl::StrCat("\"", name, R"(":{"score":1)", more, "}");
}

struct AnswerCase {
  const char* name;  // The requirement in words; it names the test.
  std::string answer;
  Outcome want;
  bool want_refuse;
};

const AnswerCase kCases[] = {
    {"NoActionIsClean", Answer("no action"), Outcome::kClean, false},
    {"GreylistIsClean", Answer("greylist"), Outcome::kClean, false},
    {"AddHeaderIsSpam", Answer("add header"), Outcome::kSpam, false},
    {"RewriteSubjectIsSpam", Answer("rewrite subject"), Outcome::kSpam, false},
    {"QuarantineIsSpam", Answer("quarantine"), Outcome::kSpam, false},
    {"RejectRefuses", Answer("reject"), Outcome::kSpam, true},
    {"DiscardRefuses", Answer("discard"), Outcome::kSpam, true},
    {"GtubeIsSkippedAndRefused", Answer("reject", R"(,"is_skipped":true)"),
     Outcome::kSpam, true},
    {"SkippedIsNotClean", Answer("no action", R"(,"is_skipped":true)"),
     Outcome::kCannotTell, false},
    {"NotSkippedIsClean", Answer("no action", R"(,"is_skipped":false)"),
     Outcome::kClean, false},
    {"SoftRejectCannotTell",
     Answer("soft reject", R"(,"messages":{"smtp_message":"Try later"})"),
     Outcome::kCannotTell, false},
    {"UnknownActionCannotTell", Answer("accept"), Outcome::kCannotTell, false},
    {"VirusIsMalware",
     Answer("no action", "", Symbol("CLAM_VIRUS", R"(,"options":["Eicar"])")),
     Outcome::kMalware, false},
    {"EncryptedIsUnscannable",
     Answer("no action", "", Symbol("ENCRYPTED_SMIME")), Outcome::kUnscannable,
     false},
    {"FaultOfItsScannerCannotTell",
     Answer("no action", "", Symbol("CLAM_VIRUS_FAIL")), Outcome::kCannotTell,
     false},
    {"EmptyIsNoAnswer", "", Outcome::kCannotTell, false},
    {"GarbageIsNoAnswer", "\xFF\x00<html>", Outcome::kCannotTell, false},
    {"ArrayIsNoAnswer", "[]", Outcome::kCannotTell, false},
    {"EmptyObjectIsNoAnswer", "{}", Outcome::kCannotTell, false},
    {"ErrorIsNoAnswer", R"({"error":"invalid command"})", Outcome::kCannotTell,
     false},
    {"MoreBehindItIsNoAnswer", Answer("no action") + "{}", Outcome::kCannotTell,
     false},
    {"ActionMustBeThere", R"({"score":0,"symbols":{}})", Outcome::kCannotTell,
     false},
    {"ActionMustBeText", R"({"score":0,"action":1,"symbols":{}})",
     Outcome::kCannotTell, false},
    {"ScoreMustBeThere", R"({"action":"no action","symbols":{}})",
     Outcome::kCannotTell, false},
    {"ScoreMustBeANumber", R"({"score":"1","action":"no action","symbols":{}})",
     Outcome::kCannotTell, false},
    {"ScoreNanIsNoAnswer", R"({"score":nan,"action":"no action","symbols":{}})",
     Outcome::kCannotTell, false},
    {"ScoreBeyondAllNumbersIsNoAnswer",
     R"({"score":1e999,"action":"no action","symbols":{}})",
     Outcome::kCannotTell, false},
    {"SymbolsMustBeThere", R"({"score":0,"action":"no action"})",
     Outcome::kCannotTell, false},
    {"SymbolsMustBeObjects",
     R"({"score":0,"action":"no action","symbols":{"A":1}})",
     Outcome::kCannotTell, false},
    {"TooDeepIsNoAnswer",
     Answer("no action", absl::StrCat(",\"x\":", std::string(100, '['),
                                      std::string(100, ']'))),
     Outcome::kCannotTell, false},
};

class RspamdAnswerTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(RspamdAnswerTest, IsRead) {
  const ScanResult said = ReadRspamdAnswer(GetParam().answer, {});
  EXPECT_EQ(said.outcome, GetParam().want) << said.why;
  EXPECT_EQ(said.would_refuse, GetParam().want_refuse);
  EXPECT_TRUE(base::IsLogSafe(said.why));
}

INSTANTIATE_TEST_SUITE_P(Table, RspamdAnswerTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RspamdAnswerDetails, EveryCutIsNoAnswer) {
  const std::string whole = Answer("no action", "", Symbol("A"));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadRspamdAnswer(whole.substr(0, size), {}).outcome,
              Outcome::kCannotTell);
  }
}

TEST(RspamdAnswerDetails, KeepsScoreAndSymbolsTheWeightiestFirst) {
  const ScanResult said = ReadRspamdAnswer(
      R"({"score":-1.5,"action":"no action","symbols":{"A":{"score":0.1},)"
      R"("B":{"score":-2},"C":{"score":1}}})",
      {});
  EXPECT_EQ(said.score, -1.5);
  EXPECT_EQ(said.symbols, (std::vector<std::string>{"B", "C", "A"}));
}

TEST(RspamdAnswerDetails, NamesTheMalware) {
  EXPECT_EQ(
      ReadRspamdAnswer(
          Answer("reject", "", Symbol("CLAM_VIRUS", R"(,"options":["Eicar"])")),
          {})
          .signature,
      "Eicar");
  EXPECT_EQ(ReadRspamdAnswer(Answer("no action", "", Symbol("X_VIRUS")), {})
                .signature,
            "X_VIRUS");
}

TEST(RspamdAnswerDetails, HugeAnswerIsNone) {
  EXPECT_EQ(
      ReadRspamdAnswer(
          Answer("no action", ",\"x\":\"" + std::string(1 << 20, 'x') + "\""),
          {})
          .outcome,
      Outcome::kCannotTell);
}

}  // namespace
}  // namespace mailsec::io
