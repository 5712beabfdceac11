#include "mailcore/server/deliver/handover.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using smtp::About;
using smtp::EnhancedStatus;
using smtp::RecipientOutcome;
using smtp::Reply;
using smtp::Stage;
using Step = Handover::Step;

RecipientOutcome Said(int code, EnhancedStatus status, const char* text,
                      Stage stage, About about = About::kMail) {
  return {.reply = Reply(code, status, text),
          .stage = stage,
          .from_peer = true,
          .about = about};
}
RecipientOutcome Taken() {
  return Said(250, {2, 0, 0}, "taken", Stage::kContent);
}
RecipientOutcome NoSuchUser() {
  return Said(550, {5, 1, 1}, "no such user", Stage::kRcpt);
}
RecipientOutcome Later() { return Said(450, {4, 2, 0}, "later", Stage::kRcpt); }
RecipientOutcome TooMany() {
  return Said(452, {4, 5, 3}, "too many", Stage::kRcpt);
}
RecipientOutcome BrokeOff(Stage stage) {
  return Said(421, {4, 3, 2}, "closing", stage, About::kHost);
}
RecipientOutcome Lost() {
  return Said(451, {4, 4, 2}, "lost", Stage::kContent, About::kUnclear);
}

smtp::Transaction Mail(int recipients) {
  smtp::Transaction mail;
  mail.sender = *address::ReversePath::Parse("<alice@example.org>");
  mail.has_8bit = mail.headers_utf8 = true;
  for (int i = 0; i < recipients; ++i) {
    mail.recipients.push_back(
        {*address::ForwardPath::Parse(absl::StrCat("<r", i, "@example.com>")),
         {}});
  }
  return mail;
}

class HandoverTest : public testing::Test {
 protected:
  std::vector<std::string> Asked(size_t max_recipients = 0) {
    std::vector<std::string> asked;
    for (const auto& recipient : handover_.Next(max_recipients).recipients) {
      asked.push_back(recipient.path.ToString().substr(1, 2));
    }
    return asked;
  }
  // Asks everybody who is left, and hears this from the host `hop`.
  Step Ask(const std::vector<RecipientOutcome>& outcomes,
           const char* hop = "hop") {
    (void)Asked();
    return handover_.Hear(outcomes, hop, false);
  }
  std::string Codes() {
    std::string codes;
    for (const HopOutcome& outcome : handover_.TakeOutcomes()) {
      absl::StrAppend(&codes, codes.empty() ? "" : " ",
                      outcome.said.reply.code(), "@", outcome.hop);
    }
    return codes;
  }

  Handover handover_{Mail(3)};
};

TEST_F(HandoverTest, OneTransactionIsEnoughIfEverybodyIsAnswered) {
  EXPECT_FALSE(handover_.done());
  const smtp::Transaction next = handover_.Next(0);
  EXPECT_EQ(next.recipients.size(), 3u);
  EXPECT_EQ(next.sender.ToString(), "<alice@example.org>");
  EXPECT_TRUE(next.has_8bit && next.headers_utf8);
  EXPECT_EQ(handover_.Hear({Taken(), NoSuchUser(), Later()}, "hop", true),
            Step::kDone);
  EXPECT_TRUE(handover_.done());
  const std::vector<HopOutcome> outcomes = handover_.TakeOutcomes();
  EXPECT_EQ(outcomes[0].said.reply.code(), 250);
  EXPECT_TRUE(outcomes[0].offers_dsn);
  EXPECT_EQ(outcomes[1].said.reply.code(), 550);
  EXPECT_EQ(outcomes[2].said.reply.code(), 450) << "no other host is asked";
}

// RFC 5321, 5.1.
TEST_F(HandoverTest, WhoHasNoAnswerGoesElsewhereAndNobodyElseDoes) {
  EXPECT_EQ(
      Ask({NoSuchUser(), BrokeOff(Stage::kRcpt), BrokeOff(Stage::kRcpt)}, "a"),
      Step::kElsewhere);
  EXPECT_EQ(Asked(), (std::vector<std::string>{"r1", "r2"}));
  EXPECT_EQ(Ask({Taken(), BrokeOff(Stage::kContent)}, "b"), Step::kElsewhere);
  EXPECT_EQ(Ask({Taken()}, "c"), Step::kDone);
  EXPECT_EQ(Codes(), "550@a 250@b 250@c");
}

TEST_F(HandoverTest, WhatMayHaveBeenTakenGoesNowhereElse) {
  EXPECT_EQ(Ask({Taken(), Lost(), BrokeOff(Stage::kContent)}),
            Step::kElsewhere);
  EXPECT_EQ(Asked(), std::vector<std::string>{"r2"});
  EXPECT_EQ(Ask({Lost()}, "other"), Step::kDone);
  EXPECT_EQ(Codes(), "250@hop 451@hop 451@other");
}

TEST_F(HandoverTest, TheLastWordOfAHostStandsIfNoOtherIsLeft) {
  EXPECT_EQ(Ask({Taken(), BrokeOff(Stage::kContent), TooMany()}, "a"),
            Step::kElsewhere);
  handover_.AnswerRest(Said(451, {4, 4, 1}, "nobody", Stage::kConnect), "b");
  EXPECT_TRUE(handover_.done());
  EXPECT_EQ(Codes(), "250@a 421@a 451@b");
}

TEST_F(HandoverTest, ABoundOnRecipientsIsKept) {
  EXPECT_EQ(Asked(2), (std::vector<std::string>{"r0", "r1"}));
  EXPECT_EQ(handover_.Hear({Taken(), Taken()}, "hop", false), Step::kGoOn);
  EXPECT_EQ(Asked(2), std::vector<std::string>{"r2"});
}

TEST_F(HandoverTest, TooManyRecipientsGoOnOverTheSameConnection) {
  EXPECT_EQ(Ask({Taken(), NoSuchUser(), TooMany()}), Step::kGoOn);
  EXPECT_EQ(handover_.found_limit(), 1u);
  EXPECT_EQ(Ask({Taken()}), Step::kDone);
  EXPECT_EQ(handover_.found_limit(), std::nullopt);
  EXPECT_EQ(Codes(), "250@hop 550@hop 250@hop");
}

TEST_F(HandoverTest, TooManyIsFoundOutAlsoIfTheContentIsRefused) {
  const RecipientOutcome refused =
      Said(554, {5, 7, 1}, "spam", Stage::kContent);
  EXPECT_EQ(Ask({refused, refused, TooMany()}), Step::kGoOn);
  EXPECT_EQ(handover_.found_limit(), 2u);
  EXPECT_EQ(Ask({refused}), Step::kDone);
}

TEST_F(HandoverTest, AHostThatTakesNobodyEndsTheSearch) {
  const RecipientOutcome never = Said(552, {5, 5, 3}, "too many", Stage::kRcpt);
  EXPECT_EQ(Ask({TooMany(), never, Later()}), Step::kDone);
  EXPECT_EQ(Codes(), "452@hop 452@hop 450@hop")
      << "552 is meant as 452 (RFC 5321, 4.5.3.1.10)";
}

// A thousand recipients at a limit of a hundred are ten transactions.
TEST(HandoverOfManyTest, TakesAsFewTransactionsAsThereCanBe) {
  constexpr size_t kLimit = 100;
  Handover handover(Mail(1000));
  size_t transactions = 0;
  size_t limit = 0;
  while (!handover.done()) {
    const size_t asked = handover.Next(limit).recipients.size();
    std::vector<RecipientOutcome> outcomes(asked, TooMany());
    for (size_t i = 0; i < asked && i < kLimit; ++i) outcomes[i] = Taken();
    (void)handover.Hear(outcomes, "hop", false);
    limit = handover.found_limit().value_or(limit);
    ++transactions;
  }
  EXPECT_EQ(transactions, 10u);
  EXPECT_EQ(limit, kLimit);
}

struct TooManyCase {
  const char* name;
  RecipientOutcome outcome;
  bool want;
} const kTooManyCases[] = {
    {"Status", Said(452, {4, 5, 3}, "", Stage::kRcpt), true},
    {"StatusOf552", Said(552, {5, 5, 3}, "", Stage::kRcpt), true},
    {"StatusOfAnyCode", Said(550, {5, 5, 3}, "", Stage::kRcpt), true},
    {"Status450", Said(450, {4, 5, 3}, "", Stage::kRcpt), true},
    {"Words", Said(452, {}, "Too many recipients", Stage::kRcpt), true},
    {"WordsOf552", Said(552, {}, "too many recipients", Stage::kRcpt), true},
    {"WordsWithGeneralStatus",
     Said(452, {4, 0, 0}, "too many recipients received this hour",
          Stage::kRcpt),
     true},
    {"NoWords", Said(452, {}, "later", Stage::kRcpt), false},
    {"StatusSaysFull", Said(552, {5, 2, 2}, "Quota exceeded", Stage::kRcpt),
     false},
    {"StatusOverWords",
     Said(452, {4, 3, 1}, "too many recipients", Stage::kRcpt), false},
    {"StorageFull", Said(452, {4, 3, 1}, "Insufficient storage", Stage::kRcpt),
     false},
    {"OtherProtocolError", Said(552, {5, 5, 2}, "", Stage::kRcpt), false},
    {"WordsOf550AreFinal", Said(550, {}, "too many recipients", Stage::kRcpt),
     false},
    {"NotAtRcpt", Said(452, {4, 5, 3}, "", Stage::kContent), false},
    {"NotIfBrokenOff",
     Said(421, {4, 5, 3}, "too many recipients", Stage::kRcpt, About::kHost),
     false},
    {"Taken", Said(250, {2, 5, 3}, "", Stage::kRcpt), false},
};

class TooManyTest : public testing::TestWithParam<TooManyCase> {};

TEST_P(TooManyTest, IsToldByTheStatusOrElseTheWords) {
  EXPECT_EQ(IsTooManyRecipients(GetParam().outcome), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, TooManyTest, testing::ValuesIn(kTooManyCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::server
