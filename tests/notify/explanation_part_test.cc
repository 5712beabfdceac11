#include "mailcore/notify/explanation_part.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/base/utf8.h"
#include "mailcore/notify/texts.h"

namespace mailsec::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Language kLanguages[] = {Language::kEnglish, Language::kGerman};

// All that is said in one language.
std::vector<const char*> AllTexts(const Texts& texts) {
  std::vector<const char*> all = {
      texts.tag,
      texts.greeting,
      texts.answered,
      texts.answered_unnamed,
      texts.tried_until,
      texts.header_attached,
      texts.message_attached,
      texts.help,
  };
  for (const Texts::OfAction& action : texts.actions) {
    all.push_back(action.subject);
    all.push_back(action.what);
  }
  for (const Texts::OfCause& cause : texts.causes) {
    all.push_back(cause.what);
    all.push_back(cause.advice);
  }
  return all;
}

class TextsTest : public testing::TestWithParam<Language> {};

TEST_P(TextsTest, NothingIsMissing) {
  const Texts& texts = TextsOf(GetParam());
  for (const char* text : AllTexts(texts)) {
    ASSERT_NE(text, nullptr);
    EXPECT_STRNE(text, "");
    EXPECT_TRUE(base::IsValidUtf8(text)) << text;
    EXPECT_EQ(std::string(text).find('\n'), std::string::npos) << text;
  }
  for (const Texts::OfAction& action : texts.actions) {
    EXPECT_NE(action.outlook, nullptr);
  }
}

TEST_P(TextsTest, EachCauseAndActionHasItsOwnWords) {
  const Texts& texts = TextsOf(GetParam());
  std::set<std::string> words;
  for (const Texts::OfCause& cause : texts.causes) {
    EXPECT_TRUE(words.insert(cause.what).second) << cause.what;
  }
  for (const Texts::OfAction& action : texts.actions) {
    EXPECT_TRUE(words.insert(action.subject).second) << action.subject;
    EXPECT_TRUE(words.insert(action.what).second) << action.what;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TextsTest, testing::ValuesIn(kLanguages));

DeliveryReport Report(Action action) {
  DeliveryReport report;
  report.recipients.resize(1);
  RecipientStatus& recipient = report.recipients[0];
  recipient.action = action;
  recipient.final_recipient = {"rfc822", "bob@inner.example.net"};
  return report;
}

// On one line, as people read it.
std::string TextOf(const DeliveryReport& report, Language language,
                   std::vector<Cause> causes = {}) {
  const std::vector<Language> languages = {language};
  const message::MimePart part =
      ExplanationPart({.languages = languages,
                       .hostname = "mx.example.org",
                       .contact = "postmaster@example.org",
                       .reference = "5KQ7",
                       .report = &report,
                       .causes = causes});
  for (absl::string_view line : absl::StrSplit(part.body, "\r\n")) {
    EXPECT_LE(line.size(), 76u) << line;
  }
  const std::string lines =
      absl::StrReplaceAll(part.body, {{"=\r\n", ""}, {"\r\n", " "}});
  return absl::StrJoin(absl::StrSplit(lines, ' ', absl::SkipEmpty()), " ");
}

TEST(ExplanationTest, SaysWhatHappenedAndWhatToDo) {
  for (int i = 0; i < kCauseCount; ++i) {
    const std::string text = TextOf(Report(Action::kFailed), Language::kEnglish,
                                    {static_cast<Cause>(i)});
    const Texts& texts = TextsOf(Language::kEnglish);
    EXPECT_THAT(text, HasSubstr(texts.causes[i].what));
    EXPECT_THAT(text, HasSubstr(texts.causes[i].advice));
    EXPECT_THAT(text, HasSubstr("<bob@inner.example.net>"));
    EXPECT_THAT(text, HasSubstr("mx.example.org"));
    EXPECT_THAT(text, HasSubstr("postmaster@example.org"));
    EXPECT_THAT(text, HasSubstr("5KQ7"));
  }
}

TEST(ExplanationTest, SaysUntilWhenADelayedMessageIsTried) {
  DeliveryReport report = Report(Action::kDelayed);
  EXPECT_THAT(TextOf(report, Language::kEnglish), Not(HasSubstr("until")));
  report.recipients[0].will_retry_until = absl::FromUnixSeconds(1795600800);
  EXPECT_THAT(TextOf(report, Language::kEnglish),
              HasSubstr("It will be tried until 2026-11-25 10:00 UTC."));
  EXPECT_THAT(TextOf(report, Language::kGerman),
              HasSubstr("bis 2026-11-25 10:00 UTC versucht."));
}

TEST(ExplanationTest, ShowsTheAddressThatTheSenderKnows) {
  DeliveryReport report = Report(Action::kFailed);
  report.recipients[0].original_recipient = {"rfc822", "bob@example.net"};
  const std::string text = TextOf(report, Language::kEnglish, {Cause::kOther});
  EXPECT_THAT(text, HasSubstr("<bob@example.net>"));
  EXPECT_THAT(text, Not(HasSubstr("inner")));
}

TEST(ExplanationTest, AnswersAreShownWithoutWhatATerminalObeys) {
  DeliveryReport report = Report(Action::kFailed);
  report.recipients[0].diagnostic_code = {"smtp", "550 a\x1b[2J\n550 b"};
  EXPECT_THAT(TextOf(report, Language::kEnglish, {Cause::kOther}),
              HasSubstr("Answer: 550 a\\x1b[2J 550 b"));
  report.recipients[0].remote_mta = {"dns", "mx.example.net"};
  EXPECT_THAT(TextOf(report, Language::kGerman, {Cause::kOther}),
              HasSubstr("Antwort von mx.example.net: 550"));
}

}  // namespace
}  // namespace mailsec::notify
