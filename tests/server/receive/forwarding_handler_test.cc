#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/spool/spool.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::server {
namespace {

using policy::Decision;
using policy::Verdict;

// Accepts everything and writes down what it is asked.
class Writing : public MailHandler {
 public:
  bool MayBlock(const SessionInfo& session) const override {
    return session.extended;
  }
  Decision DecideMail(const SessionInfo& session,
                      const smtp::MailFrom&) override {
    asked.push_back("mail of " + session.client_name);
    return {.verdict = Verdict::kAccept, .reply = smtp::Reply(250, "Ok")};
  }
  Decision DecideRcpt(const SessionInfo&, const spool::Envelope& envelope,
                      const smtp::RcptTo& rcpt) override {
    asked.push_back("rcpt " + rcpt.path.ToString() + " of " +
                    envelope.sender.ToString());
    return {.verdict = Verdict::kAccept, .reply = smtp::Reply(250, "Ok")};
  }
  spool::MessageWriter NewMessage() override { return spool->NewMessage(); }
  void Accept(const SessionInfo&, IncomingMessage message,
              std::function<void(std::vector<smtp::Reply>)> done) override {
    asked.push_back("accept " + message.head);
    done({smtp::Reply(250, "Taken")});
  }

  ManualClock clock;
  std::unique_ptr<spool::Spool> spool = *spool::Spool::OpenStore(
      {}, std::make_unique<spool::MemoryStore>(), nullptr, &clock);
  std::vector<std::string> asked;
};

TEST(ForwardingHandlerTest, PassesEveryQuestionAndAnswerOn) {
  Writing own;
  ForwardingHandler handler(&own);
  SessionInfo session;
  session.client_name = "client.example";
  EXPECT_FALSE(handler.MayBlock(session));
  session.extended = true;
  EXPECT_TRUE(handler.MayBlock(session));

  EXPECT_TRUE(handler.DecideMail(session, {}).accepted());
  spool::Envelope envelope;
  envelope.sender = *address::ReversePath::Parse("<a@example.com>");
  const smtp::RcptTo rcpt = {
      .path = *address::ForwardPath::Parse("<b@example.org>"),
      .parameters = {}};
  EXPECT_TRUE(handler.DecideRcpt(session, envelope, rcpt).accepted());
  spool::MessageWriter content = handler.NewMessage();
  EXPECT_TRUE(content.Append("Subject: x\r\n\r\n").ok());
  std::string said;
  handler.Accept(
      session,
      {.envelope = {}, .content = std::move(content), .head = "Subject: x"},
      [&](std::vector<smtp::Reply> replies) {
        for (const smtp::Reply& reply : replies) said += reply.text();
      });
  EXPECT_EQ(said, "Taken");
  EXPECT_EQ(own.asked,
            (std::vector<std::string>{"mail of client.example",
                                      "rcpt <b@example.org> of <a@example.com>",
                                      "accept Subject: x"}));
}

}  // namespace
}  // namespace mailsec::server
