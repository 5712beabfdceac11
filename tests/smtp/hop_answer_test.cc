// The kind of NEW-06: no word of a next hop ends our client's session.

#include "mailcore/smtp/hop_answer.h"

#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::smtp {
namespace {

struct Case {
  const char* name;
  Reply said;
  const char* want;
};

const Case kCases[] = {
    {"ItTakesTheRecipient", Reply(250, {2, 1, 5}, "fine"), "250 2.1.5 fine"},
    {"ItForwards", Reply(251, "will forward"), "250 will forward"},
    {"ItTriesTo", Reply(252, {2, 1, 5}, "will try"), "250 2.1.5 will try"},
    {"NobodyThere", Reply(550, {5, 1, 1}, "who?"), "550 5.1.1 who?"},
    {"NobodyThereInOldWords", Reply(550, "who?"), "550 who?"},
    {"Full", Reply(552, {5, 2, 2}, "full"), "552 5.2.2 full"},
    {"TooLarge", Reply(552, {5, 3, 4}, "large"), "552 5.3.4 large"},
    {"BadName", Reply(553, {5, 1, 3}, "syntax"), "553 5.1.3 syntax"},
    {"Later", Reply(450, {4, 2, 1}, "greylisted"), "450 4.2.1 greylisted"},
    {"TakesNoMail", Reply(556, {5, 1, 10}, "null MX"), "556 5.1.10 null MX"},
    {"TooManyRecipientsInOldWords", Reply(552, {5, 5, 3}, "many"),
     "452 4.5.3 many"},
    {"ItCloses", Reply(421, {4, 3, 2}, "closing"), "451 4.4.2 closing"},
    {"ItClosesGladly", Reply(221, {2, 0, 0}, "bye"), "451 4.4.2 bye"},
    {"ItGreetsAgain", Reply(220, "hello"), "451 4.4.2 hello"},
    {"ItTakesNoMailAtAll", Reply(521, {5, 3, 2}, "no mail here"),
     "451 4.4.2 no mail here"},
    {"ItWantsContent", Reply(354, "go on"), "451 4.5.0 go on"},
    {"ItWantsAPassword", Reply(334, "VXNlcm5hbWU6"), "451 4.7.0 VXNlcm5hbWU6"},
    {"ItWantsUsToLogIn", Reply(530, {5, 7, 0}, "log in"), "451 4.7.0 log in"},
    {"OurPasswordIsWrong", Reply(535, {5, 7, 8}, "wrong"), "451 4.7.0 wrong"},
    {"TlsIsWanted", Reply(538, {5, 7, 11}, "TLS"), "451 4.7.0 TLS"},
    {"NoTlsNow", Reply(454, {4, 7, 0}, "no TLS"), "451 4.7.0 no TLS"},
    {"ItDoesNotKnowRcpt", Reply(500, {5, 5, 2}, "what?"), "451 4.5.0 what?"},
    {"BadSequence", Reply(503, {5, 5, 1}, "first MAIL"),
     "451 4.5.0 first MAIL"},
    {"BadParameters", Reply(555, {5, 5, 4}, "NOTIFY?"), "451 4.5.0 NOTIFY?"},
    {"AnAddressThatItCannotRead", Reply(501, {5, 1, 3}, "bad address"),
     "550 5.1.3 bad address"},
    {"ForNow", Reply(455, {4, 1, 0}, "later"), "450 4.1.0 later"},
    {"ACodeOfItsOwn", Reply(571, {5, 7, 1}, "blocked"), "550 5.7.1 blocked"},
    {"ACodeOfItsOwnForNow", Reply(471, "busy"), "451 busy"},
    {"SeveralLines", Reply(550, {5, 1, 1}, "one\ntwo"), "550 5.1.1 one two"},
};

TEST(HopAnswerTest, Table) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(AnswerForHop(c.said).ToString(), c.want);
  }
}

TEST(HopAnswerTest, ALongTextIsCut) {
  const Reply answer =
      AnswerForHop(Reply(550, {5, 1, 1}, std::string(100000, 'x')));
  EXPECT_LE(answer.text().size(), 1010u);  // With its folds.
}

// Every code, and some that are none, with every kind of status.
std::vector<Reply> AllReplies() {
  std::vector<Reply> all;
  for (int code = 0; code <= 1000; ++code) {
    all.push_back(Reply(code, "text"));
    for (const int status_class : {2, 4, 5}) {
      for (int subject = 0; subject <= 8; ++subject) {
        for (const int detail : {0, 1, 3}) {
          all.push_back(Reply(code, {status_class, subject, detail}, "text"));
        }
      }
    }
  }
  return all;
}

TEST(HopAnswerTest, OnlyWhatSpeaksOfTheMailPasses) {
  for (const Reply& said : AllReplies()) {
    SCOPED_TRACE(said.ToString());
    const Reply answer = AnswerForHop(said);
    const int code = answer.code();
    EXPECT_TRUE(code == 250 || (code >= 450 && code <= 452) ||
                (code >= 550 && code <= 554) || code == 556)
        << code;
    if (!answer.status().IsNone()) {
      EXPECT_EQ(answer.status().class_code, code / 100);
    }
    // A refusal for now is never made final, and no refusal a consent.
    EXPECT_TRUE(said.IsPermanent() || !answer.IsPermanent());
    EXPECT_TRUE(said.IsPositive() || !answer.IsPositive());
    EXPECT_EQ(AnswerForHop(answer), answer);
  }
}

// Reads events until one of this type, for at most ten of them.
template <typename Wanted>
bool ReachesEvent(ServerSession& session) {
  for (int i = 0; i < 10; ++i) {
    const ServerEvent event = session.NextEvent();
    if (std::holds_alternative<Wanted>(event)) return true;
    if (std::holds_alternative<NeedInput>(event) ||
        std::holds_alternative<Closed>(event)) {
      return false;
    }
    if (std::holds_alternative<Hello>(event) ||
        std::holds_alternative<MailFrom>(event)) {
      (void)session.Respond(Reply(250, "fine"));
    }
  }
  return false;
}

TEST(HopAnswerTest, TheSessionAndTheOtherRecipientsGoOn) {
  for (int code = 200; code <= 599; ++code) {
    SCOPED_TRACE(code);
    ServerOptions options;
    options.hostname = "mx.example.org";
    options.out_of_turn = OutOfTurnPolicy::kNote;  // All comes at once.
    ServerSession session(options);
    session.Receive(
        "EHLO client.example\r\nMAIL FROM:<c@far.example>\r\n"
        "RCPT TO:<shut@example.org>\r\nRCPT TO:<bob@example.org>\r\n"
        "DATA\r\n");
    ASSERT_TRUE(ReachesEvent<RcptTo>(session));
    ASSERT_TRUE(session.Respond(AnswerForHop(Reply(code, "words"))).ok());
    ASSERT_TRUE(ReachesEvent<RcptTo>(session));
    ASSERT_TRUE(session.Respond(Reply(250, "fine")).ok());
    ASSERT_TRUE(ReachesEvent<DataBegin>(session));
    ASSERT_TRUE(session.Respond(Reply(354, "go on")).ok());
    session.Receive("\r\n.\r\n");
    ASSERT_TRUE(ReachesEvent<DataEnd>(session));
    ASSERT_TRUE(session.Respond(AnswerForHop(Reply(code, "words"))).ok());
    session.Receive("MAIL FROM:<c@far.example>\r\n");
    EXPECT_TRUE(ReachesEvent<MailFrom>(session));
  }
}

}  // namespace
}  // namespace mailsec::smtp
