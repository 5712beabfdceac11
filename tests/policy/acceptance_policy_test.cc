#include "mailcore/policy/acceptance_policy.h"

#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/testing/fake_mx_authority.h"
#include "mailcore/testing/fake_recipient_directory.h"

namespace mailsec::policy {
namespace {

using address::Domain;
using address::ForwardPath;
using address::ReversePath;
using ip::IpAddress;
using ip::NetworkSet;

constexpr uint64_t kLimit = 10000;

// Local domain example.org with bob (at most 1000 octets), full (over quota),
// postmaster and abuse. Relay domains: known.example, where only carol exists,
// and open.example without a directory. 10.0.0.0/8 is authorised, 192.0.2.25
// is our own address.
class AcceptancePolicyTest : public testing::Test {
 protected:
  AcceptancePolicyTest() {
    directory_.Add("bob@example.org",
                   {.name = "bob", .max_message_octets = 1000});
    directory_.Add("full@example.org", {.name = "full", .has_room = false});
    directory_.Add("postmaster@example.org", {.name = "pm"});
    directory_.Add("abuse@example.org", {.name = "abuse"});
    directory_.Add("postmaster@[192.0.2.25]", {.name = "pm"});
    neighbours_.Add("carol@known.example", {.name = "carol"});
  }

  AcceptancePolicy::Options Options() {
    return {.authorised_networks = *NetworkSet::Parse({"10.0.0.0/8"}),
            .own_addresses = {*IpAddress::Parse("192.0.2.25")},
            .local_domains = {*Domain::Parse("example.org")},
            .relay_domains = {{*Domain::Parse("known.example"), &neighbours_},
                              {*Domain::Parse("open.example")}},
            .max_message_octets = kLimit,
            .has_space = [this](uint64_t octets) { return octets <= space_; }};
  }

  std::unique_ptr<AcceptancePolicy> Policy() {
    return *AcceptancePolicy::Create(Options(), &directory_, &live_mx_);
  }

  static Client From(absl::string_view ip) {
    return {.ip = *IpAddress::Parse(ip)};
  }

  Decision Mail(uint64_t declared_size) {
    smtp::MailParameters parameters;
    parameters.declared_size = declared_size;
    return Policy()->DecideMail(From("198.51.100.7"), ReversePath(),
                                parameters);
  }

  Decision Rcpt(absl::string_view client, absl::string_view recipient,
                uint64_t declared_size = 0) {
    smtp::MailParameters parameters;
    parameters.declared_size = declared_size;
    return Policy()->DecideRcpt(From(client), ReversePath(), parameters,
                                *ForwardPath::Parse(recipient));
  }

  FakeRecipientDirectory directory_;
  FakeRecipientDirectory neighbours_;
  FakeMxAuthority live_mx_;
  uint64_t space_ = 1 << 20;
};

// R19: what does not fit into the mailbox any more is refused now.
TEST_F(AcceptancePolicyTest, AMessageHasToFitIntoTheMailbox) {
  directory_.Add("small@example.org", {.name = "small", .room_octets = 500});
  directory_.Add("none@example.org", {.name = "none", .room_octets = 0});
  const struct {
    const char* recipient;
    uint64_t declared_size;
    int want_code;
  } kCases[] = {{"<small@example.org>", 0, 250},
                {"<small@example.org>", 500, 250},
                {"<small@example.org>", 501, 552},
                {"<none@example.org>", 0, 552}};
  for (const auto& c : kCases) {
    EXPECT_EQ(Rcpt("198.51.100.7", c.recipient, c.declared_size).reply.code(),
              c.want_code)
        << c.declared_size;
  }
  AcceptancePolicy::Options options = Options();
  options.full_is_transient = true;
  const auto policy = *AcceptancePolicy::Create(options, &directory_);
  EXPECT_EQ(policy
                ->DecideRcpt(From("198.51.100.7"), ReversePath(), {},
                             *ForwardPath::Parse("<none@example.org>"))
                .reply.ToString()
                .substr(0, 9),
            "452 4.2.2");
}

// Mail of strangers whose sender is ours is mostly, and not always, forged.
TEST_F(AcceptancePolicyTest, StrangersWithASenderOfOurs) {
  const struct {
    OwnSender choice;
    const char* client;
    bool authenticated;
    const char* sender;
    int want_code;
    const char* want_rule;
  } kCases[] = {
      {OwnSender::kMark, "198.51.100.7", false, "<bob@example.org>", 250,
       "mail.own-sender-marked"},
      {OwnSender::kRefuse, "198.51.100.7", false, "<x@EXAMPLE.org>", 550,
       "mail.own-sender-refused"},
      {OwnSender::kAllow, "198.51.100.7", false, "<bob@example.org>", 250,
       "mail.accepted"},
      {OwnSender::kRefuse, "198.51.100.7", false, "<>", 250, "mail.accepted"},
      {OwnSender::kRefuse, "10.0.0.1", false, "<bob@example.org>", 250,
       "mail.accepted"},
      {OwnSender::kRefuse, "198.51.100.7", true, "<bob@example.org>", 250,
       "mail.accepted"},
      {OwnSender::kMark, "10.0.0.1", false, "<bob@example.org>", 250,
       "mail.accepted"},
      {OwnSender::kRefuse, "198.51.100.7", false, "<x@sub.example.org>", 250,
       "mail.accepted"},
      {OwnSender::kRefuse, "198.51.100.7", false, "<x@known.example>", 250,
       "mail.accepted"},
      {OwnSender::kRefuse, "198.51.100.7", false, "<x@[192.0.2.25]>", 250,
       "mail.accepted"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.client, " ", c.sender, " ", c.want_rule));
    AcceptancePolicy::Options options = Options();
    options.strangers_with_own_sender = c.choice;
    const auto policy = *AcceptancePolicy::Create(options, &directory_);
    Client client = From(c.client);
    client.authenticated = c.authenticated;
    const ReversePath sender = *ReversePath::Parse(c.sender);
    const Decision decision = policy->DecideMail(client, sender, {});
    EXPECT_EQ(decision.reply.code(), c.want_code);
    const bool refused = c.want_code == 550;
    EXPECT_EQ(refused ? decision.because[0].rule->name : decision.rule->name,
              c.want_rule);
    EXPECT_EQ(decision.rule->name, c.want_rule);
    EXPECT_EQ(policy->IsToBeMarked(client, sender),
              decision.rule->name == "mail.own-sender-marked");
    if (decision.rule->name != "mail.accepted") {
      EXPECT_TRUE(absl::StrContains(decision.Explain(), "mailing lists"));
    }
  }
}

struct RcptCase {
  const char* name;
  const char* client;
  const char* recipient;
  uint64_t declared_size;
  const char* want_reply;  // Its code and enhanced code.
  const char* want_rule;
} constexpr kRcptCases[] = {
    {"R18ExistingRecipient", "198.51.100.7", "<bob@example.org>", 0,
     "250 2.1.5", "recipient.exists"},
    {"R18UnknownRecipientIsRefusedNow", "198.51.100.7", "<eve@example.org>", 0,
     "550 5.1.1", "recipient.unknown"},
    {"R18UnknownRecipientOfAnAuthorisedClient", "10.0.0.1", "<eve@example.org>",
     0, "550 5.1.1", "recipient.unknown"},
    {"R14StrangerMayNotRelay", "198.51.100.7", "<x@example.com>", 0,
     "550 5.7.1", "relay.not-authorised"},
    {"R15AuthorisedMayRelay", "10.0.0.1", "<x@example.com>", 0, "250 2.1.5",
     "relay.authorised-network"},
    {"R19MailboxTakesLess", "198.51.100.7", "<bob@example.org>", 1001,
     "552 5.3.4", "recipient.too-large"},
    {"R19MailboxTakesExactly", "198.51.100.7", "<bob@example.org>", 1000,
     "250 2.1.5", "recipient.exists"},
    {"R19FullMailboxIsRefusedNow", "198.51.100.7", "<full@example.org>", 0,
     "552 5.2.2", "recipient.full"},
    {"KnownAtTheNeighbour", "198.51.100.7", "<Carol@known.example>", 0,
     "250 2.1.5", "recipient.exists"},
    {"R18UnknownAtTheNeighbour", "198.51.100.7", "<eve@known.example>", 0,
     "550 5.1.1", "recipient.unknown"},
    {"NeighbourWithoutDirectory", "198.51.100.7", "<any@open.example>", 0,
     "250 2.1.5", "relay.mx-authority"},
    {"BarePostmaster", "198.51.100.7", "<Postmaster>", 0, "250 2.1.5",
     "relay.bare-postmaster"},
    {"PostmasterAtOwnAddress", "198.51.100.7", "<postmaster@[192.0.2.25]>", 0,
     "250 2.1.5", "recipient.exists"},
    {"NobodyAtOwnAddress", "198.51.100.7", "<bob@[192.0.2.25]>", 0, "550 5.1.1",
     "recipient.unknown"},
    {"AuthorisedMayWriteToAForeignAddress", "10.0.0.1", "<x@[203.0.113.9]>", 0,
     "250 2.1.5", "relay.authorised-network"},
    {"StrangerMayNotWriteToAForeignAddress", "198.51.100.7",
     "<x@[203.0.113.9]>", 0, "550 5.7.1", "relay.not-authorised"},
    // REL-01: a name that looks like a route is a name, and nobody has it.
    {"Rel01PercentHack", "198.51.100.7", "<x%example.com@example.org>", 0,
     "550 5.1.1", "recipient.unknown"},
    {"Rel01PercentHackAtOwnAddress", "198.51.100.7",
     "<x%example.com@[192.0.2.25]>", 0, "550 5.1.1", "recipient.unknown"},
    {"Rel01QuotedAddressAtOwnAddress", "198.51.100.7",
     "<\"x@example.com\"@[192.0.2.25]>", 0, "550 5.1.1", "recipient.unknown"},
    {"Rel01SourceRoute", "198.51.100.7", "<@example.org:x@example.com>", 0,
     "550 5.7.1", "relay.not-authorised"},
    {"Rel01BangPath", "198.51.100.7", "<example.com!x@example.org>", 0,
     "550 5.1.1", "recipient.unknown"},
    {"Addr01QuotedAtIsNotTheOther", "198.51.100.7",
     "<\"victim@example.com x\"@example.org>", 0, "550 5.1.1",
     "recipient.unknown"},
    // ADDR-10, ADDR-12
    {"Addr10OnlyBangs", "198.51.100.7", "<!!!@example.org>", 0, "550 5.1.1",
     "recipient.unknown"},
    {"Addr12ExpansionAtLocalhost", "198.51.100.7",
     "<${run{/bin/true}}@localhost>", 0, "550 5.7.1", "relay.not-authorised"},
    {"Addr12PipeIsNoProgram", "198.51.100.7", "<|/bin/sh@example.org>", 0,
     "550 5.1.1", "recipient.unknown"},
};

class RcptTest : public AcceptancePolicyTest,
                 public testing::WithParamInterface<RcptCase> {};

TEST_P(RcptTest, Decides) {
  const RcptCase& c = GetParam();
  const Decision got = Rcpt(c.client, c.recipient, c.declared_size);
  EXPECT_EQ(got.reply.ToString().substr(0, 9), c.want_reply);
  EXPECT_EQ(got.rule->name, c.want_rule);
  EXPECT_EQ(got.accepted(), got.reply.IsPositive());
  EXPECT_FALSE(got.rule->source.empty());
  EXPECT_FALSE(got.otherwise().empty());
  ASSERT_FALSE(got.because.empty());
  EXPECT_EQ(got.because.back().reply, got.reply);
}

INSTANTIATE_TEST_SUITE_P(Table, RcptTest, testing::ValuesIn(kRcptCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// R23: a rewritten sender is an address that anybody may learn.
struct BouncesCase {
  const char* name;
  const char* client;
  const char* sender;
  const char* want_reply;
  const char* want_rule;
} constexpr kBouncesCases[] = {
    {"ABounce", "198.51.100.7", "<>", "250 2.1.5", "recipient.exists"},
    {"AStranger", "198.51.100.7", "<a@example.com>", "550 5.7.1",
     "recipient.bounces-only"},
    {"OneOfOurs", "10.0.0.1", "<a@example.org>", "550 5.7.1",
     "recipient.bounces-only"},
    {"AnotherRewrittenSender", "198.51.100.7", "<SRS0=a=b=c=d@fwd.example>",
     "550 5.7.1", "recipient.bounces-only"},
};

TEST_F(AcceptancePolicyTest, SomeAddressesTakeBouncesOnly) {
  directory_.AddBouncesOnly("srs0=x@example.org");
  for (const BouncesCase& c : kBouncesCases) {
    const Decision got =
        Policy()->DecideRcpt(From(c.client), *ReversePath::Parse(c.sender), {},
                             *ForwardPath::Parse("<SRS0=x@example.org>"));
    EXPECT_EQ(got.reply.ToString().substr(0, 9), c.want_reply) << c.name;
    EXPECT_EQ(got.rule->name, c.want_rule) << c.name;
    EXPECT_EQ(got.rule->source, got.accepted() ? "R18" : "R23") << c.name;
  }
}

TEST_F(AcceptancePolicyTest, R19TooLargeIsRefusedAtMail) {
  EXPECT_TRUE(Mail(0).accepted());
  EXPECT_TRUE(Mail(kLimit).accepted());
  // LIM-05: values of 64 bits and more are above the limit too.
  for (uint64_t size :
       {kLimit + 1, uint64_t{1} << 32, std::numeric_limits<uint64_t>::max()}) {
    const Decision got = Mail(size);
    EXPECT_EQ(got.verdict, Verdict::kRefuse);
    EXPECT_EQ(got.reply.ToString().substr(0, 9), "552 5.3.4");
  }
}

TEST_F(AcceptancePolicyTest, R10ShortOfSpaceIsToldBeforeTheData) {
  space_ = 5000;
  EXPECT_TRUE(Mail(5000).accepted());
  const Decision got = Mail(5001);
  EXPECT_EQ(got.verdict, Verdict::kCannotTell);
  EXPECT_EQ(got.reply.ToString().substr(0, 9), "452 4.3.1");
}

TEST_F(AcceptancePolicyTest, R18ADirectoryThatCannotTellDefers) {
  const std::unique_ptr<AcceptancePolicy> policy = Policy();
  directory_.FailWith("connection refused");
  const Decision got =
      policy->DecideRcpt(From("198.51.100.7"), ReversePath(), {},
                         *ForwardPath::Parse("<bob@example.org>"));
  EXPECT_EQ(got.verdict, Verdict::kCannotTell);
  EXPECT_EQ(got.reply.ToString().substr(0, 9), "451 4.4.3");
}

TEST_F(AcceptancePolicyTest, Rel10FailedLiveLookUpDefersForeignDomainsOnly) {
  live_mx_.FailWith(absl::UnavailableError("SERVFAIL"));
  EXPECT_EQ(
      Rcpt("198.51.100.7", "<x@example.com>").reply.ToString().substr(0, 9),
      "451 4.4.3");
  EXPECT_TRUE(Rcpt("198.51.100.7", "<bob@example.org>").accepted());
}

TEST_F(AcceptancePolicyTest, LiveMxDomainsHaveNoDirectory) {
  live_mx_.Hold("example.com");
  EXPECT_EQ(Rcpt("198.51.100.7", "<x@example.com>").rule->name,
            "relay.mx-authority");
}

TEST_F(AcceptancePolicyTest, AFullMailboxMayBeTransient) {
  AcceptancePolicy::Options options = Options();
  options.full_is_transient = true;
  const auto policy = AcceptancePolicy::Create(options, &directory_);
  const Decision got =
      (*policy)->DecideRcpt(From("198.51.100.7"), ReversePath(), {},
                            *ForwardPath::Parse("<full@example.org>"));
  EXPECT_EQ(got.verdict, Verdict::kCannotTell);
  EXPECT_EQ(got.reply.ToString().substr(0, 9), "452 4.2.2");
}

class FixedVerifier : public RecipientVerifier {
 public:
  std::optional<VerifierAnswer> Verify(const ForwardPath&, uint64_t) override {
    ++questions;
    return answer;
  }
  std::optional<VerifierAnswer> answer;
  int questions = 0;
};

// What is bound to fail, or cannot be told, of a domain that is not ours
// (MX-01) and of a next hop.
TEST_F(AcceptancePolicyTest,
       TheVerifierIsAskedLastAboutWhoeverWouldBeAccepted) {
  const struct {
    const char* name;
    const char* client;
    const char* recipient;
    smtp::Reply said;
    bool of_route;
    const char* want_reply;
    const char* want_rule;
  } kCases[] = {
      {"Mx01NullMxIsRefusedAtRcpt", "10.0.0.1", "<x@example.com>",
       smtp::Reply(556, {5, 1, 10}, "takes no mail"), true, "556 5.1.10",
       "recipient.no-route"},
      {"ADnsThatDoesNotAnswerKeepsNobodyOfOursOut", "10.0.0.1",
       "<x@example.com>", smtp::Reply(451, {4, 4, 3}, "SERVFAIL"), true,
       "250 2.1.5", "recipient.route-unknown"},
      {"ANextHopRefuses", "198.51.100.7", "<any@open.example>",
       smtp::Reply(550, {5, 1, 1}, "who?"), false, "550 5.1.1",
       "recipient.next-hop-refuses"},
      {"ANextHopCannotTellAStranger", "198.51.100.7", "<any@open.example>",
       smtp::Reply(451, {4, 4, 1}, "down"), false, "451 4.4.1",
       "recipient.next-hop-cannot-tell"},
      {"ANextHopCannotTellAClientOfOurs", "10.0.0.1", "<any@open.example>",
       smtp::Reply(451, {4, 4, 1}, "down"), false, "250 2.1.5",
       "recipient.next-hop-silent"},
  };
  FixedVerifier verifier;
  AcceptancePolicy::Options options = Options();
  options.verifier = &verifier;
  const auto policy = AcceptancePolicy::Create(options, &directory_);
  const auto rcpt = [&](const char* client, const char* recipient) {
    return (*policy)->DecideRcpt(From(client), ReversePath(), {},
                                 *ForwardPath::Parse(recipient));
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    verifier.answer = VerifierAnswer{
        .answer = c.said.IsPermanent() ? Answer::kNo : Answer::kCannotTell,
        .reply = c.said,
        .hop = ""};
    verifier.answer->of_route = c.of_route;
    const Decision got = rcpt(c.client, c.recipient);
    EXPECT_EQ(got.reply.ToString().substr(0, strlen(c.want_reply)),
              c.want_reply);
    EXPECT_EQ(got.rule->name, c.want_rule);
    EXPECT_FALSE(got.otherwise().empty());
  }
  verifier.questions = 0;
  rcpt("198.51.100.7", "<x@example.com>");
  rcpt("198.51.100.7", "<eve@example.org>");
  EXPECT_EQ(verifier.questions, 0);  // Both are refused without it.
  verifier.answer.reset();
  EXPECT_EQ(rcpt("10.0.0.1", "<x@example.com>").rule->name,
            "relay.authorised-network");
  EXPECT_EQ(verifier.questions, 1);
}

// NEW-06: a verifier's answer is the next hop's; none of its codes reaches our
// client if it speaks of something else than the recipient.
TEST_F(AcceptancePolicyTest, NoWordOfAHopEndsTheSession) {
  FixedVerifier verifier;
  AcceptancePolicy::Options options = Options();
  options.verifier = &verifier;
  const auto policy = AcceptancePolicy::Create(options, &directory_);
  for (int code = 200; code <= 599; ++code) {
    for (const Answer answer : {Answer::kNo, Answer::kCannotTell}) {
      SCOPED_TRACE(code);
      verifier.answer = VerifierAnswer{
          .answer = answer, .reply = smtp::Reply(code, "words"), .hop = ""};
      const Decision got =
          (*policy)->DecideRcpt(From("198.51.100.7"), ReversePath(), {},
                                *ForwardPath::Parse("<any@open.example>"));
      const int first = got.reply.code() / 10;
      EXPECT_TRUE(first == 45 || first == 55) << got.reply.ToString();
      EXPECT_EQ(got.verdict,
                first == 55 ? Verdict::kRefuse : Verdict::kCannotTell);
    }
  }
}

// The cheapest question first.
TEST_F(AcceptancePolicyTest, TheDirectoryIsNotAskedAboutWhatMayNotRelay) {
  const std::unique_ptr<AcceptancePolicy> policy = Policy();
  const int before = directory_.questions();
  policy->DecideRcpt(From("198.51.100.7"), ReversePath(), {},
                     *ForwardPath::Parse("<x@example.com>"));
  EXPECT_EQ(directory_.questions(), before);
}

TEST_F(AcceptancePolicyTest, ADecisionExplainsItself) {
  const std::string text = Rcpt("198.51.100.7", "<eve@example.org>").Explain();
  for (const char* part :
       {"refuse: 550 5.1.1", "client: 198.51.100.7", "sender: <>",
        "recipient: <eve@example.org>", "rule: relay.mx-authority (R14)",
        "rule: recipient.unknown (R18)", "otherwise: "}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(AcceptancePolicyTest, WhatMustNotBeCannotBeCreated) {
  const auto create = [this](AcceptancePolicy::Options options) {
    return AcceptancePolicy::Create(std::move(options), &directory_).status();
  };
  AcceptancePolicy::Options open_relay = Options();
  open_relay.authorised_networks = *NetworkSet::Parse({"::/0"});
  EXPECT_TRUE(absl::IsInvalidArgument(create(open_relay)));
  AcceptancePolicy::Options twice = Options();
  twice.relay_domains.push_back({*Domain::Parse("EXAMPLE.org")});
  EXPECT_TRUE(absl::IsInvalidArgument(create(twice)));
  AcceptancePolicy::Options nothing_local = Options();
  nothing_local.local_domains.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(create(nothing_local)));
  directory_.Remove("abuse@example.org");
  EXPECT_TRUE(absl::IsFailedPrecondition(create(Options())));
}

}  // namespace
}  // namespace mailsec::policy
