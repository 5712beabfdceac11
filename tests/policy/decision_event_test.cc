// What a postmaster reads in the log when a policy decides.

#include "mailcore/policy/decision_event.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::policy {
namespace {

using address::ReversePath;
using testing::ElementsAre;

class DecisionEventTest : public testing::Test {
 protected:
  void Rcpt(absl::string_view recipient, uint64_t declared_size = 0) {
    smtp::MailParameters parameters;
    parameters.declared_size = declared_size;
    Record(policy_->DecideRcpt(client_, sender_, parameters,
                               *address::ForwardPath::Parse(recipient)));
  }
  void Mail(uint64_t declared_size) {
    smtp::MailParameters parameters;
    parameters.declared_size = declared_size;
    Record(policy_->DecideMail(client_, sender_, parameters));
  }
  void Record(const Decision& decision) {
    if (const auto event = EventOf(decision, clock_.Now())) log_.Record(*event);
  }

  ManualClock clock_;
  RecordingEventSink log_;
  TextRecipientDirectory directory_ = *TextRecipientDirectory::Parse(
      "postmaster@example.org\nabuse@example.org\n"
      "bob@example.org size=100\nfull@example.org full\n");
  const Client client_ = {.ip = *ip::IpAddress::Parse("198.51.100.7")};
  const ReversePath sender_ = *ReversePath::Parse("<a@example.com>");
  const std::unique_ptr<AcceptancePolicy> policy_ = *AcceptancePolicy::Create(
      {.local_domains = {*address::Domain::Parse("example.org")},
       .max_message_octets = 1000,
       .has_space = [](uint64_t octets) { return octets < 500; }},
      &directory_);
};

TEST_F(DecisionEventTest, EachRuleHasItsEvent) {
  Rcpt("<bob@example.org>");
  Rcpt("<eve@example.org>");
  Rcpt("<full@example.org>");
  Rcpt("<bob@example.org>", 101);
  Rcpt("<x@far.example>");
  Mail(499);
  Mail(500);
  Mail(1001);
  std::vector<std::string> ids;
  for (const base::Event& event : log_.events()) ids.push_back(event.type().id);
  EXPECT_THAT(ids,
              ElementsAre("policy.recipient_unknown", "policy.mailbox_full",
                          "policy.too_large", "policy.relay_refused",
                          "policy.space_short", "policy.too_large"));
}

TEST_F(DecisionEventTest, ALineSaysWhoAskedForWhatAndGotWhat) {
  Rcpt("<x@far.example>");
  EXPECT_THAT(
      log_.Lines(),
      ElementsAre("2025-11-25T10:00:00.000Z notice security "
                  "policy.relay_refused req=R14 reply=\"550 5.7.1 Relaying is "
                  "not permitted\" rule=relay.not-authorised "
                  "client=198.51.100.7 sender=<a@example.com> "
                  "recipient=<x@far.example>"));
}

TEST_F(DecisionEventTest, R11OperationalEventsNameNobody) {
  Mail(500);
  EXPECT_EQ(log_.events()[0].Get("client"), "");
  EXPECT_EQ(log_.events()[0].Get("sender"), "");
  EXPECT_EQ(log_.events()[0].Get("rule"), "spool.no-space");
}

TEST_F(DecisionEventTest, ARuleOfSomebodyElseIsLoggedToo) {
  Record({.verdict = Verdict::kRefuse,
          .reply = smtp::Reply(554, {5, 7, 1}, "no"),
          .rule = RulePtr::Make("theirs.rule")});
  EXPECT_EQ(log_.Count("policy.refused"), 1);
}

}  // namespace
}  // namespace mailsec::policy
