#include "mailcore/policy/content_policy.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/policy/decision_event.h"
#include "mailcore/policy/policy_events.h"
#include "mailcore/policy/string_content.h"
#include "mailcore/testing/fake_scanner.h"

namespace mailsec::policy {
namespace {

using message::ContentVerdict;
using message::ContentVerdictName;
using Said = ScanResult::Outcome;
using OnFault = ContentPolicy::OnFault;
using OnTooLarge = ContentPolicy::OnTooLarge;
using OnMalware = ContentPolicy::OnMalware;
using OnUnscannable = ContentPolicy::OnUnscannable;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr char kContent[] = "Subject: x\r\n\r\nhello\r\n";

// What becomes of a message of which two scanners say this.
struct ContentCase {
  const char* name;  // The requirement in words; it names the test.
  ScanResult first;
  ScanResult second;
  ContentPolicy::Options options;  // Without the scanners.
  ContentPolicy::Step step;        // For both; without the scanner.
  ContentOutcome want;
  ContentVerdict want_verdict;
  int want_code;
  const char* want_rule;
};

const ScanResult kCleanSaid = {.outcome = Said::kClean};
const ScanResult kVirus = {.outcome = Said::kMalware, .signature = "Virus.A"};
const ScanResult kDown = {.why = "connection refused"};
const ScanResult kLarge = {.outcome = Said::kTooLarge};
const ScanResult kEncrypted = {.outcome = Said::kUnscannable};

ScanResult Scored(double score, Said outcome = Said::kClean) {
  return {.outcome = outcome, .score = score, .symbols = {"A", "B"}};
}

const ContentCase kCases[] = {
    {"CleanIsAccepted",
     kCleanSaid,
     Scored(-1),
     {},
     {},
     ContentOutcome::kAccept,
     ContentVerdict::kClean,
     250,
     "content.clean"},
    {"MalwareIsRefused",
     kVirus,
     kCleanSaid,
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kMalware,
     554,
     "content.malware"},
    {"MalwareOfTheSecondIsRefused",
     kCleanSaid,
     kVirus,
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kMalware,
     554,
     "content.malware"},
    {"MalwareIsKeptByChoice",
     kVirus,
     kCleanSaid,
     {.on_malware = OnMalware::kQuarantine},
     {},
     ContentOutcome::kQuarantine,
     ContentVerdict::kMalware,
     250,
     "content.malware"},
    {"MalwareWeighsMoreThanAFault",
     kDown,
     kVirus,
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kMalware,
     554,
     "content.malware"},
    {"MalwareWeighsMoreThanItsScore",
     {.outcome = Said::kMalware, .score = kNan},
     kCleanSaid,
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kMalware,
     554,
     "content.malware"},
    {"ScoreBelowMarkingIsClean",
     kCleanSaid,
     Scored(5.99),
     {},
     {},
     ContentOutcome::kAccept,
     ContentVerdict::kClean,
     250,
     "content.clean"},
    {"ScoreAtMarkingIsMarked",
     kCleanSaid,
     Scored(6),
     {},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.spam"},
    {"ScoreBelowRefusingIsMarked",
     kCleanSaid,
     Scored(14.99),
     {},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.spam"},
    {"ScoreAtRefusingIsRefused",
     kCleanSaid,
     Scored(15),
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kSpam,
     554,
     "content.spam"},
    {"CalledSpamIsMarkedWhateverTheScore",
     kCleanSaid,
     Scored(1, Said::kSpam),
     {},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.spam"},
    {"AdviceToRefuseIsFollowed",
     kCleanSaid,
     {.outcome = Said::kSpam, .score = 7, .would_refuse = true},
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kSpam,
     554,
     "content.spam"},
    {"RefusedSpamWeighsMoreThanAFault",
     kDown,
     Scored(20),
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kSpam,
     554,
     "content.spam"},
    {"FaultDefers",
     kDown,
     kCleanSaid,
     {},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.cannot-tell"},
    {"FaultWeighsMoreThanMarkedSpam",
     kDown,
     Scored(7),
     {},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kSpam,
     451,
     "content.cannot-tell"},
    {"FaultWeighsMoreThanUnscannable",
     kEncrypted,
     kDown,
     {.on_unscannable = OnUnscannable::kRefuse},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.cannot-tell"},
    {"FaultIsPassedByChoiceAndIsNotClean",
     kDown,
     kCleanSaid,
     {},
     {.on_fault = OnFault::kAcceptUnscanned},
     ContentOutcome::kAccept,
     ContentVerdict::kUnknown,
     250,
     "content.unscanned"},
    {"FaultPassedLeavesSpamMarked",
     kDown,
     Scored(7),
     {},
     {.on_fault = OnFault::kAcceptUnscanned},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.spam"},
    {"ScoreThatIsNoNumberIsAFault",
     kCleanSaid,
     Scored(kNan),
     {},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.cannot-tell"},
    {"InfiniteScoreIsAFault",
     kCleanSaid,
     Scored(kInfinity, Said::kSpam),
     {},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.cannot-tell"},
    {"TooLargeDefers",
     kLarge,
     kCleanSaid,
     {},
     {},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.too-large"},
    {"TooLargeIsRefusedByChoice",
     kLarge,
     kCleanSaid,
     {},
     {.on_too_large = OnTooLarge::kRefuse},
     ContentOutcome::kRefuse,
     ContentVerdict::kUnknown,
     552,
     "content.too-large"},
    {"TooLargeIsPassedByChoiceAndIsNotClean",
     kLarge,
     kCleanSaid,
     {},
     {.on_too_large = OnTooLarge::kAcceptUnscanned},
     ContentOutcome::kAccept,
     ContentVerdict::kUnknown,
     250,
     "content.unscanned"},
    {"PassingFaultsDoesNotPassTheLarge",
     kLarge,
     kCleanSaid,
     {},
     {.on_fault = OnFault::kAcceptUnscanned},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.too-large"},
    {"UnscannableIsMarked",
     kEncrypted,
     kCleanSaid,
     {},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kUnknown,
     250,
     "content.unscannable"},
    {"UnscannableIsPassedByChoiceAndIsNotClean",
     kEncrypted,
     kCleanSaid,
     {.on_unscannable = OnUnscannable::kAccept},
     {},
     ContentOutcome::kAccept,
     ContentVerdict::kUnknown,
     250,
     "content.unscannable"},
    {"UnscannableIsRefusedByChoice",
     kEncrypted,
     kCleanSaid,
     {.on_unscannable = OnUnscannable::kRefuse},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kUnknown,
     554,
     "content.unscannable"},
    {"UnscannableAndSpamIsMarkedAsBoth",
     kEncrypted,
     Scored(7),
     {},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.unscannable"},
    {"UnscannablePassedLeavesSpamMarked",
     kEncrypted,
     Scored(7),
     {.on_unscannable = OnUnscannable::kAccept},
     {},
     ContentOutcome::kMark,
     ContentVerdict::kSpam,
     250,
     "content.spam"},
    {"UnscannableWithASpamScoreIsRefused",
     Scored(16, Said::kUnscannable),
     kCleanSaid,
     {},
     {},
     ContentOutcome::kRefuse,
     ContentVerdict::kSpam,
     554,
     "content.spam"},
    {"OldSignaturesCannotTell",
     kCleanSaid,
     Scored(7),
     {},
     {.is_outdated = [] { return true; }},
     ContentOutcome::kDefer,
     ContentVerdict::kUnknown,
     451,
     "content.cannot-tell"},
    {"OldSignaturesPassedAreNotClean",
     kCleanSaid,
     kCleanSaid,
     {},
     {.on_fault = OnFault::kAcceptUnscanned,
      .is_outdated = [] { return true; }},
     ContentOutcome::kAccept,
     ContentVerdict::kUnknown,
     250,
     "content.unscanned"},
    {"OldSignaturesStillFindMalware",
     kVirus,
     kCleanSaid,
     {},
     {.is_outdated = [] { return true; }},
     ContentOutcome::kRefuse,
     ContentVerdict::kMalware,
     554,
     "content.malware"},
    {"FreshSignaturesAreBelieved",
     kCleanSaid,
     kCleanSaid,
     {},
     {.is_outdated = [] { return false; }},
     ContentOutcome::kAccept,
     ContentVerdict::kClean,
     250,
     "content.clean"},
};

class ContentPolicyTest : public testing::TestWithParam<ContentCase> {
 protected:
  ContentDecision Decide(ContentPolicy::Options options,
                         const ContentPolicy::Step& step = {},
                         absl::string_view header = "") {
    for (FakeScanner* scanner : {&clamd_, &rspamd_}) {
      options.scanners.push_back(step);
      options.scanners.back().scanner = scanner;
    }
    StringContent content(kContent, 3);
    return (*ContentPolicy::Create(options))->Decide(request_, header, content);
  }

  ScanRequest request_ = {
      .client = *ip::IpAddress::Parse("192.0.2.7"),
      .sender = *address::ReversePath::Parse("<a@example.com>")};
  FakeScanner clamd_{"clamd"};
  FakeScanner rspamd_{"rspamd"};
};

TEST_P(ContentPolicyTest, Decides) {
  const ContentCase& c = GetParam();
  clamd_.Say(c.first);
  rspamd_.Say(c.second);
  const ContentDecision made = Decide(c.options, c.step);
  EXPECT_EQ(ContentOutcomeName(made.outcome), ContentOutcomeName(c.want));
  EXPECT_EQ(ContentVerdictName(made.verdict),
            ContentVerdictName(c.want_verdict));
  EXPECT_EQ(made.decision.reply.code(), c.want_code);
  EXPECT_EQ(made.decision.rule->name, c.want_rule);
  EXPECT_EQ(made.decision.accepted(), c.want_code == 250);
  EXPECT_EQ(made.fields.empty(), c.want_code != 250);
  EXPECT_FALSE(made.decision.otherwise().empty());
  // Each refusal has an event of its own.
  EXPECT_NE(EventTypeOf(made.decision), &events::kPolicyRefused);
  EXPECT_TRUE(absl::StartsWith(made.decision.rule->source, "R27"));
  EXPECT_TRUE(base::IsLogSafe(made.report));
}

INSTANTIATE_TEST_SUITE_P(Table, ContentPolicyTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

using ContentPolicyDetails = ContentPolicyTest;

TEST_F(ContentPolicyDetails, WithoutScannersNothingIsKnown) {
  StringContent content(kContent);
  const ContentDecision made =
      (*ContentPolicy::Create({}))
          ->Decide(request_, "Content-Type: multipart/encrypted\r\n", content);
  EXPECT_EQ(made.outcome, ContentOutcome::kAccept);
  EXPECT_EQ(made.verdict, ContentVerdict::kUnknown);
  EXPECT_EQ(made.decision.rule->name, "content.not-configured");
  EXPECT_EQ(made.fields, "");
  EXPECT_EQ(made.report, "");
}

TEST_F(ContentPolicyDetails, EveryScannerGetsAllOfTheContent) {
  Decide({});
  EXPECT_EQ(clamd_.contents(), std::vector<std::string>{kContent});
  EXPECT_EQ(rspamd_.contents(), std::vector<std::string>{kContent});
  EXPECT_EQ(rspamd_.requests().at(0).sender.ToString(), "<a@example.com>");
}

TEST_F(ContentPolicyDetails, NobodyIsAskedAfterMalwareOrRefusedSpam) {
  for (const ScanResult& said : {kVirus, Scored(99)}) {
    clamd_.Say(said);
    EXPECT_EQ(Decide({}).opinions.size(), 1u);
  }
  EXPECT_TRUE(rspamd_.contents().empty());
}

// SCAN-04: a verdict never holds for the next message.
TEST_F(ContentPolicyDetails, Scan04NothingIsRememberedForTheNextMessage) {
  EXPECT_EQ(Decide({}).outcome, ContentOutcome::kAccept);
  clamd_.Say(kVirus);
  EXPECT_EQ(Decide({}).outcome, ContentOutcome::kRefuse);
  clamd_.Say(kCleanSaid);
  EXPECT_EQ(Decide({}).outcome, ContentOutcome::kAccept);
  EXPECT_EQ(clamd_.contents().size(), 3u);
}

TEST_F(ContentPolicyDetails, TheFieldSaysWhatWasFound) {
  rspamd_.Say(Scored(7.25, Said::kSpam));
  EXPECT_EQ(Decide({}).fields,
            "X-Mailsec-Verdict: spam; score=7.25; scanner=clamd, rspamd; "
            "symbols=A, B\r\nX-Spam-Flag: YES\r\n");
  rspamd_.Say(kDown);
  EXPECT_EQ(Decide({}, {.on_fault = OnFault::kAcceptUnscanned}).fields,
            "X-Mailsec-Verdict: unknown; scanner=clamd, rspamd\r\n");
  rspamd_.Say(kEncrypted);
  EXPECT_EQ(Decide({}).fields,
            "X-Mailsec-Verdict: unknown; scanner=clamd, rspamd; "
            "unscannable\r\n");
}

TEST_F(ContentPolicyDetails, TheReportIsLogSafeAndShort) {
  clamd_.Say({.outcome = Said::kMalware, .signature = "a\r\nb\x1b[2J"});
  EXPECT_EQ(Decide({}).report, "clamd: malware (a\\x0d\\x0ab\\x1b[2J)");
  clamd_.Say({.outcome = Said::kSpam,
              .symbols = std::vector<std::string>(100, std::string(99, 's')),
              .why = std::string(5000, 'w')});
  rspamd_.Say({.why = std::string(5000, '\xFF')});
  const ContentDecision made = Decide({});
  EXPECT_LE(made.report.size(), 1024u);
  EXPECT_TRUE(absl::StrContains(made.report, "; rspamd: cannot tell"));
}

TEST_F(ContentPolicyDetails, TheDecisionShowsEachOpinion) {
  request_.sender_is_ours = true;
  rspamd_.Say(Scored(7));
  const std::string text = Decide({}).decision.Explain();
  for (const char* part :
       {"client: 192.0.2.7", "sender: <a@example.com>", "sender-is-ours: yes",
        "clamd: clean", "rspamd: clean (score 7; symbols A, B)",
        "not marked below a score of 6, refused from 15"}) {
    EXPECT_TRUE(absl::StrContains(text, part)) << part << "\n" << text;
  }
}

// R27: outgoing mail is scanned as well, alike unless told otherwise.
TEST_F(ContentPolicyDetails, MailOfOurOwnPeopleIsScannedAlike) {
  rspamd_.Say(Scored(8));
  request_.sender_is_ours = true;
  EXPECT_EQ(Decide({}).outcome, ContentOutcome::kMark);
  EXPECT_EQ(Decide({.own_refuse_score = 8}).outcome, ContentOutcome::kRefuse);
  request_.sender_is_ours = false;
  EXPECT_EQ(Decide({.own_refuse_score = 8}).outcome, ContentOutcome::kMark);
}

// R6: a complaint about spam holds spam, and has to arrive.
TEST_F(ContentPolicyDetails, SpamToPostmasterAndAbuseAloneIsMarked) {
  struct Case {
    std::vector<const char*> recipients;
    ContentOutcome want;
  };
  const Case kRoleCases[] = {
      {{"<Abuse@example.org>"}, ContentOutcome::kMark},
      {{"<postmaster>", "<abuse@example.net>"}, ContentOutcome::kMark},
      {{"<abuse@example.org>", "<bob@example.org>"}, ContentOutcome::kRefuse},
      {{"<abuses@example.org>"}, ContentOutcome::kRefuse},
      {{}, ContentOutcome::kRefuse},
  };
  rspamd_.Say(Scored(99, Said::kSpam));
  for (const Case& c : kRoleCases) {
    request_.recipients.clear();
    for (const char* recipient : c.recipients) {
      request_.recipients.push_back(*address::ForwardPath::Parse(recipient));
    }
    const ContentDecision made = Decide({});
    EXPECT_EQ(made.outcome, c.want);
    if (c.want == ContentOutcome::kMark) {
      EXPECT_EQ(made.verdict, ContentVerdict::kSpam);
    }
  }
}

TEST_F(ContentPolicyDetails, EncryptedMailIsSeenByItsHeader) {
  const ContentDecision made =
      Decide({.on_unscannable = OnUnscannable::kRefuse}, {},
             "Content-Type: multipart/encrypted;\r\n protocol=\"x\"\r\n\r\n");
  EXPECT_EQ(made.decision.rule->name, "content.unscannable");
  EXPECT_EQ(made.report,
            "header: unscannable (the whole content is encrypted); clamd: "
            "clean; rspamd: clean");
}

TEST_F(ContentPolicyDetails, EncryptedMailIsScannedAllTheSame) {
  rspamd_.Say(Scored(20));
  EXPECT_EQ(Decide({}, {}, "Content-Type: multipart/encrypted\r\n").outcome,
            ContentOutcome::kRefuse);
}

TEST_F(ContentPolicyDetails, BadOptionsAreErrors) {
  FakeScanner same("clamd");
  const ContentPolicy::Options bad[] = {
      {.mark_score = kNan},
      {.mark_score = -kInfinity},
      {.refuse_score = kInfinity},
      {.own_refuse_score = kNan},
      {.mark_score = 6, .refuse_score = 5.9},
      {.mark_score = 6, .own_refuse_score = 5},
      {.scanners = {{}}},
      {.scanners = {{.scanner = &clamd_}, {.scanner = &same}}},
  };
  for (const ContentPolicy::Options& options : bad) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(ContentPolicy::Create(options).status()));
  }
  EXPECT_TRUE(ContentPolicy::Create({.mark_score = 6, .refuse_score = 6}).ok());
}

// Content that cannot be read back.
class BrokenContent : public ScanContent {
 public:
  uint64_t octets() const override { return 7; }
  absl::Status Rewind() override { return absl::OkStatus(); }
  absl::StatusOr<absl::string_view> Next() override {
    return absl::DataLossError("the disk is broken");
  }
};

TEST_F(ContentPolicyDetails, ContentThatCannotBeReadIsNotClean) {
  BrokenContent content;
  const auto policy = ContentPolicy::Create({.scanners = {{&clamd_}}});
  EXPECT_EQ((*policy)->Decide(request_, "", content).report,
            "clamd: cannot tell (the disk is broken)");
}

}  // namespace
}  // namespace mailsec::policy
