#include "mailcore/autoreply/autoresponder.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::autoreply {
namespace {

using address::Address;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

Address A(const std::string& text) { return *Address::Parse(text); }

AbsenceSettings Away() {
  return {.owner = A("anna@example.org"),
          .inside_texts = {{"de", "", "Im Urlaub."}},
          .outside_texts = {{"en", "", "Away."}},
          .set_at = kNow};
}

class AutoresponderTest : public testing::Test {
 protected:
  // The rule's name without "absence.".
  std::string Rule(const std::string& header_text, const std::string& sender,
                   const AbsenceSettings& settings = Away(),
                   bool inside = false) {
    const message::HeaderScanner header(header_text);
    last_ = responder_.Decide({.header = &header,
                               .settings = &settings,
                               .sender = *address::ReversePath::Parse(sender),
                               .own_addresses = aliases_,
                               .separators = separators_,
                               .sender_is_inside = inside},
                              kNow);
    EXPECT_EQ(last_.answer, last_.decision.rule->name == "absence.answer");
    EXPECT_EQ(last_.answer, last_.decision.accepted());
    EXPECT_FALSE(last_.decision.rule->source.empty());
    EXPECT_FALSE(last_.decision.otherwise().empty());
    return std::string(last_.decision.rule->name.substr(8));
  }
  // Of a mail to Anna with `fields` beside.
  std::string RuleWith(const std::string& fields) {
    return Rule(absl::StrCat("From: Bob <bob@example.net>\r\n", fields,
                             "To: anna@example.org\r\n\r\n"),
                "<bob@example.net>");
  }
  std::string RuleOfSender(const std::string& sender) {
    return Rule("To: anna@example.org\r\n\r\n", absl::StrCat("<", sender, ">"));
  }

  Autoresponder responder_ = *Autoresponder::Create({});
  std::vector<Address> aliases_ = {A("a.smith@example.org"), A("anna@b\xC3\xBC"
                                                               "cher.example")};
  std::string separators_;
  AbsenceDecision last_ = {.answer = false,
                           .decision = {.verdict = policy::Verdict::kRefuse,
                                        .reply = smtp::Reply(550, "")}};
};

// RFC 3834, 2; RFC 5230, 4.6: nobody is there, or a machine.
TEST_F(AutoresponderTest, OnlyAPersonIsAnswered) {
  const struct {
    const char* sender;
    const char* rule;
  } kRows[] = {
      {"bob@example.net", "answer"},
      {"", "null-sender"},
      {"anna@example.org", "own-address"},
      {"ANNA@EXAMPLE.ORG", "own-address"},
      {"A.Smith@example.org", "own-address"},
      {"anna@xn--bcher-kva.example", "own-address"},
      {"MAILER-DAEMON@example.com", "system-sender"},
      {"mailer-daemon@example.com", "system-sender"},
      {"Mailer_Daemon@example.com", "system-sender"},
      {"mailer-daemon-x@example.com", "system-sender"},
      {"postmaster@example.com", "system-sender"},
      {"root@example.com", "system-sender"},
      {"owner-list@example.com", "system-sender"},
      {"list-owner@example.com", "system-sender"},
      {"OWNER-LIST@example.com", "system-sender"},
      {"list-request@example.com", "system-sender"},
      {"list-request+x@example.com", "system-sender"},
      {"list-bounces@example.com", "system-sender"},
      {"list-bounces+x@example.com", "system-sender"},
      {"list-bounces+bob=example.net@example.com", "system-sender"},
      {"list-bounces-bob=example.net@example.com", "system-sender"},
      {"list-bounce@example.com", "system-sender"},
      {"list-return-7-bob=example.net@example.com", "system-sender"},
      {"bounce@example.com", "system-sender"},
      {"bounce+1@example.com", "system-sender"},
      {"bounces+1-2-x=y@example.com", "system-sender"},
      {"bounce-77@example.com", "system-sender"},
      {"majordomo@example.com", "system-sender"},
      {"listserv@example.com", "system-sender"},
      {"mailman-loop@example.com", "system-sender"},
      {"noreply@example.com", "system-sender"},
      {"no-reply@example.com", "system-sender"},
      {"No.Reply@example.com", "system-sender"},
      {"no_reply@example.com", "system-sender"},
      {"noreply-123@example.com", "system-sender"},
      {"comments-noreply@example.com", "system-sender"},
      {"x-no-reply-y@example.com", "system-sender"},
      {"do-not-reply@example.com", "system-sender"},
      {"DoNotReply@example.com", "system-sender"},
      {"auto-reply@example.com", "system-sender"},
      // Persons, though the names look alike.
      {"bowner@example.com", "answer"},
      {"request@example.com", "answer"},
      {"owner@example.com", "answer"},
      {"bob+owner-x@example.com", "answer"},
      {"reply@example.com", "answer"},
      {"bouncer@example.com", "answer"},
      {"rooter@example.com", "answer"},
      {"it-admin@example.com", "answer"},
      {"prvs=1234=bob@example.com", "answer"},
      {"bob@noreply.example", "answer"},
      {"\"\"@example.com", "answer"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(RuleOfSender(row.sender), row.rule) << row.sender;
  }
}

TEST_F(AutoresponderTest, AuthorsCountToo) {
  const auto rule = [this](const std::string& from) {
    return Rule(absl::StrCat(from, "\r\nTo: anna@example.org\r\n\r\n"),
                "<info@example.com>");
  };
  EXPECT_EQ(rule("From: Shop <noreply@example.com>"), "system-sender");
  EXPECT_EQ(
      rule("From: Bob <bob@example.com>\r\nSender: x-bounces@example.com"),
      "system-sender");
  EXPECT_EQ(rule("From: \"noreply@example.com\" <bob@example.com>"), "answer");
}

// NEW-10: gateways send bounces under a sender that looks like a person's.
TEST_F(AutoresponderTest, WhomFromDoesNotNameAsAPersonIsNotAnswered) {
  const struct {
    const char* from;
    const char* rule;
  } kRows[] = {
      {"From: MAILER-DAEMON <>\r\n", "system-sender"},
      {"From: Mail Delivery Subsystem <MAILER-DAEMON>\r\n", "system-sender"},
      {"From: <>\r\n", "system-sender"},
      {"From: \"\" <>\r\n", "system-sender"},
      {"From: MAILER-DAEMON\r\n", "system-sender"},
      {"From: postmaster\r\n", "system-sender"},
      {"From: post_master@\r\n", "system-sender"},
      {"From: <list-admin@>\r\n", "system-sender"},
      {"From: Bob Smith\r\n", "system-sender"},
      {"From: undisclosed:;\r\n", "system-sender"},
      {"From:\r\n", "system-sender"},
      {"From: \r\n\t \r\n", "system-sender"},
      {"From: (bob@example.com)\r\n", "system-sender"},
      {"From: <>\r\nSender: bob@example.com\r\n", "system-sender"},
      {"From: noreply@example.com\r\n", "system-sender"},
      {"From: Mail Delivery System <bob@example.com>\r\n", "system-sender"},
      {"From: mail  delivery SUBSYSTEM <bob@example.com>\r\n", "system-sender"},
      {"From: \"Mailer-Daemon (example)\" <bob@example.com>\r\n",
       "system-sender"},
      {"From: =?utf-8?Q?Postmaster?= <bob@example.com>\r\n", "system-sender"},
      {"From: bob@example.com, \"No Reply\" <eve@example.com>\r\n",
       "system-sender"},
      {"From: bob@example.com, MAILER-DAEMON <>\r\n", "answer"},
      {"From: Root, Bob <bob@example.com>\r\n", "answer"},
      {"From: Paul Postmaster <bob@example.com>\r\n", "answer"},
      {"From: team: bob@example.com;\r\n", "answer"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Rule(absl::StrCat(row.from, "To: anna@example.org\r\n\r\n"),
                   "<s1@example.com>"),
              row.rule)
        << row.from;
  }
}

TEST_F(AutoresponderTest, TheListOfMachinesCanBeExtended) {
  responder_ =
      *Autoresponder::Create({.system_senders = {"Newsletter*", "*.ticket"}});
  EXPECT_EQ(RuleOfSender("newsletter-7@example.com"), "system-sender");
  EXPECT_EQ(RuleOfSender("my-ticket@example.com"), "system-sender");
  EXPECT_EQ(RuleOfSender("my-tickets@example.com"), "answer");
  EXPECT_EQ(RuleOfSender("noreply@example.com"), "system-sender");
  for (const char* bad : {"", "*", "**", "a b", "x@example.com", "\xC3\xBC"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        Autoresponder::Create({.system_senders = {bad}}).status()))
        << bad;
  }
}

struct Row {
  const char* fields;
  const char* rule;
};

// RFC 3834, 2 and 5; RFC 5230, 4.6; MS-OXCMAIL.
const Row kRows[] = {
    {"", "answer"},
    {"Precedence: bulk\r\n", "precedence"},
    {"Precedence: junk\r\n", "precedence"},
    {"Precedence: list\r\n", "precedence"},
    {"precedence: Bulk\r\n", "precedence"},
    {"PRECEDENCE:LIST\r\n", "precedence"},
    {"Precedence: bulk (really)\r\n", "precedence"},
    {"Precedence:\r\n bulk\r\n", "precedence"},
    {"Precedence: auto_reply\r\n", "precedence"},
    {"Precedence: first-class\r\n", "answer"},
    {"Precedence: special-delivery\r\n", "answer"},
    {"Precedence: first-class\r\nPrecedence: bulk\r\n", "precedence"},
    {"Precedence:\r\n", "answer"},
    {"X-Precedence: bulk\r\n", "answer"},
    {"List-Id: <l.example.com>\r\n", "list"},
    {"List-Post: NO\r\n", "list"},
    {"List-Unsubscribe: <mailto:x@example.com>\r\n", "list"},
    {"List-Unsubscribe-Post: x\r\n", "list"},
    {"List-Help: x\r\n", "list"},
    {"List-Archive: x\r\n", "list"},
    {"List-Owner: x\r\n", "list"},
    {"List-Subscribe: x\r\n", "list"},
    {"LIST-ID:\r\n", "list"},
    {"List-Whatever: x\r\n", "list"},
    {"Mailing-List: contact x@example.com\r\n", "list"},
    {"X-Mailing-List: x@example.com\r\n", "list"},
    {"X-BeenThere: x@example.com\r\n", "list"},
    {"Listing: x\r\n", "answer"},
    {"X-List-Administrivia: no\r\n", "answer"},
    {"Auto-Submitted: auto-replied\r\n", "auto-submitted"},
    {"Auto-Submitted: auto-generated\r\n", "auto-submitted"},
    {"Auto-Submitted: auto-notified; owner-email=\"x@example.com\"\r\n",
     "auto-submitted"},
    {"Auto-Submitted: AUTO-REPLIED\r\n", "auto-submitted"},
    {"Auto-Submitted: x-whatever\r\n", "auto-submitted"},
    {"Auto-Submitted: no\r\n", "answer"},
    {"Auto-Submitted: No\r\n", "answer"},
    {"Auto-Submitted: (a (person)) no (really)\r\n", "answer"},
    {"Auto-Submitted: no; reason=none\r\n", "answer"},
    {"Auto-Submitted:\r\n\tno\r\n", "answer"},
    {"Auto-Submitted: (no) auto-replied\r\n", "auto-submitted"},
    {"Auto-Submitted: no auto-replied\r\n", "auto-submitted"},
    {"Auto-Submitted: yes\r\n", "auto-submitted"},
    {"Auto-Submitted: (no\r\n", "auto-submitted"},
    {"Auto-Submitted:\r\n", "auto-submitted"},
    {"Auto-Submitted: no\r\nAuto-Submitted: no\r\n", "duplicate-field"},
    {"X-Auto-Response-Suppress: OOF, AutoReply\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: OOF\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: AutoReply\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: All\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: all\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: DR,RN,NRN,OOF\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: DR\r\n", "answer"},
    {"X-Auto-Response-Suppress: DR, NDR, RN, NRN\r\n", "answer"},
    {"X-Auto-Response-Suppress: None\r\n", "answer"},
    {"X-Auto-Response-Suppress:\r\n", "answer"},
    {"X-Auto-Response-Suppress: -1\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: 32\r\n", "suppressed"},
    {"X-Auto-Response-Suppress: 15\r\n", "answer"},
    {"Feedback-ID: 1:2:3:x\r\n", "machine"},
    {"X-Mailman-Version: 2.1\r\n", "machine"},
    {"X-Loop: anna@example.org\r\n", "machine"},
    {"X-Autoreply: yes\r\n", "machine"},
    {"X-Cron-Env: <SHELL=/bin/sh>\r\n", "machine"},
    {"X-Mailer: x\r\n", "answer"},
    {"Content-Type: multipart/report; report-type=delivery-status\r\n",
     "report"},
    {"Content-Type: Multipart/Report\r\n", "report"},
    {"Content-Type: message/disposition-notification\r\n", "report"},
    {"X-Failed-Recipients: x@example.com\r\n", "report"},
    {"Content-Type: multipart/mixed; boundary=x\r\n", "answer"},
    {"From: eve@example.com\r\n", "duplicate-field"},
    {"To: carol@example.com\r\n", "duplicate-field"},
    {"Cc: carol@example.com\r\nCc: dora@example.com\r\n", "duplicate-field"},
    {"Cc: carol@example.com\r\n", "answer"},
};

TEST_F(AutoresponderTest, WhatAMachineOrAListWroteIsNotAnswered) {
  for (const Row& row : kRows) {
    EXPECT_EQ(RuleWith(row.fields), row.rule) << row.fields;
  }
}

// RFC 5230, 4.5.
TEST_F(AutoresponderTest, OnlyWhoIsAddressedAnswers) {
  const Row kAddressed[] = {
      {"To: anna@example.org\r\n", "answer"},
      {"To: ANNA@Example.org\r\n", "answer"},
      {"Cc: Anna <anna@example.org>\r\n", "answer"},
      {"To: \"a.smith\" <a.smith@example.org>\r\n", "answer"},
      {"To: anna@xn--bcher-kva.example\r\n", "answer"},
      {"Resent-To: anna@example.org\r\n", "answer"},
      {"Resent-Cc: anna@example.org\r\n", "answer"},
      {"To: x@example.com,\r\n anna@example.org\r\n", "answer"},
      {"To: team: x@example.com, anna@example.org;\r\n", "answer"},
      {"To: anna (x) @ example.org\r\n", "answer"},
      {"To: broken <, anna@example.org\r\n", "answer"},
      {"Resent-To: x@example.com\r\nResent-To: anna@example.org\r\n", "answer"},
      {"", "not-addressed"},
      {"To: team@example.org\r\n", "not-addressed"},
      {"To: undisclosed-recipients:;\r\n", "not-addressed"},
      {"Bcc: anna@example.org\r\n", "not-addressed"},
      {"To: \"anna@example.org\" <team@example.org>\r\n", "not-addressed"},
      {"To: team@example.org (anna@example.org)\r\n", "not-addressed"},
      {"To: anna@example.org.example.com\r\n", "not-addressed"},
      {"To: joanna@example.org\r\n", "not-addressed"},
      {"To: =?utf-8?Q?anna=40example.org?= <x@example.com>\r\n",
       "not-addressed"},
      {"X-To: anna@example.org\r\n", "not-addressed"},
      {"Delivered-To: anna@example.org\r\n", "not-addressed"},
      {"Subject: x\r\n\r\nTo: anna@example.org\r\n", "not-addressed"},
  };
  for (const Row& row : kAddressed) {
    EXPECT_EQ(Rule(absl::StrCat(row.fields, "\r\n"), "<bob@example.net>"),
              row.rule)
        << row.fields;
  }
}

// An address with a detail is the user's as well (RFC 5233).
TEST_F(AutoresponderTest, AnAddressWithADetailIsTheUsers) {
  const Row kAddressed[] = {
      {"To: anna+shop@example.org\r\n", "answer"},
      {"Cc: ANNA+@Example.org\r\n", "answer"},
      {"To: a.smith+x+y@example.org\r\n", "answer"},
      {"To: anna-shop@example.org\r\n", "not-addressed"},
      {"To: joanna+anna@example.org\r\n", "not-addressed"},
      {"To: +anna@example.org\r\n", "not-addressed"},
  };
  for (const Row& row : kAddressed) {
    const std::string fields = absl::StrCat(row.fields, "\r\n");
    separators_ = "+";
    EXPECT_EQ(Rule(fields, "<bob@example.net>"), row.rule) << row.fields;
    separators_ = "";
    EXPECT_EQ(Rule(fields, "<bob@example.net>"), "not-addressed");
  }
  const std::string mail = "To: anna@example.org\r\n\r\n";
  EXPECT_EQ(Rule(mail, "<anna+x@example.org>"), "answer");
  separators_ = "+";
  EXPECT_EQ(Rule(mail, "<anna+x@example.org>"), "own-address");
}

TEST_F(AutoresponderTest, TheUserDecidesWhenAndForWhom) {
  const std::string mail = "To: anna@example.org\r\n\r\n";
  AbsenceSettings settings = Away();
  EXPECT_EQ(Rule(mail, "<bob@example.net>", settings), "answer");
  EXPECT_EQ(Rule(mail, "<dora@example.org>", settings, true), "answer");
  settings.outside_texts.clear();
  EXPECT_EQ(Rule(mail, "<bob@example.net>", settings), "no-text");
  EXPECT_EQ(Rule(mail, "<dora@example.org>", settings, true), "answer");
  settings = Away();
  settings.inside_texts.clear();
  EXPECT_EQ(Rule(mail, "<dora@example.org>", settings, true), "no-text");
  settings.end = kNow;
  EXPECT_EQ(Rule(mail, "<bob@example.net>", settings), "not-active");
  settings.end = kNow + absl::Seconds(1);
  EXPECT_EQ(Rule(mail, "<bob@example.net>", settings), "answer");
  settings.start = kNow + absl::Microseconds(1);
  EXPECT_EQ(Rule(mail, "<bob@example.net>", settings), "not-active");
}

TEST_F(AutoresponderTest, ADecisionExplainsItself) {
  EXPECT_EQ(RuleWith("List-Id: \x1B[2J <l.example.com>\r\n"), "list");
  const std::string text = last_.decision.Explain();
  EXPECT_TRUE(absl::StrContains(text, "absence.list")) << text;
  EXPECT_TRUE(absl::StrContains(text, "List-Id: \\x1b[2J")) << text;
  EXPECT_TRUE(absl::StrContains(text, "RFC 5230, 4.6")) << text;
  EXPECT_TRUE(absl::StrContains(text, "<bob@example.net>")) << text;
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
}

// A header of 16 MiB: what it costs is linear, and the answer is no.
TEST_F(AutoresponderTest, AHugeHeaderIsNoTrouble) {
  std::string mail;
  while (mail.size() < (16 << 20)) {
    absl::StrAppend(&mail, "Resent-To: ", std::string(900, '('), "\r\n");
  }
  EXPECT_EQ(Rule(mail + "\r\n", "<bob@example.net>"), "not-addressed");
  EXPECT_EQ(
      Rule(absl::StrCat("To: ", std::string(16 << 20, '\xFF'), "\r\n\r\n"),
           "<bob@example.net>"),
      "not-addressed");
}

}  // namespace
}  // namespace mailsec::autoreply
