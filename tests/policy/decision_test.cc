#include "mailcore/policy/decision.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::policy {
namespace {

constexpr Rule kNotAuthorised = {"relay.not-authorised", "R14",
                                 "accepted if it were ours"};

Decision Refusal() {
  return {
      .verdict = Verdict::kRefuse,
      .reply = smtp::Reply(550, {5, 7, 1}, "Relaying is not permitted"),
      .rule = &kNotAuthorised,
      .inputs = {{"client", "198.51.100.7"}, {"recipient", "<b@example.com>"}}};
}

TEST(DecisionExplainTest, SaysWhatWasDecidedAndWhy) {
  Decision decision = Refusal();
  decision.because = {Refusal()};
  decision.because[0].inputs.clear();
  EXPECT_EQ(decision.Explain(),
            "refuse: 550 5.7.1 Relaying is not permitted\n"
            "  rule: relay.not-authorised (R14)\n"
            "  client: 198.51.100.7\n"
            "  recipient: <b@example.com>\n"
            "  otherwise: accepted if it were ours\n"
            "  because:\n"
            "    refuse: 550 5.7.1 Relaying is not permitted\n"
            "      rule: relay.not-authorised (R14)\n"
            "      otherwise: accepted if it were ours\n");
}

TEST(DecisionExplainTest, NamesEachVerdict) {
  EXPECT_EQ(VerdictName(Verdict::kAccept), "accept");
  EXPECT_EQ(VerdictName(Verdict::kRefuse), "refuse");
  EXPECT_EQ(VerdictName(Verdict::kCannotTell), "cannot tell");
}

// LOG-02: what a peer said cannot forge a line or reach a terminal.
TEST(DecisionExplainTest, IsLogSafe) {
  Decision decision = Refusal();
  decision.inputs = {{"helo", "x\n  rule: forged\x1b[2J"}};
  EXPECT_NE(decision.Explain().find("  helo: x\\x0a  rule: forged\\x1b[2J\n"),
            std::string::npos);
}

TEST(DecisionExplainTest, AReplyOfSeveralLinesIsOneLine) {
  Decision decision = Refusal();
  decision.reply = smtp::Reply(550, {5, 7, 1}, "a\nb");
  EXPECT_EQ(decision.Explain().substr(0, 24), "refuse: 550 5.7.1 a / b\n");
}

TEST(DecisionJsonTest, IsOneObject) {
  Decision decision = Refusal();
  decision.because = {Refusal(), Refusal()};
  for (Decision& cause : decision.because) {
    cause.inputs.clear();
    cause.exact_otherwise = "never";
  }
  const std::string cause =
      R"({"verdict":"refuse","code":550,"enhanced":"5.7.1",)"
      R"("text":"Relaying is not permitted","rule":"relay.not-authorised",)"
      R"("source":"R14","inputs":{},"otherwise":"never","because":[]})";
  EXPECT_EQ(decision.ToJson(),
            R"({"verdict":"refuse","code":550,"enhanced":"5.7.1",)"
            R"("text":"Relaying is not permitted",)"
            R"("rule":"relay.not-authorised","source":"R14",)"
            R"("inputs":{"client":"198.51.100.7",)"
            R"("recipient":"<b@example.com>"},)"
            R"("otherwise":"accepted if it were ours","because":[)" +
                cause + "," + cause + "]}");
}

TEST(DecisionJsonTest, EscapesWhatAPeerSaid) {
  Decision decision = Refusal();
  decision.inputs = {{"helo", "\"\\\n\x1b\xFF\x7F\xC3\xBC\xE2\x80\xAE"}};
  EXPECT_NE(
      decision.ToJson().find(
          "\"helo\":\"\\\"\\\\\\u000a\\u001b\\ufffd\\u007f\xC3\xBC\\u202e\""),
      std::string::npos)
      << decision.ToJson();
}

}  // namespace
}  // namespace mailsec::policy
