#include "mailcore/smtp/server_session.h"

#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"

namespace {

// Octets that new has handed out and delete has not taken back.
size_t live_octets = 0;

}  // namespace

void* operator new(size_t octets) {
  auto* block = static_cast<size_t*>(std::malloc(octets + 2 * sizeof(size_t)));
  if (block == nullptr) std::abort();
  *block = octets;
  live_octets += octets;
  return block + 2;
}
void operator delete(void* pointer) noexcept {
  if (pointer == nullptr) return;
  size_t* block = static_cast<size_t*>(pointer) - 2;
  live_octets -= *block;
  std::free(block);
}
void operator delete(void* pointer, size_t) noexcept {
  operator delete(pointer);
}

namespace mailsec::smtp {
namespace {

const Reply kOk(250, {2, 0, 0}, "OK");

class ServerSessionTest : public testing::Test {
 protected:
  static ServerOptions Options() {
    ServerOptions options;
    options.hostname = "mx.example.org";
    options.out_of_turn = OutOfTurnPolicy::kNote;  // All comes at once.
    return options;
  }

  // Says `octets`, answers every event positively, and returns the replies.
  std::string Say(absl::string_view octets) {
    session_.Receive(octets);
    std::string out;
    for (;;) {
      const ServerEvent event = session_.NextEvent();
      out += session_.TakeOutput();
      if (std::holds_alternative<NeedInput>(event) ||
          std::holds_alternative<Closed>(event)) {
        return out;
      }
      if (const auto* mail = std::get_if<MailFrom>(&event)) mail_ = *mail;
      if (const auto* rcpt = std::get_if<RcptTo>(&event)) {
        rcpt_ = rcpt->parameters;
      }
      if (const auto* chunk = std::get_if<DataChunk>(&event)) {
        content_.append(chunk->octets.data(), chunk->octets.size());
        ++chunks_;
        continue;
      }
      if (std::holds_alternative<TransactionAborted>(event)) continue;
      const bool data = std::holds_alternative<DataBegin>(event);
      EXPECT_TRUE(session_.Respond(data ? Reply(354, "Go on") : kOk).ok());
      out += session_.TakeOutput();
    }
  }

  ServerSession session_{Options()};
  MailFrom mail_;
  RcptParameters rcpt_;
  std::string content_;
  int chunks_ = 0;
};

TEST_F(ServerSessionTest, IdleSessionHoldsLittleMemory) {
  const size_t before = live_octets;
  ServerSession session(Options());
  session.Receive("EHLO c.example.com\r\n" + std::string(3000, ' ') +
                  "NOOP\r\n");
  while (!std::holds_alternative<NeedInput>(session.NextEvent())) {
    (void)session.Respond(kOk);
  }
  (void)session.TakeOutput();
  EXPECT_LT(live_octets - before, 2048u);
}

TEST_F(ServerSessionTest, MemoryIsGivenBackAfterAMessage) {
  Say("EHLO c.example.com\r\n");
  const size_t before = live_octets;
  Say("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n");
  Say(std::string(300000, 'x') + "\r\n.\r\n");
  EXPECT_EQ(content_.size(), 300002u);
  std::string().swap(content_);
  mail_ = {};
  EXPECT_LE(live_octets, before + 256);
}

TEST_F(ServerSessionTest, ContentComesInFewLargeChunks) {
  Say("EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n"
      "RCPT TO:<b@example.org>\r\nDATA\r\n");
  std::string text;
  for (int i = 0; i < 500; ++i) text += std::string(78, 'x') + "\r\n";
  Say(text + ".\r\n");
  EXPECT_EQ(content_, text);
  EXPECT_EQ(chunks_, 1);
}

TEST_F(ServerSessionTest, RespondWithoutAnEventIsTheCallersFault) {
  EXPECT_TRUE(absl::IsFailedPrecondition(session_.Respond(kOk)));
  session_.Receive("EHLO c.example.com\r\n");
  EXPECT_TRUE(std::holds_alternative<Hello>(session_.NextEvent()));
  EXPECT_TRUE(std::holds_alternative<ReplyOwed>(session_.NextEvent()));
  EXPECT_TRUE(session_.Respond(kOk).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(session_.Respond(kOk)));
}

TEST_F(ServerSessionTest, ParametersAreDecoded) {
  Say("EHLO c.example.com\r\nMAIL FROM:<a@example.com> SIZE=7 BODY=8BITMIME "
      "RET=HDRS ENVID=a+2Bb SMTPUTF8\r\n");
  EXPECT_EQ(mail_.parameters.declared_size, 7u);
  EXPECT_EQ(mail_.parameters.body, BodyType::k8BitMime);
  EXPECT_EQ(mail_.parameters.dsn_return, DsnReturn::kHeaders);
  EXPECT_EQ(mail_.parameters.envelope_id, "a+b");
  EXPECT_TRUE(mail_.parameters.smtputf8);
  Say("RCPT TO:<b@example.org> NOTIFY=failure,DELAY "
      "ORCPT=utf-8;b\\x{F6}@example.org\r\n");
  EXPECT_TRUE(rcpt_.notify.failure && rcpt_.notify.delay);
  EXPECT_FALSE(rcpt_.notify.success || rcpt_.notify.never);
  EXPECT_EQ(rcpt_.original_type, "utf-8");
  EXPECT_EQ(rcpt_.original_recipient, "b\xC3\xB6@example.org");
}

TEST_F(ServerSessionTest, KnowsWhereItStands) {
  EXPECT_FALSE(session_.extended());
  Say("EHLO c.example.com\r\n");
  EXPECT_TRUE(session_.extended());
  EXPECT_EQ(session_.peer_name(), "c.example.com");
  EXPECT_FALSE(session_.in_transaction());
  Say("MAIL FROM:<a@example.com>\r\n");
  EXPECT_TRUE(session_.in_transaction());
  Say("RCPT TO:<b@example.org>\r\nDATA\r\nabc");
  EXPECT_TRUE(session_.receiving_content());
  EXPECT_EQ(session_.content_octets(), 3u);
  EXPECT_FALSE(session_.content_has_8bit());
  Say("\xC3\xB6");
  EXPECT_TRUE(session_.content_has_8bit());
  Say("\r\n.\r\n");
  EXPECT_FALSE(session_.in_transaction());
  EXPECT_FALSE(session_.receiving_content());
}

// LIM-04: four times the limit and 64 MiB more is no message any more.
struct RefusedCase {
  const char* name;
  const char* said;  // After EHLO and a MAIL that was accepted.
  const char* want;  // "COMMAND|line|code" of each, a comma behind each.
};

class RefusedTest : public ServerSessionTest,
                    public testing::WithParamInterface<RefusedCase> {
 protected:
  std::string Refused() {
    std::string all;
    for (const CommandRefused& one : session_.TakeRefused()) {
      all += one.command + "|" + one.line + "|" +
             std::to_string(one.reply.code()) + ",";
    }
    return all;
  }
};

TEST_P(RefusedTest, IsToldForTheLog) {
  Say("EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n");
  EXPECT_EQ(Refused(), "");
  Say(GetParam().said);
  EXPECT_EQ(Refused(), GetParam().want);
  EXPECT_EQ(Refused(), "");  // Each one once.
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedTest,
    testing::ValuesIn(std::vector<RefusedCase>{
        {"Nothing", "NOOP\r\nRCPT TO:<b@example.org>\r\n", ""},
        {"Hello", "EHLO a b\r\n", "EHLO|EHLO a b|501,"},
        {"Sender", "RSET\r\nMAIL FROM:a@@x\r\n", "MAIL|MAIL FROM:a@@x|501,"},
        {"Recipient", "rcpt to:<b\r\n", "RCPT|rcpt to:<b|501,"},
        {"Parameter", "RCPT TO:<b@example.org> NOTIFY=x\r\n",
         "RCPT|RCPT TO:<b@example.org> NOTIFY=x|501,"},
        {"Unknown", "BOGUS \x1b[2J\r\n", "|BOGUS \x1b[2J|500,"},
        {"Order", "MAIL FROM:<b@example.com>\r\n",
         "MAIL|MAIL FROM:<b@example.com>|503,"},
        {"SeveralAtOnce", "X\r\nY\r\n", "|X|500,|Y|500,"},
        {"TooLargeByItsWord",
         "RSET\r\nMAIL FROM:<a@example.com> SIZE=99999999999\r\n",
         "MAIL|MAIL FROM:<a@example.com> SIZE=99999999999|552,"},
        {"ControlOctets", "NOOP \r x\r\n", "NOOP|NOOP \r x|500,"},
        {"PasswordIsNotShown",
         "AUTH PLAIN AGEAc2VjcmV0\r\nauth=AGEAc2VjcmV0\r\n",
         "AUTH|AUTH|502,|auth|500,"},
        // It follows from the refusal before it (RFC 2920, 3.1).
        {"PipelinedBehindARefusal",
         "RSET\r\nMAIL FROM:x\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
         "MAIL|MAIL FROM:x|501,"},
    }),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ServerSessionTest, WhatIsToldOfRefusalsIsBounded) {
  Say("EHLO c.example.com\r\n");
  Say("EHLO " + std::string(3000, 'x') + " y\r\n");
  std::vector<CommandRefused> refused = session_.TakeRefused();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].line, "EHLO " + std::string(195, 'x'));
  Say("NOOP " + std::string(5000, 'x') + "\r\n");
  refused = session_.TakeRefused();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].command + " " + refused[0].line, "NOOP NOOP");
  // No more than the budget of 20 allows, whatever a client says.
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "X\r\n";
  EXPECT_NE(Say(flood).find("421 4.7.0"), std::string::npos);
  EXPECT_EQ(session_.TakeRefused().size(), 19u);
}

TEST_F(ServerSessionTest, ExcessRecipientsAreToldOnceAMessage) {
  ServerOptions options = Options();
  options.limits.max_recipients = 1;
  session_ = ServerSession(options);
  Say("EHLO c.example.com\r\n");
  for (int message = 0; message < 2; ++message) {
    Say("MAIL FROM:<a@example.com>\r\n");
    for (int i = 0; i < 5; ++i) Say("RCPT TO:<b@example.org>\r\n");
    EXPECT_EQ(session_.TakeRefused().size(), 1u);
    Say("RSET\r\n");
  }
}

TEST_F(ServerSessionTest, HopelessContentCloses) {
  ServerOptions options = Options();
  options.limits.max_message_octets = 1000;
  session_ = ServerSession(options);
  Say("EHLO c.example.com\r\nMAIL FROM:<a@example.com>\r\n"
      "RCPT TO:<b@example.org>\r\nDATA\r\n");
  const std::string megabyte(1024 * 1024, 'x');
  std::string out;
  for (int i = 0; i < 64; ++i) out += Say(megabyte);
  EXPECT_EQ(out, "");
  out = Say(megabyte);
  EXPECT_EQ(out.substr(0, 9), "552 5.3.4");
  EXPECT_TRUE(std::holds_alternative<Closed>(session_.NextEvent()));
}

// LIM-02: nothing of a line without end is kept.
TEST_F(ServerSessionTest, EndlessLineIsNotBuffered) {
  session_.Receive(std::string(5000, 'A'));
  EXPECT_TRUE(std::holds_alternative<NeedInput>(session_.NextEvent()));
  EXPECT_EQ(session_.buffered_octets(), 0u);
}

}  // namespace
}  // namespace mailsec::smtp
