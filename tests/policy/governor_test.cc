// What may be sent automatically, and what may not.

#include "mailcore/policy/governor.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::policy {
namespace {

using address::Address;
using address::Domain;
using address::ReversePath;
using message::ContentVerdict;
using Rule = GovernorRule;
using Bound = GovernorBound;
using Kind = AutomaticKind;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

constexpr Kind kKinds[] = {Kind::kNotification,  Kind::kDelayWarning,
                           Kind::kAbsenceNotice, Kind::kReceipt,
                           Kind::kForward,       Kind::kAlarm};
constexpr ContentVerdict kVerdicts[] = {
    ContentVerdict::kUnknown, ContentVerdict::kClean, ContentVerdict::kSpam,
    ContentVerdict::kMalware};

Address At(absl::string_view text) { return *Address::Parse(text); }

Governor::Options Ours(Governor::Options options = {}) {
  options.own_domains = {*Domain::Parse("example.org"),
                         *Domain::Parse("example.net")};
  options.operators = {At("admin@example.org"), At("deputy@far.example")};
  return options;
}

// Nothing is wrong with it.
AutomaticMail Mail(Kind kind, absl::string_view target = "alice@example.com") {
  AutomaticMail mail = {.kind = kind,
                        .verdict = ContentVerdict::kClean,
                        .answered = ReversePath(At(target)),
                        .author = At("bob@example.org"),
                        .target = At(target)};
  if (kind == Kind::kAlarm) mail.target = At("admin@example.org");
  if (kind == Kind::kForward) {
    mail.sender = ReversePath(At("SRS0=x@example.org"));
  }
  return mail;
}

// ---------------------------------------------------------------------------
// Whose line decides

struct LineCase {
  const char* name;
  Kind kind;
  void (*change)(AutomaticMail&);
  Rule want;
};

void Unscanned(AutomaticMail& m) { m.verdict = ContentVerdict::kUnknown; }
void Spam(AutomaticMail& m) { m.verdict = ContentVerdict::kSpam; }
void Malware(AutomaticMail& m) { m.verdict = ContentVerdict::kMalware; }
void FromNobody(AutomaticMail& m) { m.answered = ReversePath(); }
void FromMachine(AutomaticMail& m) { m.answers_automatic = true; }
void UnscannedOfOurs(AutomaticMail& m) {
  Unscanned(m);
  m.sender_is_ours = true;
}

const LineCase kLineCases[] = {
    {"ANotice", Kind::kAbsenceNotice, nullptr, Rule::kAllowed},
    {"AReceipt", Kind::kReceipt, nullptr, Rule::kAllowed},
    {"AForward", Kind::kForward, nullptr, Rule::kAllowed},
    {"ANotification", Kind::kNotification, nullptr, Rule::kAllowed},
    {"ADelayWarning", Kind::kDelayWarning, nullptr, Rule::kAllowed},
    {"AnAlarm", Kind::kAlarm, nullptr, Rule::kAllowed},
    {"NoNoticeAboutWhatNobodyScanned", Kind::kAbsenceNotice, Unscanned,
     Rule::kNoVerdict},
    {"NotEvenToOneOfUs", Kind::kAbsenceNotice, UnscannedOfOurs,
     Rule::kNoVerdict},
    {"NoReceiptEither", Kind::kReceipt, UnscannedOfOurs, Rule::kNoVerdict},
    {"NoForwardEither", Kind::kForward, UnscannedOfOurs, Rule::kNoVerdict},
    {"NoNotificationOfAStranger", Kind::kNotification, Unscanned,
     Rule::kNoVerdict},
    {"ANotificationToOneOfUs", Kind::kNotification, UnscannedOfOurs,
     Rule::kAllowed},
    {"AWarningToOneOfUs", Kind::kDelayWarning, UnscannedOfOurs, Rule::kAllowed},
    {"AnAlarmNeedsNoVerdict", Kind::kAlarm, Unscanned, Rule::kAllowed},
    {"AnAlarmAboutMalware", Kind::kAlarm, Malware, Rule::kAllowed},
    {"SpamIsNotAnswered", Kind::kAbsenceNotice, Spam, Rule::kSpam},
    {"MalwareIsNotForwarded", Kind::kForward, Malware, Rule::kSpam},
    {"OursGetNoNotificationOfSpam", Kind::kNotification,
     [](AutomaticMail& m) {
       Spam(m);
       m.sender_is_ours = true;
     },
     Rule::kSpam},
    {"NobodyIsAnswered", Kind::kReceipt, FromNobody, Rule::kNullSender},
    {"NobodyIsNotified", Kind::kNotification, FromNobody, Rule::kNullSender},
    {"ABounceMayBeForwarded", Kind::kForward,
     [](AutomaticMail& m) {
       FromNobody(m);
       m.sender = ReversePath();
     },
     Rule::kAllowed},
    {"NoMachineIsAnswered", Kind::kAbsenceNotice, FromMachine,
     Rule::kAutomatic},
    {"NoMachineIsWarnedOfDelay", Kind::kDelayWarning, FromMachine,
     Rule::kAutomatic},
    {"AMachineLearnsThatItsMailFailed", Kind::kNotification, FromMachine,
     Rule::kAllowed},
    {"AMachinesMailMayBeForwarded", Kind::kForward, FromMachine,
     Rule::kAllowed},
    {"AnAlarmToNoOperator", Kind::kAlarm,
     [](AutomaticMail& m) { m.target = At("bob@example.org"); },
     Rule::kNotOperator},
    {"AnOperatorMayBeElsewhere", Kind::kAlarm,
     [](AutomaticMail& m) { m.target = At("Deputy@FAR.example"); },
     Rule::kAllowed},
    {"AForeignAuthor", Kind::kAbsenceNotice,
     [](AutomaticMail& m) { m.author = At("bob@example.com"); },
     Rule::kNotOurName},
    {"AnAuthorBelowOurDomain", Kind::kAbsenceNotice,
     [](AutomaticMail& m) { m.author = At("bob@x.example.org"); },
     Rule::kNotOurName},
    {"AnAuthorOfAnotherDomainOfOurs", Kind::kAbsenceNotice,
     [](AutomaticMail& m) { m.author = At("bob@EXAMPLE.net"); },
     Rule::kAllowed},
    {"AnAuthorAtALiteral", Kind::kAbsenceNotice,
     [](AutomaticMail& m) { m.author = At("bob@[192.0.2.1]"); },
     Rule::kNotOurName},
    {"TheSendersOwnAddressIsNeverUsed", Kind::kForward,
     [](AutomaticMail& m) { m.sender = m.answered; }, Rule::kNotOurName},
    {"AnAlarmFromAForeignName", Kind::kAlarm,
     [](AutomaticMail& m) { m.author = At("a@example.com"); },
     Rule::kNotOurName},
};

class LineTest : public testing::TestWithParam<LineCase> {};

TEST_P(LineTest, Decides) {
  Governor governor(Ours());
  AutomaticMail mail = Mail(GetParam().kind);
  if (GetParam().change != nullptr) GetParam().change(mail);
  const GovernorAnswer got = governor.Decide(mail, kNow);
  EXPECT_EQ(got.rule, GetParam().want) << got.ToDecision(mail).Explain();
  EXPECT_EQ(governor.DecideWithoutBounds(mail).rule, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, LineTest, testing::ValuesIn(kLineCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// Slow and obvious: the sentences, each by itself.
bool MayBeSent(const AutomaticMail& m, bool author_is_ours,
               bool sender_is_ours_or_null, bool to_operator) {
  const bool alarm = m.kind == Kind::kAlarm;
  const bool report =
      m.kind == Kind::kNotification || m.kind == Kind::kDelayWarning;
  const bool answer =
      report || m.kind == Kind::kAbsenceNotice || m.kind == Kind::kReceipt;
  if (!author_is_ours || !sender_is_ours_or_null) return false;
  if (alarm) return to_operator;
  if (m.verdict == ContentVerdict::kSpam) return false;
  if (m.verdict == ContentVerdict::kMalware) return false;
  if (m.verdict == ContentVerdict::kUnknown && !(report && m.sender_is_ours)) {
    return false;
  }
  if (m.kind == Kind::kNotification) return !m.answered.IsNull();
  return !answer || (!m.answered.IsNull() && !m.answers_automatic);
}

TEST(LineTest, AllQuestionsAgreeWithASlowTwin) {
  Governor governor(Ours());
  int allowed = 0;
  for (int i = 0; i < 6 * 4 * 2 * 2 * 2 * 3 * 2 * 2; ++i) {
    int rest = i;
    const auto pick = [&rest](int choices) {
      const int choice = rest % choices;
      rest /= choices;
      return choice;
    };
    AutomaticMail mail = Mail(kKinds[pick(6)]);
    mail.verdict = kVerdicts[pick(4)];
    if (pick(2) == 1) mail.answered = ReversePath();
    mail.sender_is_ours = pick(2) == 1;
    mail.answers_automatic = pick(2) == 1;
    const int sender = pick(3);
    mail.sender = sender == 0   ? ReversePath()
                  : sender == 1 ? ReversePath(At("a@example.net"))
                                : ReversePath(At("a@example.com"));
    const bool author = pick(2) == 1;
    mail.author = At(author ? "a@example.org" : "a@other.example");
    const bool to_operator = pick(2) == 1;
    mail.target = At(to_operator ? "admin@example.org" : "alice@example.com");
    const bool want = MayBeSent(mail, author, sender != 2, to_operator);
    const GovernorAnswer got = governor.DecideWithoutBounds(mail);
    ASSERT_EQ(got.allowed(), want) << got.ToDecision(mail).Explain();
    allowed += want;
  }
  EXPECT_GT(allowed, 100);
}

TEST(LineTest, WithoutANameSpaceNothingIsSent) {
  Governor governor({.operators = {At("admin@example.org")}});
  for (const Kind kind : kKinds) {
    EXPECT_EQ(governor.Decide(Mail(kind), kNow).rule, Rule::kNotOurName);
  }
}

// ---------------------------------------------------------------------------
// R24

TEST(BoundTest, OneTargetInAllItsSpellings) {
  Governor governor(Ours({.per_address = {.burst = 1}}));
  ASSERT_TRUE(
      governor.Decide(Mail(Kind::kAbsenceNotice, "bounce+1@example.com"), kNow)
          .allowed());
  for (const char* same :
       {"bounce+1@example.com", "bounce+2@example.com", "BOUNCE@Example.COM",
        "\"bounce\"@example.com", "\"bounce+a b\"@example.com",
        "bounce+@example.com", "bounce+1+2@example.com"}) {
    const GovernorAnswer got =
        governor.Decide(Mail(Kind::kNotification, same), kNow);
    EXPECT_EQ(got.rule, Rule::kBound) << same;
    EXPECT_EQ(got.bound, Bound::kAddress) << same;
  }
  for (const char* other :
       {"bounce-1@example.com", "+1@example.com", "bounce@x.example.com",
        "bounce@[192.0.2.1]", "bounce@[IPv6:2001:db8::1]"}) {
    EXPECT_TRUE(
        governor.Decide(Mail(Kind::kNotification, other), kNow).allowed())
        << other;
  }
}

TEST(BoundTest, AnInternationalDomainIsOneInBothForms) {
  Governor governor(Ours({.per_domain = {.burst = 1}}));
  EXPECT_TRUE(governor
                  .Decide(Mail(Kind::kReceipt,
                               "a@b\xC3\xBC"
                               "cher.example"),
                          kNow)
                  .allowed());
  EXPECT_EQ(
      governor.Decide(Mail(Kind::kReceipt, "b@x.xn--bcher-kva.example"), kNow)
          .bound,
      Bound::kDomain);
}

TEST(BoundTest, SubdomainsAreTheirOrganisations) {
  Governor governor(Ours({.per_domain = {.burst = 2}}));
  const auto decide = [&](const char* target) {
    return governor.Decide(Mail(Kind::kAbsenceNotice, target), kNow).rule;
  };
  EXPECT_EQ(decide("a@one.example.co.uk"), Rule::kAllowed);
  EXPECT_EQ(decide("b@two.three.example.co.uk"), Rule::kAllowed);
  EXPECT_EQ(decide("c@example.co.uk"), Rule::kBound);
  EXPECT_EQ(decide("c@example2.co.uk"), Rule::kAllowed);
}

AutomaticMail Behind(Kind kind, int i, std::vector<std::string> exchangers) {
  AutomaticMail mail = Mail(kind, absl::StrCat("u@d", i, ".example"));
  mail.exchangers = std::move(exchangers);
  return mail;
}

TEST(BoundTest, PublicProvidersExchangersAreOneTarget) {
  Governor governor(
      Ours({.per_exchanger = {.burst = 3},
            .public_providers = {*Domain::Parse("mailhost.example")}}));
  auto decide = [&, i = 0](std::vector<std::string> exchangers) mutable {
    return governor.Decide(
        Behind(Kind::kAbsenceNotice, ++i, std::move(exchangers)), kNow);
  };
  EXPECT_TRUE(
      decide({"aspmx.l.google.com", "alt1.aspmx.l.google.com"}).allowed());
  EXPECT_TRUE(decide({"mx.own.example", "ASPMX3.GoogleMail.com."}).allowed());
  EXPECT_TRUE(decide({"aspmx.l.google.com"}).allowed());
  EXPECT_TRUE(decide({"aspmx.l.google.com"}).allowed());
  const GovernorAnswer got = decide({"alt4.aspmx.l.google.com"});
  EXPECT_EQ(got.rule, Rule::kBound);
  EXPECT_EQ(got.bound, Bound::kExchanger);
  EXPECT_EQ(got.provider, "google.com");
  // Nor if another is preferred.
  EXPECT_FALSE(decide({"mx.own.example", "aspmx.l.google.com"}).allowed());
  EXPECT_TRUE(decide({"x.mail.protection.outlook.com"}).allowed());
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(decide({"mx.own.example"}).allowed()) << i;
    EXPECT_TRUE(decide({"mx.notgoogle.com"}).allowed()) << i;
    EXPECT_EQ(decide({"in.mailhost.example"}).allowed(), i < 3) << i;
  }
}

TEST(BoundTest, NoMoreThanAFewProvidersCount) {
  Governor governor(Ours());
  AutomaticMail mail = Mail(Kind::kNotification);
  for (const absl::string_view suffix : PublicProviders::BuiltIn()) {
    mail.exchangers.push_back(absl::StrCat("mx.", suffix));
    mail.exchangers.push_back(absl::StrCat("mx2.", suffix));
  }
  EXPECT_TRUE(governor.Decide(mail, kNow).allowed());
}

TEST(BoundTest, NoticesAndReceiptsHaveATotal) {
  Governor governor(Ours({.notices = {.burst = 3}}));
  auto decide = [&, i = 0](Kind kind) mutable {
    return governor.Decide(Mail(kind, absl::StrCat("u@d", ++i, ".example")),
                           kNow);
  };
  EXPECT_TRUE(decide(Kind::kAbsenceNotice).allowed());
  EXPECT_TRUE(decide(Kind::kReceipt).allowed());
  EXPECT_TRUE(decide(Kind::kAbsenceNotice).allowed());
  EXPECT_EQ(decide(Kind::kReceipt).bound, Bound::kTotal);
  EXPECT_TRUE(decide(Kind::kNotification).allowed());
  EXPECT_TRUE(decide(Kind::kForward).allowed());
}

TEST(BoundTest, ForwardsAndAlarmsHaveTheirOwn) {
  Governor governor(Ours({.per_address = {.burst = 1},
                          .per_domain = {.burst = 1},
                          .forwards_per_address = {.burst = 2},
                          .forwards_per_domain = {.burst = 3},
                          .alarms = {.burst = 2}}));
  const auto decide = [&](Kind kind, const char* target) {
    AutomaticMail mail = Mail(kind);
    mail.target = At(target);
    return governor.Decide(mail, kNow).rule;
  };
  constexpr char kAdmin[] = "admin@example.org";
  EXPECT_EQ(decide(Kind::kAbsenceNotice, kAdmin), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kNotification, kAdmin), Rule::kBound);
  EXPECT_EQ(decide(Kind::kForward, kAdmin), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kForward, kAdmin), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kForward, kAdmin), Rule::kBound);
  EXPECT_EQ(decide(Kind::kForward, "b@example.org"), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kForward, "c@example.org"), Rule::kBound);
  EXPECT_EQ(decide(Kind::kAlarm, kAdmin), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kAlarm, kAdmin), Rule::kAllowed);
  EXPECT_EQ(decide(Kind::kAlarm, kAdmin), Rule::kBound);
  EXPECT_EQ(decide(Kind::kAlarm, "deputy@far.example"), Rule::kAllowed);
}

TEST(BoundTest, WhatALaterBoundStopsTakesNothingFromTheEarlier) {
  Governor governor(Ours({.per_address = {.burst = 2},
                          .per_domain = {.burst = 10},
                          .per_exchanger = {.burst = 1},
                          .notices = {.burst = 100}}));
  ASSERT_TRUE(
      governor.Decide(Behind(Kind::kAbsenceNotice, 1, {"mx.gmx.net"}), kNow)
          .allowed());
  const std::string before = governor.SaveBounds(kNow);
  for (int i = 0; i < 200; ++i) {
    const GovernorAnswer got =
        governor.Decide(Behind(Kind::kAbsenceNotice, 1, {"mx.gmx.net"}), kNow);
    ASSERT_EQ(got.bound, Bound::kExchanger);
  }
  EXPECT_EQ(governor.SaveBounds(kNow), before);
}

TEST(BoundTest, ALineThatDoesNotHoldTakesNothing) {
  Governor governor(Ours());
  const std::string before = governor.SaveBounds(kNow);
  AutomaticMail mail = Mail(Kind::kAbsenceNotice);
  mail.verdict = ContentVerdict::kSpam;
  EXPECT_FALSE(governor.Decide(mail, kNow).allowed());
  EXPECT_EQ(governor.SaveBounds(kNow), before);
}

TEST(BoundTest, ADryRunTellsAndTakesNothing) {
  Governor governor(Ours({.per_address = {.burst = 2}}));
  const AutomaticMail mail = Mail(Kind::kAbsenceNotice);
  for (int i = 0; i < 10; ++i) {
    const GovernorAnswer got = governor.Decide(mail, kNow, /*takes=*/false);
    EXPECT_TRUE(got.allowed());
    EXPECT_EQ(got.left, 1);
  }
  EXPECT_TRUE(governor.Decide(mail, kNow).allowed());
  EXPECT_TRUE(governor.Decide(mail, kNow).allowed());
  EXPECT_FALSE(governor.Decide(mail, kNow, /*takes=*/false).allowed());
  EXPECT_TRUE(governor.DecideWithoutBounds(mail).allowed());
}

TEST(BoundTest, WhatWasNotSentAfterAllIsGivenBack) {
  Governor governor(Ours({.per_address = {.burst = 1}}));
  const AutomaticMail mail = Behind(Kind::kReceipt, 1, {"mx00.gmx.net"});
  const std::string before = governor.SaveBounds(kNow);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(governor.Decide(mail, kNow).allowed());
    governor.Return(mail, kNow);
  }
  EXPECT_EQ(governor.SaveBounds(kNow), before);
}

TEST(BoundTest, TheFiguresAreThoseOfTheTightestBound) {
  Governor governor(
      Ours({.per_address = {.burst = 3, .interval = absl::Minutes(30)},
            .per_domain = {.burst = 50, .interval = absl::Minutes(1)}}));
  const AutomaticMail mail = Mail(Kind::kAbsenceNotice);
  for (uint32_t i = 1; i <= 3; ++i) {
    const GovernorAnswer got = governor.Decide(mail, kNow);
    EXPECT_EQ(got.bound, Bound::kAddress);
    EXPECT_EQ(got.burst, 3);
    EXPECT_EQ(got.used, i);
    EXPECT_EQ(got.left, 3 - i);
  }
  const GovernorAnswer no = governor.Decide(mail, kNow + absl::Minutes(10));
  EXPECT_EQ(no.rule, Rule::kBound);
  EXPECT_EQ(no.retry_after, absl::Minutes(20));
  EXPECT_EQ(no.interval, absl::Minutes(30));
  EXPECT_TRUE(governor.Decide(mail, kNow + absl::Minutes(30)).allowed());
}

TEST(BoundTest, AClockThatJumpsBackGivesNothing) {
  Governor governor(Ours({.per_address = {.burst = 1}}));
  EXPECT_TRUE(governor.Decide(Mail(Kind::kReceipt), kNow).allowed());
  EXPECT_FALSE(
      governor.Decide(Mail(Kind::kReceipt), kNow - absl::Hours(48)).allowed());
}

TEST(BoundTest, ThreadsGetNoMoreThanTheBounds) {
  Governor governor(
      Ours({.per_address = {.burst = 1000}, .per_domain = {.burst = 700}}));
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        allowed += governor.Decide(Mail(Kind::kNotification), kNow).allowed();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 700);
}

// ---------------------------------------------------------------------------
// Restarts

TEST(SaveTest, ARestartBeginsNoBoundAnew) {
  const auto options = [](uint64_t seed) {
    return Ours({.per_address = {.burst = 1},
                 .forwards_per_address = {.burst = 1},
                 .alarms = {.burst = 1},
                 .seed = {seed, seed}});
  };
  Governor before(options(1));
  for (const Kind kind : {Kind::kReceipt, Kind::kForward, Kind::kAlarm}) {
    ASSERT_TRUE(before.Decide(Mail(kind), kNow).allowed());
  }
  const std::string saved = before.SaveBounds(kNow);
  Governor after(options(2));
  ASSERT_TRUE(after.LoadBounds(saved).ok());
  for (const Kind kind : {Kind::kReceipt, Kind::kForward, Kind::kAlarm}) {
    EXPECT_EQ(after.Decide(Mail(kind), kNow).rule, Rule::kBound);
    EXPECT_TRUE(after.Decide(Mail(kind), kNow + absl::Hours(1)).allowed());
  }
}

TEST(SaveTest, OtherOptionsLoadTheSame) {
  Governor before(Ours({.per_address = {.burst = 5}}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(before.Decide(Mail(Kind::kReceipt), kNow).allowed());
  }
  for (const uint32_t burst : {1, 2, 5, 100}) {
    Governor after(Ours({.per_address = {.burst = burst, .max_keys = 10}}));
    ASSERT_TRUE(after.LoadBounds(before.SaveBounds(kNow)).ok());
    EXPECT_EQ(after.Decide(Mail(Kind::kReceipt), kNow).allowed(), burst > 5);
  }
}

// A reload: whoever works with the governor before it takes from the same
// bound, so that no exchange lets one mail more through.
TEST(ReloadTest, GovernorsBeforeAndAfterShareABoundThatStays) {
  Governor first(Ours({.per_address = {.burst = 4}, .seed = {1, 2}}));
  Governor second(Ours({.per_address = {.burst = 4}, .seed = {3, 4}}), first,
                  kNow);
  EXPECT_TRUE(first.Decide(Mail(Kind::kReceipt), kNow).allowed());
  EXPECT_TRUE(second.Decide(Mail(Kind::kReceipt), kNow).allowed());
  Governor third(Ours({.per_address = {.burst = 4}}), second, kNow);
  EXPECT_TRUE(first.Decide(Mail(Kind::kReceipt), kNow).allowed());
  EXPECT_TRUE(third.Decide(Mail(Kind::kReceipt), kNow).allowed());
  for (Governor* governor : {&first, &second, &third}) {
    EXPECT_EQ(governor->Decide(Mail(Kind::kReceipt), kNow).rule, Rule::kBound);
  }
}

TEST(ReloadTest, AnotherBoundBeginsWithWhatWasUsed) {
  Governor before(Ours({.per_address = {.burst = 5}}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(before.Decide(Mail(Kind::kReceipt), kNow).allowed());
  }
  for (const uint32_t burst : {1, 2, 3, 4, 6}) {
    Governor after(Ours({.per_address = {.burst = burst}}), before, kNow);
    EXPECT_EQ(after.Decide(Mail(Kind::kReceipt), kNow).allowed(), burst > 3);
  }
}

TEST(SaveTest, DamageIsNoticedAndChangesNothing) {
  Governor before(Ours({.seed = {1, 2}}));
  for (const Kind kind : kKinds) {
    ASSERT_TRUE(before.Decide(Mail(kind), kNow).allowed());
  }
  const std::string saved = before.SaveBounds(kNow);
  Governor after(Ours({.seed = {3, 4}}));
  ASSERT_TRUE(after.Decide(Mail(Kind::kReceipt), kNow).allowed());
  const std::string own = after.SaveBounds(kNow);
  for (size_t i = 0; i < saved.size(); ++i) {
    for (const char flip : {1, 32}) {
      std::string damaged = saved;
      damaged[i] ^= flip;
      ASSERT_TRUE(absl::IsDataLoss(after.LoadBounds(damaged))) << i;
    }
    ASSERT_TRUE(absl::IsDataLoss(after.LoadBounds(saved.substr(0, i)))) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(after.LoadBounds(saved + "x")));
  EXPECT_TRUE(absl::IsDataLoss(after.LoadBounds("")));
  EXPECT_EQ(after.SaveBounds(kNow), own);
  EXPECT_TRUE(after.LoadBounds(saved).ok());
  EXPECT_EQ(after.SaveBounds(kNow), saved);
}

// ---------------------------------------------------------------------------
// Why

TEST(ExplainTest, EachRuleHasItsNameSourceAndWhatWouldChangeIt) {
  const AutomaticMail mail = Mail(Kind::kNotification);
  for (int i = 0; i <= static_cast<int>(Rule::kBound); ++i) {
    const GovernorAnswer answer = {.rule = static_cast<Rule>(i)};
    const Decision decision = answer.ToDecision(mail);
    EXPECT_TRUE(absl::StartsWith(decision.rule->name, "automatic.")) << i;
    EXPECT_FALSE(decision.rule->source.empty()) << i;
    EXPECT_FALSE(decision.otherwise().empty()) << i;
    EXPECT_EQ(decision.accepted(), answer.allowed()) << i;
    EXPECT_EQ(decision.reply.IsPositive(), answer.allowed()) << i;
    EXPECT_EQ(decision.inputs.size(), 8) << i;
  }
}

TEST(ExplainTest, ABoundSaysItsFigures) {
  Governor governor(
      Ours({.per_domain = {.burst = 1, .interval = absl::Minutes(2)}}));
  ASSERT_TRUE(governor.Decide(Mail(Kind::kReceipt), kNow).allowed());
  const AutomaticMail mail = Mail(Kind::kReceipt, "carol@x.example.com");
  const std::string text = governor.Decide(mail, kNow + absl::Milliseconds(500))
                               .ToDecision(mail)
                               .Explain();
  for (const char* words :
       {"automatic.bound", "R24", "receipt", "clean", "carol@x.example.com",
        "domain", "to example.com: 1 at once, then one each 2m",
        "the next is sent in 2m"}) {
    EXPECT_TRUE(absl::StrContains(text, words)) << words << "\n" << text;
  }
}

TEST(ExplainTest, AYesSaysWhatIsLeft) {
  Governor governor(Ours({.per_address = {.burst = 4}}));
  const AutomaticMail mail = Mail(Kind::kReceipt);
  const Decision decision = governor.Decide(mail, kNow).ToDecision(mail);
  EXPECT_TRUE(decision.accepted());
  EXPECT_TRUE(absl::StrContains(decision.otherwise(),
                                "that of alice@example.com has 3 left of 4"))
      << decision.otherwise();
}

}  // namespace
}  // namespace mailsec::policy
