#include "mailcore/notify/ndn_policy.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/policy/governor.h"

namespace mailsec::notify {
namespace {

using address::Address;
using address::ReversePath;
using message::ContentVerdict;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

constexpr Action kActions[] = {Action::kFailed, Action::kDelayed,
                               Action::kDelivered, Action::kRelayed,
                               Action::kExpanded};
constexpr ContentVerdict kVerdicts[] = {
    ContentVerdict::kUnknown, ContentVerdict::kClean, ContentVerdict::kSpam,
    ContentVerdict::kMalware};
constexpr int kCauses = static_cast<int>(Cause::kOther) + 1;

smtp::DsnNotify Notify(bool never, bool success = false, bool failure = false,
                       bool delay = false) {
  return {
      .never = never, .success = success, .failure = failure, .delay = delay};
}

NdnQuestion Question() {
  return {.action = Action::kFailed,
          .sender = *ReversePath::Parse("<alice@example.com>"),
          .recipient = *address::ForwardPath::Parse("<bob@example.net>"),
          .author = *Address::Parse("postmaster@example.org"),
          .notify = {},
          .verdict = ContentVerdict::kClean,
          .hop = "mx.example.net"};
}

policy::Governor::Options Ours(policy::Governor::Options options = {}) {
  options.own_domains = {*address::Domain::Parse("example.org")};
  return options;
}

struct PolicyCase {
  const char* name;
  void (*change)(NdnQuestion&);
  NdnOutcome want;
  const char* want_rule;
};

// Delay warnings are on.
const PolicyCase kCases[] = {
    {"RealFaultIsTold", [](NdnQuestion&) {}, NdnOutcome::kNotify, "ndn.told"},
    {"Dsn01NeverToTheNullSender",
     [](NdnQuestion& q) { q.sender = ReversePath(); }, NdnOutcome::kSilent,
     "automatic.null-sender"},
    {"Dsn01OurNotificationFailed",
     [](NdnQuestion& q) {
       q.sender = ReversePath();
       q.sender_is_ours = true;
       q.cause = Cause::kNoSuchRecipient;
     },
     NdnOutcome::kSilent, "automatic.null-sender"},
    {"AMachineLearnsThatItsMailFailed",
     [](NdnQuestion& q) { q.automatic = true; }, NdnOutcome::kNotify,
     "ndn.told"},
    {"AMachineOfOursLearnsIt",
     [](NdnQuestion& q) {
       q.automatic = true;
       q.sender_is_ours = true;
       q.cause = Cause::kNoSuchRecipient;
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"AMachineIsNotWarnedOfDelay",
     [](NdnQuestion& q) {
       q.automatic = true;
       q.action = Action::kDelayed;
     },
     NdnOutcome::kSilent, "automatic.automatic"},
    {"AMachineMayAskForSilence",
     [](NdnQuestion& q) {
       q.automatic = true;
       q.notify = Notify(true);
     },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"Dsn04NeverIsNever", [](NdnQuestion& q) { q.notify = Notify(true); },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"Dsn04FailureWasAsked",
     [](NdnQuestion& q) { q.notify = Notify(false, false, true); },
     NdnOutcome::kNotify, "ndn.told"},
    {"Dsn04SuccessOnlyIsSilentOnFailure",
     [](NdnQuestion& q) { q.notify = Notify(false, true); },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"SpamIsNeverAnswered",
     [](NdnQuestion& q) { q.verdict = ContentVerdict::kSpam; },
     NdnOutcome::kSilent, "automatic.spam"},
    {"WhatAScannerCallsMalwareOfOurOwnIsHeld",
     [](NdnQuestion& q) {
       q.verdict = ContentVerdict::kMalware;
       q.sender_is_ours = true;
     },
     NdnOutcome::kHold, "automatic.spam"},
    {"WhoOfOursAskedForSilenceGetsItOfSpamToo",
     [](NdnQuestion& q) {
       q.verdict = ContentVerdict::kSpam;
       q.sender_is_ours = true;
       q.notify = Notify(true);
     },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"UnscannedFailureOfAStrangerIsHeld",
     [](NdnQuestion& q) { q.verdict = ContentVerdict::kUnknown; },
     NdnOutcome::kHold, "automatic.no-verdict"},
    {"UnscannedFailureOfOurOwnIsTold",
     [](NdnQuestion& q) {
       q.verdict = ContentVerdict::kUnknown;
       q.sender_is_ours = true;
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"UnscannedDelayOfAStrangerIsSilent",
     [](NdnQuestion& q) {
       q.action = Action::kDelayed;
       q.verdict = ContentVerdict::kUnknown;
     },
     NdnOutcome::kSilent, "automatic.no-verdict"},
    {"UnscannedDelayOfOurOwnIsTold",
     [](NdnQuestion& q) {
       q.action = Action::kDelayed;
       q.verdict = ContentVerdict::kUnknown;
       q.sender_is_ours = true;
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"UnscannedSuccessOfAStrangerIsSilent",
     [](NdnQuestion& q) {
       q.action = Action::kDelivered;
       q.notify = Notify(false, true);
       q.verdict = ContentVerdict::kUnknown;
     },
     NdnOutcome::kSilent, "automatic.no-verdict"},
    {"UnscannedBounceIsSilentAsNobodyCouldBeTold",
     [](NdnQuestion& q) {
       q.sender = ReversePath();
       q.verdict = ContentVerdict::kUnknown;
     },
     NdnOutcome::kSilent, "automatic.null-sender"},
    {"WhoAskedForSilenceGetsItUnscanned",
     [](NdnQuestion& q) {
       q.notify = Notify(true);
       q.verdict = ContentVerdict::kUnknown;
     },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"AFailureThatWeHaveNoNameToReportFromIsHeld",
     [](NdnQuestion& q) { q.author = *Address::Parse("a@other.example"); },
     NdnOutcome::kHold, "automatic.not-our-name"},
    {"ContradictionOfAStrangerIsHeld",
     [](NdnQuestion& q) { q.cause = Cause::kNoSuchRecipient; },
     NdnOutcome::kHold, "ndn.contradiction"},
    {"ContradictionOfOurOwnIsTold",
     [](NdnQuestion& q) {
       q.cause = Cause::kTooLarge;
       q.sender_is_ours = true;
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"ContradictionIsHeldEvenIfNobodyCouldBeTold",
     [](NdnQuestion& q) {
       q.cause = Cause::kMailboxFull;
       q.sender = ReversePath();
     },
     NdnOutcome::kHold, "ndn.contradiction"},
    {"Dsn02SpamByTheNextHopOnlyIsHeld",
     [](NdnQuestion& q) { q.cause = Cause::kRefusedAsSpam; }, NdnOutcome::kHold,
     "ndn.spam-there"},
    {"SpamByBothIsSilent",
     [](NdnQuestion& q) {
       q.cause = Cause::kRefusedAsSpam;
       q.verdict = ContentVerdict::kSpam;
     },
     NdnOutcome::kSilent, "automatic.spam"},
    {"OurOwnLearnWhatTheNextHopCallsSpam",
     [](NdnQuestion& q) {
       q.cause = Cause::kRefusedAsSpam;
       q.sender_is_ours = true;
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"DelayByDefault", [](NdnQuestion& q) { q.action = Action::kDelayed; },
     NdnOutcome::kNotify, "ndn.told"},
    {"DelayNotIfOnlyFailureWasAsked",
     [](NdnQuestion& q) {
       q.action = Action::kDelayed;
       q.notify = Notify(false, false, true);
     },
     NdnOutcome::kSilent, "ndn.not-wanted"},
    {"SuccessNotByDefault",
     [](NdnQuestion& q) { q.action = Action::kDelivered; }, NdnOutcome::kSilent,
     "ndn.not-wanted"},
    {"SuccessIfAsked",
     [](NdnQuestion& q) {
       q.action = Action::kRelayed;
       q.notify = Notify(false, true);
     },
     NdnOutcome::kNotify, "ndn.told"},
    {"Dsn15NoSuccessOfSpam",
     [](NdnQuestion& q) {
       q.action = Action::kDelivered;
       q.notify = Notify(false, true);
       q.verdict = ContentVerdict::kSpam;
     },
     NdnOutcome::kSilent, "automatic.spam"},
};

class NdnPolicyTest : public testing::TestWithParam<PolicyCase> {};

TEST_P(NdnPolicyTest, Decides) {
  policy::Governor governor(Ours());
  NdnPolicy policy({.warn_of_delay = true}, &governor);
  NdnQuestion question = Question();
  GetParam().change(question);
  const NdnDecision got = policy.Decide(question, kNow);
  EXPECT_EQ(got.outcome, GetParam().want) << got.decision.Explain();
  EXPECT_EQ(got.decision.rule->name, GetParam().want_rule);
}

INSTANTIATE_TEST_SUITE_P(Table, NdnPolicyTest, testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(NdnPolicyTest, DelayWarningsAreOffByDefault) {
  policy::Governor governor(Ours());
  NdnPolicy policy({}, &governor);
  NdnQuestion question = Question();
  question.action = Action::kDelayed;
  question.notify = Notify(false, false, false, true);
  const NdnDecision got = policy.Decide(question, kNow);
  EXPECT_EQ(got.outcome, NdnOutcome::kSilent);
  EXPECT_EQ(got.decision.rule->name, "ndn.no-warnings");
}

// R24. What the bounds stop is held if something failed.
TEST(BoundTest, AddressAndDomainAreBounded) {
  policy::Governor governor(
      Ours({.per_address = {.burst = 2}, .per_domain = {.burst = 3}}));
  NdnPolicy policy({}, &governor);
  const auto decide = [&policy](const char* sender) {
    NdnQuestion question = Question();
    question.sender = *ReversePath::Parse(sender);
    return policy.Decide(question, kNow).outcome;
  };
  EXPECT_EQ(decide("<alice@example.com>"), NdnOutcome::kNotify);
  EXPECT_EQ(decide("<ALICE@Example.COM>"), NdnOutcome::kNotify);
  EXPECT_EQ(decide("<alice@example.com>"), NdnOutcome::kHold);
  EXPECT_EQ(decide("<carol@example.com>"), NdnOutcome::kNotify);
  EXPECT_EQ(decide("<carol@example.com>"), NdnOutcome::kHold);
  EXPECT_EQ(decide("<alice@example.net>"), NdnOutcome::kNotify);
  EXPECT_EQ(decide("<alice@[192.0.2.1]>"), NdnOutcome::kNotify);
}

TEST(BoundTest, WhatTheDomainStopsDoesNotCountForTheAddress) {
  policy::Governor governor(
      Ours({.per_address = {.burst = 1, .interval = absl::Hours(100)},
            .per_domain = {.burst = 1, .interval = absl::Hours(1)}}));
  NdnPolicy policy({}, &governor);
  NdnQuestion question = Question();
  EXPECT_EQ(policy.Decide(question, kNow).outcome, NdnOutcome::kNotify);
  question.sender = *ReversePath::Parse("<carol@example.com>");
  EXPECT_EQ(policy.Decide(question, kNow).outcome, NdnOutcome::kHold);
  EXPECT_EQ(policy.Decide(question, kNow + absl::Hours(1)).outcome,
            NdnOutcome::kNotify);
}

TEST(BoundTest, OneNotificationTakesOnceForAllItsRecipients) {
  policy::Governor governor(Ours({.per_address = {.burst = 1}}));
  NdnPolicy policy({}, &governor);
  EXPECT_EQ(policy.Decide(Question(), kNow).outcome, NdnOutcome::kNotify);
  EXPECT_EQ(policy.Decide(Question(), kNow, /*takes=*/false).outcome,
            NdnOutcome::kNotify);
  EXPECT_EQ(policy.Decide(Question(), kNow).outcome, NdnOutcome::kHold);
}

TEST(BoundTest, OnlyWhatIsToldTakes) {
  policy::Governor governor(Ours({.per_address = {.burst = 1}}));
  NdnPolicy policy({}, &governor);
  NdnQuestion spam = Question();
  spam.verdict = ContentVerdict::kSpam;
  NdnQuestion contradiction = Question();
  contradiction.cause = Cause::kMailboxFull;
  for (int i = 0; i < 10; ++i) {
    policy.Decide(spam, kNow);
    policy.Decide(contradiction, kNow);
  }
  EXPECT_EQ(policy.Decide(Question(), kNow).outcome, NdnOutcome::kNotify);
}

TEST(BoundTest, SuccessesAboveTheBoundsAreSilent) {
  policy::Governor governor(Ours({.per_domain = {.burst = 1}}));
  NdnPolicy policy({}, &governor);
  NdnQuestion question = Question();
  question.action = Action::kDelivered;
  question.notify = Notify(false, true);
  EXPECT_EQ(policy.Decide(question, kNow).outcome, NdnOutcome::kNotify);
  EXPECT_EQ(policy.Decide(question, kNow).outcome, NdnOutcome::kSilent);
}

TEST(BoundTest, OtherAutomaticMailCountsAsWell) {
  policy::Governor governor(Ours({.per_address = {.burst = 1}}));
  const NdnPolicy policy({}, &governor);
  ASSERT_TRUE(governor
                  .Decide({.kind = policy::AutomaticKind::kAbsenceNotice,
                           .verdict = ContentVerdict::kClean,
                           .answered = Question().sender,
                           .author = *Address::Parse("bob@example.org"),
                           .target = *Question().sender.address()},
                          kNow)
                  .allowed());
  const NdnDecision got = policy.Decide(Question(), kNow);
  EXPECT_EQ(got.outcome, NdnOutcome::kHold);
  EXPECT_EQ(got.decision.rule->name, "automatic.bound");
}

TEST(ExplainTest, SaysWhatWasAskedAndWhatWouldChangeIt) {
  policy::Governor governor(Ours());
  NdnPolicy policy({}, &governor);
  NdnQuestion question = Question();
  question.cause = Cause::kMailboxFull;
  const std::string text = policy.Decide(question, kNow).decision.Explain();
  for (const char* word :
       {"ndn.contradiction", "R18, R19", "mailbox-full", "mx.example.net",
        "alice@example.com", "bob@example.net", "otherwise: "}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
}

TEST(ExplainTest, HasTheGovernorsDecisionInIt) {
  policy::Governor governor(Ours({.per_address = {.burst = 1}}));
  NdnPolicy policy({}, &governor);
  for (const char* rule : {"automatic.allowed", "automatic.bound"}) {
    const policy::Decision got = policy.Decide(Question(), kNow).decision;
    ASSERT_EQ(got.because.size(), 1);
    EXPECT_EQ(got.because[0].rule->name, rule);
    EXPECT_EQ(got.because[0].verdict, got.verdict);
    EXPECT_NE(got.Explain().find(rule), std::string::npos);
  }
}

enum class Bound { kFree, kAddressFull, kDomainFull };

// Slow and obvious: the header's prose, with other words.
NdnOutcome Twin(const NdnQuestion& q, const NdnPolicy::Options& options,
                bool bound_is_reached) {
  const std::set<Cause> disagreements = {Cause::kNoSuchRecipient,
                                         Cause::kTooLarge, Cause::kMailboxFull};
  const bool failed = q.action == Action::kFailed;
  const bool nothing_asked = q.notify == smtp::DsnNotify{};
  const bool wanted =
      !q.notify.never &&
      (failed                         ? nothing_asked || q.notify.failure
       : q.action == Action::kDelayed ? nothing_asked || q.notify.delay
                                      : q.notify.success);
  const bool unscanned =
      !q.sender_is_ours && q.verdict == ContentVerdict::kUnknown;
  const bool is_bad = q.verdict == ContentVerdict::kSpam ||
                      q.verdict == ContentVerdict::kMalware;
  const bool may_be_asked =
      !q.sender.IsNull() && wanted &&
      (q.action != Action::kDelayed || (options.warn_of_delay && !q.automatic));
  const bool may_be_told = may_be_asked && !is_bad;
  if (failed && !q.sender_is_ours && disagreements.count(q.cause) == 1 &&
      (options.outside_senders == NdnPolicy::Contradictions::kHold ||
       !may_be_told)) {
    return NdnOutcome::kHold;
  }
  if (may_be_asked && is_bad && failed && q.sender_is_ours) {
    return NdnOutcome::kHold;
  }
  if (!may_be_told) return NdnOutcome::kSilent;
  if (failed && !q.sender_is_ours && q.cause == Cause::kRefusedAsSpam) {
    return NdnOutcome::kHold;
  }
  if (unscanned) return failed ? NdnOutcome::kHold : NdnOutcome::kSilent;
  if (!bound_is_reached) return NdnOutcome::kNotify;
  return failed ? NdnOutcome::kHold : NdnOutcome::kSilent;
}

// All questions.
std::vector<NdnQuestion> AllQuestions() {
  std::vector<NdnQuestion> all;
  for (int i = 0; i < 5 * 2 * 16 * 2 * 2 * 4 * kCauses; ++i) {
    int rest = i;
    const auto pick = [&rest](int choices) {
      const int choice = rest % choices;
      rest /= choices;
      return choice;
    };
    NdnQuestion question = Question();
    question.action = kActions[pick(5)];
    if (pick(2) == 1) question.sender = ReversePath();
    const int notify = pick(16);
    question.notify = Notify(notify & 1, notify & 2, notify & 4, notify & 8);
    question.sender_is_ours = pick(2) == 1;
    question.automatic = pick(2) == 1;
    question.verdict = kVerdicts[pick(4)];
    question.cause = static_cast<Cause>(pick(kCauses));
    all.push_back(question);
  }
  return all;
}

void CheckDecision(const NdnDecision& got) {
  EXPECT_EQ(got.decision.accepted(), got.outcome == NdnOutcome::kNotify);
  EXPECT_EQ(got.decision.reply.IsPositive(), got.decision.accepted());
  EXPECT_FALSE(got.decision.rule->name.empty());
  EXPECT_FALSE(got.decision.rule->source.empty());
  EXPECT_FALSE(got.decision.otherwise().empty());
  EXPECT_GE(got.decision.inputs.size(), 7u);
}

class ExhaustiveTest : public testing::TestWithParam<int> {};

TEST_P(ExhaustiveTest, AgreesWithASlowTwin) {
  const auto bound = static_cast<Bound>(GetParam() % 3);
  NdnPolicy::Options options;
  options.warn_of_delay = GetParam() / 3 % 2 == 1;
  options.outside_senders = GetParam() / 6 == 1
                                ? NdnPolicy::Contradictions::kNotify
                                : NdnPolicy::Contradictions::kHold;
  // One token that is never given back, or as many as there are questions.
  const uint32_t many = 1000000;
  policy::Governor::Options bounds;
  bounds.per_address = {.burst = bound == Bound::kAddressFull ? 1 : many,
                        .interval = absl::Hours(700)};
  bounds.per_domain = {.burst = bound == Bound::kDomainFull ? 1 : many,
                       .interval = absl::Hours(700)};
  policy::Governor governor(Ours(bounds));
  NdnPolicy policy(options, &governor);
  ASSERT_EQ(policy.Decide(Question(), kNow).outcome, NdnOutcome::kNotify);
  for (const NdnQuestion& question : AllQuestions()) {
    const NdnDecision got = policy.Decide(question, kNow);
    ASSERT_EQ(got.outcome, Twin(question, options, bound != Bound::kFree))
        << got.decision.Explain();
    ASSERT_EQ(policy.Decide(question, kNow, /*takes=*/false).outcome,
              Twin(question, options, false));
    CheckDecision(got);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExhaustiveTest, testing::Range(0, 12));

}  // namespace
}  // namespace mailsec::notify
