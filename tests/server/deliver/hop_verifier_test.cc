#include "mailcore/server/deliver/hop_verifier.h"

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::server {
namespace {

using address::Domain;
using policy::Answer;
using smtp::Reply;
using smtp::Stage;

// By their routes: a Maildir, a next hop that is asked, one that is not, mail
// exchangers (all others), and literals.
constexpr char kConfig[] = R"(
    hostname: "mx.example.org" administrator: "a@example.org"
    deputy: "b@example.org" listen { address: "127.0.0.1" }
    local_domain { name: "example.org" recipients_file: "r"
                   maildir_root: "mail" }
    relay_domain { name: "asked.example"
                   next_hop { host: "192.0.2.1" verify_recipients: true } }
    relay_domain { name: "silent.example" next_hop { host: "192.0.2.1" } })";

class HopVerifierTest : public testing::Test {
 protected:
  HopVerifierTest() {
    Settings config;
    EXPECT_TRUE(ParseSettings(kConfig, "/dir/F", &config).empty());
    std::vector<base::TextError> errors;
    auto aliases =
        route::AliasTable::Parse("list@asked.example: x@asked.example\n",
                                 {*Domain::Parse("asked.example")}, &errors);
    EXPECT_TRUE(aliases.ok());
    auto srs =
        autoreply::Srs::Create({.domain = *Domain::Parse("asked.example"),
                                .secrets = {std::string(32, 's')}},
                               nullptr);
    EXPECT_TRUE(srs.ok());
    routing_ =
        *MakeRouting(config, *std::move(aliases), {}, &dns_,
                     std::make_shared<const autoreply::Srs>(*std::move(srs)));
    verifier_.emplace(
        [this](HopQuestion question, auto done) {
          asked_.push_back(std::move(question));
          if (answers_) done(outcome_, "hop.example [192.0.2.1]");
        },
        absl::Milliseconds(50), routing_);
  }

  std::optional<policy::VerifierAnswer> Verify(const char* recipient) {
    return verifier_->Verify(*address::ForwardPath::Parse(recipient), 1000);
  }

  dns::FakeResolver dns_;
  smtp::RecipientOutcome outcome_ = {
      .reply = Reply(250, "fine"), .stage = Stage::kRcpt, .from_peer = true};
  bool answers_ = true;
  std::vector<HopQuestion> asked_;
  std::shared_ptr<const Routing> routing_;
  std::optional<HopVerifier> verifier_;
};

TEST_F(HopVerifierTest, TheRouteDecidesWhatIsAsked) {
  const struct {
    const char* recipient;
    bool asked;
    bool only_route;
  } kCases[] = {
      {"<alice@example.org>", false, false},
      {"<Postmaster>", false, false},
      {"<bob@asked.example>", true, false},
      {"<list@asked.example>", true, false},
      // A rewritten sender is ours, and the next hop does not know it.
      {"<srs0=HASH=TT=example.com=carol@asked.example>", false, false},
      {"<bob@silent.example>", false, false},
      {"<bob@elsewhere.example>", true, true},
      {"<bob@[192.0.2.99]>", true, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.recipient);
    asked_.clear();
    const std::optional<policy::VerifierAnswer> answer = Verify(c.recipient);
    ASSERT_EQ(asked_.size(), c.asked ? 1u : 0u);
    if (c.asked) {
      EXPECT_EQ(asked_[0].only_route, c.only_route);
      EXPECT_EQ(asked_[0].routing, routing_);  // And not what a reload made.
    } else {
      EXPECT_FALSE(answer);
    }
  }
}

struct AnswerCase {
  const char* name;
  const char* recipient;
  smtp::RecipientOutcome outcome;
  std::optional<Answer> want;
  const char* want_reply;
};

const AnswerCase kAnswerCases[] = {
    {"TheHopTakesIt",
     "<bob@asked.example>",
     {Reply(250, "fine"), Stage::kRcpt, true},
     Answer::kYes,
     "250"},
    {"R18TheHopKnowsNobody",
     "<bob@asked.example>",
     {Reply(550, {5, 1, 1}, "who?"), Stage::kRcpt, true},
     Answer::kNo,
     "550 5.1.1 The next hop says: who?"},
    {"R19TooLargeAtMail",
     "<bob@asked.example>",
     {Reply(552, {5, 3, 4}, "large"), Stage::kMail, true},
     Answer::kNo,
     "552 5.3.4 The next hop says: large"},
    {"TheHopMindsTheSenderOfTheQuestion",
     "<bob@asked.example>",
     {Reply(550, {5, 7, 1}, "no null path"), Stage::kMail, true},
     std::nullopt,
     ""},
    {"TheHopIsNotThere",
     "<bob@asked.example>",
     {Reply(554, "go away"), Stage::kConnect, true},
     Answer::kCannotTell,
     "451 4.4.1 The next hop says: go away"},
    // NEW-06
    {"TheHopCloses",
     "<bob@asked.example>",
     {Reply(421, {4, 3, 2}, "closing"), Stage::kRcpt, true},
     Answer::kCannotTell,
     "451 4.4.2 The next hop says: closing"},
    {"TheHopSaysGoodbye",
     "<bob@asked.example>",
     {Reply(221, {2, 0, 0}, "bye"), Stage::kRcpt, true},
     Answer::kCannotTell,
     "451 4.4.2 The next hop says: bye"},
    {"TheHopWantsUsToLogIn",
     "<bob@asked.example>",
     {Reply(535, {5, 7, 8}, "wrong"), Stage::kRcpt, true},
     Answer::kCannotTell,
     "451 4.7.0 The next hop says: wrong"},
    {"ThereIsAWay",
     "<bob@elsewhere.example>",
     {Reply(250, "a way"), Stage::kConnect, false},
     std::nullopt,
     ""},
    // MX-01
    {"Mx01NullMx",
     "<bob@elsewhere.example>",
     {Reply(556, {5, 1, 10}, "takes no mail"), Stage::kConnect, false},
     Answer::kNo,
     "556 5.1.10 takes no mail"},
    {"NoSuchDomain",
     "<bob@elsewhere.example>",
     {Reply(550, {5, 1, 2}, "no such domain"), Stage::kConnect, false},
     Answer::kNo,
     "550 5.1.2 no such domain"},
    {"TheDnsCannotTell",
     "<bob@elsewhere.example>",
     {Reply(451, {4, 4, 3}, "SERVFAIL"), Stage::kConnect, false},
     Answer::kCannotTell,
     "451 4.4.3 SERVFAIL"},
};

TEST_F(HopVerifierTest, SaysWhatItHeard) {
  for (const AnswerCase& c : kAnswerCases) {
    SCOPED_TRACE(c.name);
    outcome_ = c.outcome;
    const std::optional<policy::VerifierAnswer> answer = Verify(c.recipient);
    ASSERT_EQ(answer.has_value(), c.want.has_value());
    if (!answer) continue;
    EXPECT_EQ(answer->answer, *c.want);
    EXPECT_EQ(answer->reply.ToString().substr(0, strlen(c.want_reply)),
              c.want_reply);
    EXPECT_EQ(answer->of_route,
              absl::string_view(c.recipient) == "<bob@elsewhere.example>");
  }
}

TEST_F(HopVerifierTest, WhoNeverAnswersIsNotWaitedForForEver) {
  answers_ = false;
  for (const char* recipient :
       {"<bob@asked.example>", "<bob@elsewhere.example>"}) {
    const std::optional<policy::VerifierAnswer> answer = Verify(recipient);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->answer, Answer::kCannotTell);
    EXPECT_EQ(answer->reply.code(), 451);
  }
}

}  // namespace
}  // namespace mailsec::server
