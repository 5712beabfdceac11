#include "mailcore/message/field_remover.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/message/slow_field_remover.h"

namespace mailsec::message {
namespace {

// `content` in pieces, cut at these places.
std::string RemoveCut(absl::string_view content,
                      const std::vector<std::string>& names,
                      const std::vector<size_t>& cuts) {
  FieldRemover remover({.names = names});
  std::string out;
  const auto keep = [&](absl::string_view kept) {
    EXPECT_FALSE(kept.empty());
    absl::StrAppend(&out, kept);
  };
  size_t from = 0;
  for (const size_t cut : cuts) {
    remover.Feed(content.substr(from, cut - from), keep);
    from = cut;
  }
  remover.Feed(content.substr(from), keep);
  remover.Finish(keep);
  return out;
}

std::string Remove(absl::string_view content,
                   const std::vector<std::string>& names) {
  return RemoveCut(content, names, {});
}

struct RemoverCase {
  const char* name;  // The requirement in words; it names the test.
  const char* content;
  const char* want;
};

// With UsualScannerFields().
const RemoverCase kCases[] = {
    {"OrdinaryMailStays", "From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n",
     "From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n"},
    {"OwnFieldGoes", "X-Mailsec-Verdict: clean\r\nSubject: x\r\n\r\n",
     "Subject: x\r\n\r\n"},
    {"OwnSenderFieldGoes", "X-Mailsec-Sender: proven\r\nSubject: x\r\n\r\n",
     "Subject: x\r\n\r\n"},
    {"CaseDoesNotMatter", "x-mAILSEC-vERDICT: clean\r\nSubject: x\r\n\r\n",
     "Subject: x\r\n\r\n"},
    {"ScannersFieldsGo",
     "X-Spam: No\r\nX-Virus-Scanned: by mx.example.org\r\n"
     "X-Spam-Status: No\r\nX-Spam-Status: No\r\nX-Spamd-Result: x\r\n"
     "X-Rspamd-Queue-Id: 1\r\nTo: b\r\n\r\nX-Spam: in the body\r\n",
     "To: b\r\n\r\nX-Spam: in the body\r\n"},
    {"NameThatOnlyBeginsSoStays", "X-Spamming: a\r\nX-Mailsec-Verdicts: b\r\n",
     "X-Spamming: a\r\nX-Mailsec-Verdicts: b\r\n"},
    {"ShorterNameStays", "X-Mailsec: a\r\nX: b\r\nX-: c\r\n\r\n",
     "X-Mailsec: a\r\nX: b\r\nX-: c\r\n\r\n"},
    {"BlanksBeforeTheColonHideNothing",
     "X-Spam \t : No\r\nX-Virus-Scanned\t:a\r\nTo: b\r\n\r\n", "To: b\r\n\r\n"},
    {"FoldedFieldGoesWhole",
     "A: 1\r\nX-Spam-Status: No,\r\n\tscore=1\r\n  tests=A\r\nB: 2\r\n\r\n",
     "A: 1\r\nB: 2\r\n\r\n"},
    {"BlankLineOfBlanksIsAContinuation",
     "X-Spam: a\r\n \r\n\tb\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n"},
    {"ContinuationOfAnotherFieldStays",
     "Subject: a\r\n X-Spam: No\r\nB: 2\r\n\r\n",
     "Subject: a\r\n X-Spam: No\r\nB: 2\r\n\r\n"},
    {"FieldBehindGarbageGoes",
     "garbage\r\nX-Spam: No\r\n: no name\r\nX-Spam: No\r\n\r\nX-Spam: b\r\n",
     "garbage\r\n: no name\r\n\r\nX-Spam: b\r\n"},
    {"GarbageThatBeginsSoStays",
     "X-Spam\r\nX-Spam No: a\r\nX-Spam\x01: b\r\nX-Sp\xC3\xA4m: c\r\n\r\n",
     "X-Spam\r\nX-Spam No: a\r\nX-Spam\x01: b\r\nX-Sp\xC3\xA4m: c\r\n\r\n"},
    {"EmptyFieldGoes", "X-Spam:\r\nX-Spam:\n\r\nb", "\r\nb"},
    {"LfAloneIsALineEnd", "X-Spam: a\nB: 2\n\nX-Spam: b\n",
     "B: 2\n\nX-Spam: b\n"},
    {"ContentWithoutHeaderStays", "\r\nX-Spam: b\r\n", "\r\nX-Spam: b\r\n"},
    {"CrAtTheBeginOfALineIsNoEmptyLine", "\rA\r\nX-Spam: No\r\n\r\n",
     "\rA\r\n\r\n"},
    {"UnfinishedFieldGoes", "A: 1\r\nX-Spam: N", "A: 1\r\n"},
    {"UnfinishedNameStays", "A: 1\r\nX-Spam", "A: 1\r\nX-Spam"},
    {"EmptyContentStaysEmpty", "", ""},
};

class FieldRemoverCases : public testing::TestWithParam<RemoverCase> {};

TEST_P(FieldRemoverCases, LeaveTheRest) {
  const std::string content = GetParam().content;
  const std::vector<std::string> names = UsualScannerFields();
  EXPECT_EQ(Remove(content, names), GetParam().want);
  for (size_t first = 0; first <= content.size(); ++first) {
    for (size_t second = first; second <= content.size(); ++second) {
      ASSERT_EQ(RemoveCut(content, names, {first, second}), GetParam().want)
          << first << " " << second;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FieldRemoverCases, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// All strings of up to 7 of these octets (97,656), whole and octet by octet,
// the shorter ones cut in two everywhere. "a" goes, "a*" beside it in the
// second round.
TEST(FieldRemoverTest, AgreesWithTheObviousRemover) {
  constexpr absl::string_view kOctets = "a:\r\n ";
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"a"}, std::vector<std::string>{"A*"}}) {
    const std::vector<std::string> slow = {names[0] == "a" ? "a" : "a*"};
    std::vector<std::string> inputs = {""};
    for (size_t i = 0; i < inputs.size(); ++i) {
      const std::string input = inputs[i];
      const std::string want = SlowRemoveFields(input, slow);
      ASSERT_EQ(Remove(input, names), want) << testing::PrintToString(input);
      std::vector<size_t> everywhere;
      for (size_t cut = 1; cut < input.size(); ++cut) {
        everywhere.push_back(cut);
        if (input.size() <= 5) {
          ASSERT_EQ(RemoveCut(input, names, {cut}), want)
              << testing::PrintToString(input) << " cut at " << cut;
        }
      }
      ASSERT_EQ(RemoveCut(input, names, everywhere), want)
          << testing::PrintToString(input);
      if (input.size() == 7) continue;
      for (const char c : kOctets) inputs.push_back(input + c);
    }
    EXPECT_EQ(inputs.size(), 97656u);
  }
}

TEST(FieldRemoverTest, TakesABoundedNumberOfOctetsForAName) {
  // As many blanks as a line of SMTP can hold.
  const std::string longest =
      "X-Spam" + std::string(998 - 6 - 1, ' ') + ":\r\nB: 2\r\n";
  EXPECT_EQ(Remove(longest, {"x-spam"}), "B: 2\r\n");
  // A million of them: still the field, wherever it is cut.
  const std::string huge =
      "X-Spam" + std::string(1000000, ' ') + ": No\r\nB: 2\r\n";
  for (const size_t cut : {1u, 6u, 7u, 500u, 997u, 998u, 999u, 5000u}) {
    EXPECT_EQ(RemoveCut(huge, {"x-spam"}, {cut}), "B: 2\r\n") << cut;
  }
  const std::string other =
      "X-Spar" + std::string(1000000, 'x') + ": No\r\nB: 2\r\n";
  for (const size_t cut : {1u, 6u, 997u, 998u, 999u, 5000u}) {
    EXPECT_EQ(RemoveCut(other, {"x-spam*"}, {cut}), other) << cut;
  }
}

TEST(FieldRemoverTest, CountsAndSaysWhereItIs) {
  FieldRemover remover({});
  std::string out;
  const auto keep = [&](absl::string_view kept) {
    absl::StrAppend(&out, kept);
  };
  remover.Feed("X-Mailsec-Verdict: a\r\nX-MAILSEC-VERDICT: b\r\n", keep);
  EXPECT_EQ(remover.removed(), 2u);
  EXPECT_FALSE(remover.in_body());
  remover.Feed("\r\n", keep);
  EXPECT_TRUE(remover.in_body());
  remover.Finish(keep);
  EXPECT_EQ(out, "\r\n");
  // The next message begins with a header again.
  EXPECT_FALSE(remover.in_body());
  remover.Feed("X-Mailsec-Verdict: c\r\nB: 2\r\n", keep);
  remover.Finish(keep);
  EXPECT_EQ(out, "\r\nB: 2\r\n");
  EXPECT_EQ(remover.removed(), 3u);
}

TEST(FieldRemoverTest, OursStayInWhatWeReceivedBefore) {
  FieldRemover remover({.names = {"Return-Path"}, .keeps_ours = true});
  std::string kept;
  const auto keep = [&](absl::string_view piece) {
    kept += std::string(piece);
  };
  remover.Feed(
      "X-Mailsec-Verdict: clean\r\nreturn-path : <a@example.com>\r\n"
      "X-Mailsec-Sender: unproven\r\n\r\nReturn-Path: <>\r\n",
      keep);
  remover.Finish(keep);
  EXPECT_EQ(kept,
            "X-Mailsec-Verdict: clean\r\nX-Mailsec-Sender: unproven\r\n\r\n"
            "Return-Path: <>\r\n");
}

TEST(FieldRemoverTest, IgnoresWhatCanBeNoName) {
  EXPECT_EQ(Remove("A: 1\r\n b\r\n: x\r\n\r\n", {"", "*", " ", ":", "a b"}),
            "A: 1\r\n b\r\n: x\r\n\r\n");
}

TEST(FieldRemoverTest, GivesABodyAsItIsWithoutCopying) {
  FieldRemover remover({});
  const std::string body(100000, 'x');
  std::vector<absl::string_view> kept;
  const auto keep = [&](absl::string_view piece) { kept.push_back(piece); };
  remover.Feed("Subject: x\r\n\r\n", keep);
  remover.Feed(body, keep);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].data(), body.data());
  EXPECT_EQ(kept[1].size(), body.size());
}

}  // namespace
}  // namespace mailsec::message
