// Who is told what, and what is written down about it.

#include "mailcore/server/tell/notifier.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

using address::ReversePath;
using notify::Action;
using smtp::Reply;
using spool::RecipientState;

constexpr smtp::DsnNotify kDefault = {};
constexpr smtp::DsnNotify kNever = {.never = true};
constexpr smtp::DsnNotify kSuccess = {.success = true};
constexpr smtp::DsnNotify kFailure = {.failure = true};
constexpr smtp::DsnNotify kDelay = {.delay = true};

class NotifierTest : public testing::Test {
 protected:
  NotifierTest()
      : spool_(*spool::Spool::OpenStore(spool::SpoolOptions(),
                                        std::make_unique<spool::MemoryStore>(),
                                        nullptr, &clock_)),
        notifier_(&clock_, &events_, &stats_) {
    settings_.builder =
        std::make_shared<const notify::NdnBuilder>(*notify::NdnBuilder::Create(
            {.hostname = "mx.example.org",
             .from = *address::Address::Parse("postmaster@example.org")}));
    settings_.hostname = "mx.example.org";
    settings_.lifetime = absl::Hours(120);
    Allow({});
    attempt_.id = spool::QueueId(77);
    attempt_.tried = true;
    attempt_.envelope.sender = *ReversePath::Parse("<alice@example.org>");
    attempt_.envelope.sender_is_ours = true;
    attempt_.envelope.received = clock_.Now();
  }

  void Allow(notify::NdnPolicy::Options options,
             policy::Governor::Options bounds = {}) {
    bounds.own_domains = {*address::Domain::Parse("example.org")};
    settings_.governor = std::make_shared<policy::Governor>(bounds);
    settings_.policy = std::make_shared<const notify::NdnPolicy>(
        options, settings_.governor.get());
  }
  void WarnAfter(absl::Duration delay) {
    settings_.delay_warning = delay;
    Allow({.warn_of_delay = true});
  }

  // The message waits.
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    attempt_.age += time;
  }

  // A recipient that still waits. Its index.
  size_t AddPending(const char* path, smtp::DsnNotify notify = kDefault,
                    const char* last_reply = "") {
    spool::Recipient recipient = {.path = *address::ForwardPath::Parse(path),
                                  .parameters = {},
                                  .last_reply = last_reply};
    recipient.parameters.notify = notify;
    attempt_.envelope.recipients.push_back(std::move(recipient));
    return attempt_.envelope.recipients.size() - 1;
  }

  RecipientFate& AddFate(const char* path, Action action, Reply reply,
                         smtp::DsnNotify notify = kDefault) {
    const size_t index = AddPending(path, notify);
    attempt_.envelope.recipients[index].state =
        action == Action::kFailed ? RecipientState::kFailed
                                  : RecipientState::kDelivered;
    attempt_.fates.push_back({.recipient = index,
                              .action = action,
                              .reply = std::move(reply),
                              .from_peer = true,
                              .hop = "mx.example.com [192.0.2.1]",
                              .time = clock_.Now()});
    return attempt_.fates.back();
  }

  Notices Judge() { return notifier_.Judge(settings_, attempt_); }

  ManualClock clock_;
  RecordingEventSink events_;
  Stats stats_;
  std::unique_ptr<spool::Spool> spool_;
  Notifier notifier_;
  NotifierSettings settings_;
  Attempt attempt_;
};

// ---------------------------------------------------------------------------
// One recipient

struct JudgeCase {
  const char* name;
  Action action;
  Reply reply;
  smtp::DsnNotify notify;
  // Changes the attempt before it is judged; may be empty.
  std::function<void(Attempt&)> but;
  const char* want_event;  // Its id; "": none.
  bool want_notification;
  // Of a failed recipient; kPending: nothing changes.
  RecipientState want_state;
};

const Reply kNoSuchUser(550, {5, 1, 1}, "no such user");
const Reply kPolicy(550, {5, 7, 1}, "not from you");
const Reply kDone(250, {2, 0, 0}, "fine");

void FromStranger(Attempt& attempt) { attempt.envelope.sender_is_ours = false; }
void FromNobody(Attempt& attempt) { attempt.envelope.sender = ReversePath(); }
void FromMachine(Attempt& attempt) { attempt.envelope.automatic = true; }
void Expired(Attempt& attempt) { attempt.fates[0].expired = true; }
void KeptInside(Attempt& attempt) { attempt.fates[0].kept_inside = true; }
void KeptInsideFromNobody(Attempt& attempt) {
  KeptInside(attempt);
  FromNobody(attempt);
}

const JudgeCase kJudgeCases[] = {
    {"OurSenderIsToldOfAContradiction", Action::kFailed, kNoSuchUser, kDefault,
     nullptr, "ndn.sent", true, RecipientState::kReported},
    {"AStrangerIsNotToldOfAContradiction", Action::kFailed, kNoSuchUser,
     kDefault, FromStranger, "ndn.contradiction", false,
     RecipientState::kFailed},
    {"AFailureOfAStrangersUnscannedMailIsHeld", Action::kFailed, kPolicy,
     kDefault, FromStranger, "ndn.held", false, RecipientState::kFailed},
    {"ExpiryIsARealFailure", Action::kFailed,
     Reply(451, {4, 4, 1}, "no answer"), kDefault, Expired, "ndn.sent", true,
     RecipientState::kReported},
    {"NobodyIsToldOfMailFromNobody", Action::kFailed, kPolicy, kDefault,
     FromNobody, "ndn.silent", false, RecipientState::kReported},
    {"MachinesAreToldToo", Action::kFailed, kPolicy, kDefault, FromMachine,
     "ndn.sent", true, RecipientState::kReported},
    {"NeverIsNever", Action::kFailed, kPolicy, kNever, nullptr, "ndn.silent",
     false, RecipientState::kReported},
    {"WhoAskedForSuccessHearsOfNoFailure", Action::kFailed, kPolicy, kSuccess,
     nullptr, "ndn.silent", false, RecipientState::kReported},
    {"WhatWouldLeaveTheHouseComesBack", Action::kFailed, kPolicy, kDefault,
     KeptInside, "ndn.sent", true, RecipientState::kReported},
    {"WhatWouldLeaveTheHouseAlarmsEvenIfNobodyIsTold", Action::kFailed, kPolicy,
     kDefault, KeptInsideFromNobody, "ndn.kept_inside", false,
     RecipientState::kReported},
    {"DeliveredIsToldToWhoAsked", Action::kDelivered, kDone, kSuccess, nullptr,
     "ndn.confirmed", true, RecipientState::kPending},
    {"RelayedIsToldToWhoAsked", Action::kRelayed, kDone, kSuccess, nullptr,
     "ndn.confirmed", true, RecipientState::kPending},
    {"ExpandedIsToldToWhoAsked", Action::kExpanded, kDone, kSuccess, nullptr,
     "ndn.confirmed", true, RecipientState::kPending},
    {"SuccessIsNoEventIfNobodyAsked", Action::kExpanded, kDone, kFailure,
     nullptr, "", false, RecipientState::kPending},
};

class JudgeTest : public NotifierTest,
                  public testing::WithParamInterface<JudgeCase> {};

TEST_P(JudgeTest, Judges) {
  const JudgeCase& c = GetParam();
  AddFate("<bob@example.com>", c.action, c.reply, c.notify);
  if (c.but) c.but(attempt_);
  const Notices notices = Judge();
  ASSERT_EQ(events_.events().size(), *c.want_event == '\0' ? 0 : 1);
  EXPECT_EQ(events_.Count(c.want_event), *c.want_event == '\0' ? 0 : 1);
  ASSERT_EQ(notices.requests.size(), c.want_notification ? 1 : 0);
  if (c.want_notification) {
    const notify::NdnRequest& request = notices.requests[0];
    EXPECT_EQ(request.target.ToString(), "alice@example.org");
    ASSERT_EQ(request.report.recipients.size(), 1);
    EXPECT_EQ(request.report.recipients[0].action, c.action);
    EXPECT_EQ(request.causes.size(), c.action == Action::kFailed ? 1 : 0);
  }
  if (c.want_state == RecipientState::kPending) {
    EXPECT_TRUE(notices.changes.empty());
  } else {
    ASSERT_EQ(notices.changes.size(), 1);
    EXPECT_EQ(notices.changes[0].state, c.want_state);
    EXPECT_FALSE(notices.changes[0].cause.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Table, JudgeTest, testing::ValuesIn(kJudgeCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// ---------------------------------------------------------------------------
// What stands in it

TEST_F(NotifierTest, AFailureNamesTheHopAndItsAnswer) {
  AddFate("<bob@example.com>", Action::kFailed, kNoSuchUser);
  attempt_.envelope.recipients[0].parameters.original_type = "rfc822";
  attempt_.envelope.recipients[0].parameters.original_recipient = "b@x.example";
  attempt_.envelope.parameters.envelope_id = "id";
  const Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 1);
  const notify::DeliveryReport& report = notices.requests[0].report;
  EXPECT_EQ(report.original_envelope_id, "id");
  EXPECT_EQ(report.reporting_mta,
            (notify::TypedValue{"dns", "mx.example.org"}));
  const notify::RecipientStatus& status = report.recipients[0];
  EXPECT_EQ(status.original_recipient,
            (notify::TypedValue{"rfc822", "b@x.example"}));
  EXPECT_EQ(status.remote_mta, (notify::TypedValue{"dns", "mx.example.com"}));
  EXPECT_EQ(status.diagnostic_code,
            (notify::TypedValue{"smtp", "550 5.1.1 no such user"}));
  EXPECT_EQ(status.final_log_id, attempt_.id.ToString());
  EXPECT_FALSE(status.will_retry_until);
  const base::Event event = events_.events()[0];
  EXPECT_EQ(event.Get("hop"), "mx.example.com [192.0.2.1]");
  EXPECT_EQ(event.Get("cause"), "no-such-recipient");
  EXPECT_EQ(event.Get("reply"), "550 5.1.1 no such user");
}

// Whoever writes to an alias does not learn who stands behind it.
TEST_F(NotifierTest, TheMailboxBehindAnAliasIsNotDisclosed) {
  AddFate("<secret@inside.example.org>", Action::kFailed,
          Reply(550, {5, 1, 1}, "<secret@inside.example.org>: no secret here"));
  spool::Recipient& recipient = attempt_.envelope.recipients[0];
  recipient.named = *address::ForwardPath::Parse("<robert@example.org>");
  recipient.parameters.original_type = "rfc822";
  recipient.parameters.original_recipient = "bob@example.com";
  Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 1);
  const notify::RecipientStatus& status =
      notices.requests[0].report.recipients[0];
  EXPECT_EQ(status.final_recipient,
            (notify::TypedValue{"rfc822", "robert@example.org"}));
  EXPECT_EQ(status.original_recipient,
            (notify::TypedValue{"rfc822", "bob@example.com"}));
  const absl::StatusOr<spool::Submission> made =
      notifier_.Compose(settings_, attempt_, std::move(notices.requests[0]),
                        spool_->NewMessage());
  ASSERT_TRUE(made.ok());
  const std::string content(made->content.content());
  EXPECT_TRUE(absl::StrContains(content, "<robert@example.org>: no robert"));
  EXPECT_FALSE(absl::StrContains(content, "secret")) << content;
  EXPECT_FALSE(absl::StrContains(content, "inside.example.org")) << content;
  // The operator learns it (R20).
  EXPECT_EQ(events_.events()[0].Get("recipient"),
            "<secret@inside.example.org>");
}

// A stranger who is told does not learn which hosts are behind us.
TEST_F(NotifierTest, TheHopBehindUsIsNotDisclosedToStrangers) {
  for (const bool ours : {true, false}) {
    SCOPED_TRACE(ours);
    attempt_ = {};
    attempt_.envelope.sender =
        *address::ReversePath::Parse("<carol@example.net>");
    attempt_.envelope.sender_is_ours = ours;
    attempt_.envelope.verdict = message::ContentVerdict::kClean;
    AddFate("<alice@example.org>", Action::kFailed, kPolicy).hop =
        "store.inside.example.org [192.0.2.1]";
    Notices notices = Judge();
    ASSERT_EQ(notices.requests.size(), 1u);
    const absl::StatusOr<spool::Submission> made =
        notifier_.Compose(settings_, attempt_, std::move(notices.requests[0]),
                          spool_->NewMessage());
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(absl::StrContains(made->content.content(), "inside.example.org"),
              ours)
        << made->content.content();
  }
}

// Nor of how many mailboxes it consists.
TEST_F(NotifierTest, AnAliasIsToldOfOnce) {
  for (const char* path : {"<a@example.org>", "<b@example.org>"}) {
    AddFate(path, Action::kFailed, kNoSuchUser);
    attempt_.envelope.recipients.back().named =
        *address::ForwardPath::Parse("<team@example.org>");
  }
  AddFate("<c@example.com>", Action::kFailed,
          Reply(550, {5, 7, 1}, "not with b@example.org"));
  const Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 1);
  const notify::NdnRequest& request = notices.requests[0];
  ASSERT_EQ(request.report.recipients.size(), 2);
  EXPECT_EQ(request.causes.size(), 2);
  EXPECT_EQ(request.report.recipients[0].final_recipient.value,
            "team@example.org");
  EXPECT_EQ(request.report.recipients[1].diagnostic_code.value,
            "550 5.7.1 not with team@example.org");
  EXPECT_EQ(notices.changes.size(), 3);
}

TEST_F(NotifierTest, WhatWeSayOurselvesIsNoAnswerOfTheHop) {
  RecipientFate& fate = AddFate("<bob@example.com>", Action::kFailed, kPolicy);
  fate.from_peer = false;
  fate.hop = "/run/lmtp";
  const Notices notices = Judge();
  const notify::RecipientStatus& status =
      notices.requests[0].report.recipients[0];
  EXPECT_EQ(status.diagnostic_code.type, "x-libmailsec");
  EXPECT_TRUE(status.remote_mta.empty());
}

TEST_F(NotifierTest, OnlyAFailureReturnsTheWholeMessage) {
  attempt_.envelope.parameters.dsn_return = smtp::DsnReturn::kFull;
  AddFate("<a@example.com>", Action::kFailed, kPolicy);
  AddFate("<b@example.com>", Action::kDelivered, kDone, kSuccess);
  const Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 2);
  EXPECT_TRUE(notices.requests[0].return_full);
  EXPECT_FALSE(notices.requests[1].return_full);
  EXPECT_TRUE(notices.wants_full);
}

// ---------------------------------------------------------------------------
// Several recipients

TEST_F(NotifierTest, RecipientsWithOneActionShareOneNotification) {
  AddFate("<a@example.com>", Action::kFailed, kPolicy);
  AddFate("<b@example.com>", Action::kDelivered, kDone, kSuccess);
  AddFate("<c@example.com>", Action::kFailed, kNoSuchUser);
  AddFate("<d@example.com>", Action::kRelayed, kDone, kSuccess);
  AddFate("<e@example.com>", Action::kFailed, kPolicy, kNever);
  const Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 3);
  const notify::NdnRequest& failed = notices.requests[0];
  ASSERT_EQ(failed.report.recipients.size(), 2);
  EXPECT_EQ(failed.report.recipients[0].final_recipient.value, "a@example.com");
  EXPECT_EQ(failed.report.recipients[1].final_recipient.value, "c@example.com");
  EXPECT_EQ(failed.causes,
            (std::vector<notify::Cause>{notify::Cause::kRefusedByPolicy,
                                        notify::Cause::kNoSuchRecipient}));
  EXPECT_EQ(notices.requests[1].report.recipients.size(), 1);
  EXPECT_EQ(notices.requests[2].report.recipients.size(), 1);
  EXPECT_EQ(notices.changes.size(), 3);
  EXPECT_EQ(events_.Count("ndn.sent"), 2);
  EXPECT_EQ(events_.Count("ndn.confirmed"), 2);
  EXPECT_EQ(events_.Count("ndn.silent"), 1);
}

// R24 counts notifications, not recipients.
TEST_F(NotifierTest, TheBoundIsTakenOnceForEachNotification) {
  Allow({}, {.per_address = {.burst = 1, .interval = absl::Hours(1)}});
  AddFate("<a@example.com>", Action::kFailed, kPolicy);
  AddFate("<b@example.com>", Action::kFailed, kPolicy);
  EXPECT_EQ(Judge().requests[0].report.recipients.size(), 2);
  const Notices again = Judge();
  EXPECT_TRUE(again.requests.empty());
  EXPECT_EQ(events_.Count("ndn.held"), 2);
  for (const spool::RecipientChange& change : again.changes) {
    EXPECT_EQ(change.state, RecipientState::kFailed);  // Held.
  }
}

// ---------------------------------------------------------------------------
// Delays

TEST_F(NotifierTest, WhoWaitsLongIsWarnedOnce) {
  WarnAfter(absl::Hours(4));
  AddPending("<a@example.com>", kDefault, "451 4.2.0 later");
  AddPending("<b@example.com>", kDelay, "the hop was not asked: busy");
  AddPending("<c@example.com>", kFailure);
  AddPending("<d@example.com>", kNever);
  Pass(absl::Hours(4) - absl::Seconds(1));
  EXPECT_TRUE(Judge().requests.empty());
  Pass(absl::Seconds(1));
  const Notices notices = Judge();
  EXPECT_TRUE(notices.delay_told);
  EXPECT_TRUE(notices.changes.empty());  // It is still tried.
  ASSERT_EQ(notices.requests.size(), 1);
  EXPECT_TRUE(notices.requests[0].causes.empty());
  const auto& recipients = notices.requests[0].report.recipients;
  ASSERT_EQ(recipients.size(), 2);
  EXPECT_EQ(recipients[0].action, Action::kDelayed);
  EXPECT_EQ(recipients[0].status, (smtp::EnhancedStatus{4, 2, 0}));
  EXPECT_EQ(recipients[0].will_retry_until,
            attempt_.envelope.received + absl::Hours(120));
  EXPECT_EQ(recipients[1].status, (smtp::EnhancedStatus{4, 4, 1}));
  EXPECT_TRUE(absl::StrContains(recipients[1].diagnostic_code.value, "busy"));
  attempt_.envelope.delay_told = true;
  EXPECT_TRUE(Judge().requests.empty());
}

TEST_F(NotifierTest, AClockThatJumpsWarnsNobody) {
  WarnAfter(absl::Hours(4));
  AddPending("<a@example.com>", kDefault, "451 4.2.0 later");
  clock_.SetNow(clock_.Now() + absl::Hours(144));
  EXPECT_TRUE(Judge().requests.empty());
  clock_.SetNow(clock_.Now() - absl::Hours(288));
  Pass(absl::Hours(4));
  ASSERT_EQ(Judge().requests.size(), 1);
  EXPECT_EQ(Judge().requests[0].report.recipients[0].will_retry_until,
            clock_.Now() + absl::Hours(116));
}

TEST_F(NotifierTest, ByDefaultNobodyIsWarned) {
  AddPending("<a@example.com>", kDelay, "451 4.2.0 later");
  Pass(absl::Hours(100));
  EXPECT_TRUE(Judge().requests.empty());
  EXPECT_TRUE(events_.events().empty());
}

TEST_F(NotifierTest, AFailureAndADelayAreTwoNotifications) {
  WarnAfter(absl::Hours(4));
  AddFate("<a@example.com>", Action::kFailed, kPolicy);
  AddPending("<b@example.com>", kDefault, "451 4.2.0 later");
  Pass(absl::Hours(5));
  const Notices notices = Judge();
  ASSERT_EQ(notices.requests.size(), 2);
  EXPECT_EQ(notices.requests[0].report.recipients[0].action, Action::kFailed);
  ASSERT_EQ(notices.requests[1].report.recipients.size(), 1);
  EXPECT_EQ(notices.requests[1].report.recipients[0].final_recipient.value,
            "b@example.com");
}

// ---------------------------------------------------------------------------
// The mail

class ComposeTest : public NotifierTest {
 protected:
  spool::Submission Compose() {
    const Notices notices = Judge();
    EXPECT_EQ(notices.requests.size(), 1);
    absl::StatusOr<spool::Submission> composed = notifier_.Compose(
        settings_, attempt_, notices.requests.at(0), spool_->NewMessage());
    EXPECT_TRUE(composed.ok()) << composed.status();
    return *std::move(composed);
  }
};

TEST_F(ComposeTest, ANotificationComesFromNobodyAndCausesNone) {
  AddFate("<bob@example.com>", Action::kFailed, kPolicy);
  const spool::Submission mail = Compose();
  EXPECT_TRUE(mail.envelope.sender.IsNull());
  EXPECT_TRUE(mail.envelope.automatic);
  ASSERT_EQ(mail.envelope.recipients.size(), 1);
  const spool::Recipient& recipient = mail.envelope.recipients[0];
  EXPECT_EQ(recipient.path.ToString(), "<alice@example.org>");
  EXPECT_TRUE(recipient.parameters.notify.never);
  EXPECT_FALSE(recipient.local_only);
  const absl::string_view content = mail.content.content();
  EXPECT_TRUE(absl::StrContains(content, "Auto-Submitted: auto-replied\r\n"));
  EXPECT_TRUE(absl::StrContains(content, "550 5.7.1 not from you"));
  EXPECT_TRUE(absl::StrContains(content, mail.content.id().ToString()));
}

// R3
TEST_F(ComposeTest, WhatIsAboutMailInsideStaysInside) {
  AddFate("<a@example.com>", Action::kFailed, kPolicy);
  AddPending("<b@example.org>");
  attempt_.envelope.recipients[1].local_only = true;
  EXPECT_TRUE(Compose().envelope.recipients[0].local_only);
}

TEST_F(ComposeTest, AnInternationalSenderNeedsSmtputf8) {
  attempt_.envelope.sender =
      *ReversePath::Parse("<gr\xC3\xBC\xC3\x9F@x.example>");
  attempt_.envelope.parameters.smtputf8 = true;
  AddFate("<bob@example.com>", Action::kFailed, kPolicy);
  const spool::Submission mail = Compose();
  EXPECT_TRUE(mail.envelope.parameters.smtputf8);
  EXPECT_TRUE(mail.envelope.headers_utf8);
}

TEST_F(ComposeTest, TheBarePostmasterHasAnAddress) {
  AddFate("<Postmaster>", Action::kFailed, kPolicy);
  EXPECT_TRUE(absl::StrContains(
      Compose().content.content(),
      "Final-Recipient: rfc822; postmaster@mx.example.org\r\n"));
}

}  // namespace
}  // namespace mailsec::server
