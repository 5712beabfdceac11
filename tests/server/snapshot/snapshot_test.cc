#include "mailcore/server/snapshot/snapshot.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() {
    std::string name = testing::TempDir() + "/snapshotXXXXXX";
    folder_ = mkdtemp(name.data());
    Write("recipients",
          "postmaster@example.org\nabuse@example.org\nalice@example.org\n");
  }
  ~SnapshotTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << text;
  }

  std::shared_ptr<const Snapshot> Build(const std::string& more,
                                        const SnapshotSources& sources = {}) {
    const std::string text = absl::StrCat(
        R"(hostname: "mx.example.org" administrator: "a@example.org"
           deputy: "b@example.org" listen { address: "127.0.0.1" }
           local_domain { name: "example.org" recipients_file: "recipients"
                          maildir_root: "mail" alias: "alias.example.org"
                          )",
        domain_, "}\n", more);
    errors_ = ParseSettings(text, folder_ + "/F", &config_);
    EXPECT_TRUE(errors_.empty()) << errors_[0].ToString();
    return BuildSnapshot(config_, {.clock = &clock_}, sources, &errors_);
  }

  int Rcpt(const Snapshot& snapshot, const char* client, const char* path) {
    return snapshot.acceptance
        ->DecideRcpt({.ip = *ip::IpAddress::Parse(client)},
                     address::ReversePath(), {}, *ForwardPath::Parse(path))
        .reply.code();
  }

  std::string folder_;
  std::string domain_;  // More lines of its local_domain.
  ManualClock clock_;
  Settings config_;
  std::vector<ConfigError> errors_;
};

TEST_F(SnapshotTest, AnAliasDomainHasTheSameMailboxes) {
  const auto snapshot = Build("");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<alice@example.org>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<ALICE@alias.example.org>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<bob@alias.example.org>"), 550);
}

TEST_F(SnapshotTest, AddressesWithADetailReachTheirMailbox) {
  const auto snapshot = Build("");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<alice+shop@example.org>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<Alice+x@alias.example.org>"),
            250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<bob+shop@example.org>"), 550);
  domain_ = R"(subaddress_separators: "")";
  EXPECT_EQ(Rcpt(*Build(""), "198.51.100.7", "<alice+x@example.org>"), 550);
  domain_ = R"(subaddress_separators: "-=")";
  EXPECT_EQ(Rcpt(*Build(""), "198.51.100.7", "<alice=x@example.org>"), 250);
  EXPECT_EQ(Rcpt(*Build(""), "198.51.100.7", "<alice+x@example.org>"), 550);
}

TEST_F(SnapshotTest, ACatchAllTakesTheRestAndIsAWarning) {
  domain_ = R"(catch_all: "Alice@alias.example.org")";
  Write("recipients",
        "postmaster@example.org\nabuse@example.org\nalice@example.org\n"
        "old@example.org refused\n");
  const auto snapshot = Build("");
  ASSERT_NE(snapshot, nullptr) << errors_[0].ToString();
  ASSERT_EQ(config_.warnings.size(), 1u);
  EXPECT_THAT(config_.warnings[0].ToString(),
              testing::HasSubstr("every name that somebody guesses"));
  const auto decide = [&](const char* path) {
    return snapshot->acceptance->DecideRcpt(
        {.ip = *ip::IpAddress::Parse("198.51.100.7")}, address::ReversePath(),
        {}, *ForwardPath::Parse(path));
  };
  const policy::Decision guessed = decide("<guess@example.org>");
  EXPECT_TRUE(guessed.accepted());
  EXPECT_EQ(guessed.rule->name, "recipient.catch-all");
  EXPECT_THAT(guessed.Explain(), testing::HasSubstr("name-is: catch-all"));
  EXPECT_EQ(decide("<alice+x@example.org>").rule->name, "recipient.subaddress");
  EXPECT_EQ(decide("<old@example.org>").reply.code(), 550);
  EXPECT_EQ(
      snapshot->routing->MailboxesOf(*ForwardPath::Parse("<g@example.org>"))[0]
          .ToString(),
      "Alice@example.org");
}

TEST_F(SnapshotTest, ACatchAllHasToExistAndStandsForNoRole) {
  const struct {
    const char* domain;
    const char* recipients;
    const char* error;
  } kCases[] = {
      {R"(catch_all: "bob@example.org")",
       "postmaster@example.org\nabuse@example.org\n",
       ": catch_all: bob@example.org is neither a mailbox nor an alias"},
      {R"(catch_all: "abuse+x@example.org")",
       "postmaster@example.org\nabuse@example.org\n",
       "is neither a mailbox nor an alias"},
      {R"(catch_all: "bob@example.com")",
       "postmaster@example.org\nabuse@example.org\n",
       "is not in a domain that is served"},
      {R"(catch_all: "bob@example.org")",
       "postmaster@example.org\nbob@example.org\n", "abuse@example.org"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.error);
    domain_ = c.domain;
    Write("recipients", c.recipients);
    EXPECT_EQ(Build(""), nullptr);
    ASSERT_FALSE(errors_.empty());
    EXPECT_THAT(errors_[0].ToString(), testing::HasSubstr(c.error));
  }
}

TEST_F(SnapshotTest, AnAliasOfItsOwnNameNeedsTheMailbox) {
  const std::string config = R"(aliases_file: "aliases")";
  Write("aliases", "alice@example.org: alice@example.org, abuse@example.org\n");
  const auto snapshot = Build(config);
  ASSERT_NE(snapshot, nullptr) << errors_[0].ToString();
  const address::Address alice = *address::Address::Parse("alice@example.org");
  EXPECT_EQ(snapshot->directory->FindDelivered(alice).mailbox.name,
            "alice@example.org");
  Write("aliases", "bob@example.org: bob@example.org, abuse@example.org\n");
  EXPECT_EQ(Build(config), nullptr);
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_THAT(errors_[0].ToString(),
              testing::HasSubstr("leads to bob@example.org, which does not"));
}

// R19: quotas of Maildirs are asked at RCPT.
TEST_F(SnapshotTest, AFullMaildirIsRefused) {
  namespace fs = std::filesystem;
  Write("recipients",
        "postmaster@example.org\nabuse@example.org\n"
        "alice@example.org mailbox=alice\n"
        "bob@example.org mailbox=bob quota=2000\n");
  for (const char* name : {"alice", "bob"}) {
    for (const char* folder : {"/tmp", "/new", "/cur"}) {
      fs::create_directories(folder_ + "/mail/" + name + folder);
    }
    Write(std::string("mail/") + name + "/new/1", std::string(1000, 'x'));
  }
  EXPECT_TRUE(Build("")->may_block) << "as bob has a quota";
  EXPECT_EQ(Rcpt(*Build(""), "198.51.100.7", "<alice@example.org>"), 250);
  domain_ = "quota { octets: 1000 }";
  const auto snapshot = Build("");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<alice@example.org>"), 552);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<alice+x@example.org>"), 552);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<bob@example.org>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<abuse@example.org>"), 250);
  fs::remove(folder_ + "/mail/alice/new/1");
  fs::remove(folder_ + "/mail/alice/maildirsize");
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<alice@example.org>"), 250);
  domain_ = "quota { }";
  Write("mail/alice/new/2", std::string(11, 'x'));
  Write("mail/alice/maildirsize", "10S\n11 1\n");
  EXPECT_EQ(Rcpt(*Build("limits { full_is_transient: true }"), "198.51.100.7",
                 "<alice@example.org>"),
            452);
}

TEST_F(SnapshotTest, ARelayDomainMayHaveADirectory) {
  Write("theirs", "carol@relay.example\n");
  const auto snapshot = Build(
      R"(relay_domain { name: "relay.example" recipients_file: "theirs"
                        next_hop { host: "192.0.2.1" } }
         relay_domain { name: "open.example" next_hop { host: "192.0.2.1" } })");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<carol@relay.example>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<dave@relay.example>"), 550);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<anyone@open.example>"), 250);
}

TEST_F(SnapshotTest, ForwardsAreReadAndTheirErrorsLocated) {
  const std::string config = R"(automatic { forwards_file: "forwards" })";
  Write("forwards", "alice@alias.example.org: a@elsewhere.example\n");
  const auto snapshot = Build(config);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(
      snapshot->forwards.Find(*address::Address::Parse("alice@example.org"))
          .size(),
      1u);
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"\nalice@example.org a@elsewhere.example\n", "/forwards:2:19: "},
      {"dave@elsewhere.example: a@elsewhere.example\n",
       "not in a local domain"},
      {"nobody@example.org: a@elsewhere.example\n",
       "nobody@example.org does not exist"},
  };
  for (const auto& c : kCases) {
    Write("forwards", c.text);
    EXPECT_EQ(Build(config), nullptr);
    ASSERT_EQ(errors_.size(), 1u);
    EXPECT_THAT(errors_[0].ToString(), testing::HasSubstr(c.error));
  }
  std::filesystem::remove(folder_ + "/forwards");
  EXPECT_EQ(Build(config), nullptr);
}

// R4, R23: whoever knows a secret can relay through us.
TEST_F(SnapshotTest, SecretsArePrivateAndLong) {
  const std::string config = R"(automatic { srs_secret_file: "secret" })";
  namespace fs = std::filesystem;
  const struct {
    size_t octets;
    fs::perms mode;
    const char* error;
  } kCases[] = {
      {32, fs::perms::owner_read | fs::perms::owner_write, nullptr},
      {31, fs::perms::owner_read | fs::perms::owner_write, "32"},
      {32, fs::perms::owner_read | fs::perms::others_read, "/secret"},
  };
  for (const auto& c : kCases) {
    Write("secret", std::string(c.octets, 's'));
    fs::permissions(folder_ + "/secret", c.mode);
    const auto snapshot = Build(config);
    EXPECT_EQ(snapshot == nullptr, c.error != nullptr);
    if (c.error == nullptr) {
      EXPECT_NE(snapshot->routing->srs, nullptr);
    } else {
      EXPECT_THAT(errors_[0].ToString(), testing::HasSubstr(c.error));
    }
    fs::remove(folder_ + "/secret");
  }
  EXPECT_EQ(Build(config), nullptr) << "there is none";
}

TEST_F(SnapshotTest, WithoutForwardsThereIsNoSecretAndNobodyIsRewritten) {
  const auto snapshot = Build("");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->routing->srs, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7",
                 "<SRS0=AAAA=AA=example.com=carol@example.org>"),
            550);
}

// R6: a domain without postmaster or abuse does not start.
TEST_F(SnapshotTest, PostmasterAndAbuseMustExist) {
  Write("recipients", "postmaster@example.org\n");
  EXPECT_EQ(Build(""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(), testing::HasSubstr("abuse"));
}

// R6, with an alias: it must end in a mailbox.
TEST_F(SnapshotTest, AnAliasMayBeAPostmaster) {
  Write("recipients", "alice@example.org\nabuse@example.org\n");
  Write("aliases", "postmaster@example.org: alice@example.org\n");
  const auto snapshot = Build("aliases_file: \"aliases\"");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<postmaster@example.org>"), 250);
  EXPECT_EQ(Rcpt(*snapshot, "198.51.100.7", "<postmaster@alias.example.org>"),
            250);
  Write("aliases", "postmaster@example.org: nobody@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_FALSE(errors_.empty());
}

TEST_F(SnapshotTest, AnAliasThatLeadsNowhereIsAnError) {
  Write("aliases", "\nteam@example.org: alice@example.org, bob@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::HasSubstr(
                  "/aliases:2:1: team@example.org leads to bob@example.org"));
}

TEST_F(SnapshotTest, ErrorsOfTheAliasesHaveTheirPlace) {
  Write("aliases",
        "\na@example.org: b@example.org\n"
        "b@example.org: a@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::StartsWith(folder_ + "/aliases:3:16: "));
}

// R3: local mail must be able to reach its mailboxes.
TEST_F(SnapshotTest, MailboxesOutsideAreAnError) {
  const std::string text =
      R"(hostname: "mx.example.org" administrator: "a@example.org"
         deputy: "b@example.org" listen { address: "127.0.0.1" }
         local_domain { name: "example.org" recipients_file: "recipients"
                        lmtp { host: "192.0.2.9" } })";
  EXPECT_THAT(ParseSettings(text, "F", &config_).at(0).ToString(),
              testing::HasSubstr("inside_network"));
  EXPECT_TRUE(
      ParseSettings(text + " inside_network: \"192.0.2.0/24\"", "F", &config_)
          .empty());
}

TEST_F(SnapshotTest, ErrorsOfAFileHaveTheirPlaceInIt) {
  Write("recipients", "postmaster@example.org\nabuse@example.org\na b\n");
  EXPECT_EQ(Build(""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::StartsWith(folder_ + "/recipients:3:1: "));
}

// Knows where the routing that it was made with sends mail for everybody else.
class RouteVerifier : public policy::RecipientVerifier {
 public:
  explicit RouteVerifier(std::shared_ptr<const Routing> routing)
      : routing_(std::move(routing)) {}
  std::optional<policy::VerifierAnswer> Verify(const ForwardPath& recipient,
                                               uint64_t) override {
    return policy::VerifierAnswer{
        .answer = policy::Answer::kNo,
        .reply = smtp::Reply(550, routing_->router.Route(recipient).host),
        .hop = ""};
  }

 private:
  const std::shared_ptr<const Routing> routing_;
};

std::unique_ptr<policy::RecipientVerifier> MakeVerifier(
    std::shared_ptr<const Routing> routing) {
  return std::make_unique<RouteVerifier>(std::move(routing));
}

// Only who may send to other domains waits for their DNS.
TEST_F(SnapshotTest, WhoMayHaveToWaitIsKnown) {
  const struct {
    const char* more;
    bool want;
    bool want_for_ours;
  } kCases[] = {
      {"", false, true},
      {"mx { off: true }", false, false},
      {"smarthost { host: \"192.0.2.1\" }", false, false},
      {"smarthost { host: \"192.0.2.1\" verify_recipients: true }", true,
       false},
      {"route { domain: \"a.example\" next_hop { host: \"192.0.2.1\" "
       "verify_recipients: true } }",
       true, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.more);
    const auto snapshot = Build(c.more, {.make_verifier = MakeVerifier});
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(snapshot->may_block, c.want);
    EXPECT_EQ(snapshot->may_block_for_ours, c.want_for_ours);
  }
  EXPECT_FALSE(Build("")->may_block_for_ours);  // Nobody to ask.
}

// Nothing that is under way with one snapshot hears of another one.
TEST_F(SnapshotTest, EachSnapshotVerifiesByItsOwnRouting) {
  const auto ask = [](const Snapshot& snapshot) {
    const auto said = snapshot.verifier->Verify(
        *ForwardPath::Parse("<a@elsewhere.example>"), 0);
    return said->reply.text();
  };
  const char kOne[] = R"(smarthost { host: "192.0.2.1" })";
  const char kTwo[] = R"(smarthost { host: "192.0.2.2" })";
  const auto before = Build(kOne, {.make_verifier = MakeVerifier});
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(ask(*before), "192.0.2.1");
  const auto after =
      Build(kTwo, {.before = before, .make_verifier = MakeVerifier});
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(ask(*after), "192.0.2.2");  // And not what `before` remembers.
  EXPECT_EQ(ask(*before), "192.0.2.1");
}

// R24: what one governor has allowed counts in the next one.
TEST_F(SnapshotTest, TheGovernorsBoundsOutliveAReload) {
  const std::string config = "notifications { address_burst: 2 }";
  const address::Address alice = *address::Address::Parse("alice@example.org");
  const auto may_notify = [&](const Snapshot& snapshot) {
    return snapshot.governor
        ->Decide({.answered = address::ReversePath(alice),
                  .sender_is_ours = true,
                  .author = *address::Address::Parse("postmaster@example.org"),
                  .target = alice},
                 clock_.Now())
        .allowed();
  };
  const auto first = Build(config);
  ASSERT_NE(first, nullptr);
  EXPECT_TRUE(may_notify(*first));
  const auto second = Build(config, {.before = first});
  ASSERT_NE(second, nullptr);
  EXPECT_TRUE(may_notify(*second));
  EXPECT_FALSE(may_notify(*second));
  EXPECT_FALSE(may_notify(*first));         // Of a message that began before.
  EXPECT_TRUE(may_notify(*Build(config)));  // Without `before` all is new.
}

TEST_F(SnapshotTest, EachListenerHasItsSessionsSettings) {
  const auto snapshot = Build(R"(
      listen { address: "127.0.0.2" protocol: LMTP
               proxy_network: "192.0.2.0/24" }
      limits { message_octets: 100000 command_seconds: 7 })");
  ASSERT_NE(snapshot, nullptr);
  ASSERT_EQ(snapshot->sessions.size(), 2u);
  for (const SessionSettings& session : snapshot->sessions) {
    EXPECT_EQ(session.options.hostname, "mx.example.org");
    EXPECT_EQ(session.options.limits.max_message_octets, 100000u);
    EXPECT_EQ(session.command_time, absl::Seconds(7));
  }
  EXPECT_EQ(snapshot->sessions[0].options.protocol, smtp::Protocol::kSmtp);
  EXPECT_EQ(snapshot->sessions[1].options.protocol, smtp::Protocol::kLmtp);
  const ip::IpAddress proxy = *ip::IpAddress::Parse("192.0.2.1");
  EXPECT_FALSE(snapshot->sessions[0].proxy_networks.Contains(proxy));
  EXPECT_TRUE(snapshot->sessions[1].proxy_networks.Contains(proxy));
}

TEST_F(SnapshotTest, WhatTheConfigurationSaysIsInEachPart) {
  const auto snapshot = Build(R"(
      retry { lifetime_seconds: 259200 concurrency: 44
              concurrency_per_destination: 4 }
      notifications { digest_seconds: 540 }
      automatic { receipts: true })");
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->schedule.lifetime(), absl::Hours(72));
  EXPECT_EQ(snapshot->notifier.lifetime, absl::Hours(72));
  EXPECT_EQ(snapshot->outbox.pace.max, 4u);
  EXPECT_EQ(snapshot->outbox.max_connections, 44u);
  EXPECT_EQ(snapshot->alarm_mail->interval, absl::Minutes(9));
  EXPECT_EQ(snapshot->alarm_mail->to.at(0).ToString(), "a@example.org");
  EXPECT_EQ(snapshot->alarm_mail->to.at(1).ToString(), "b@example.org");
  EXPECT_TRUE(snapshot->settings.automatic.receipts);
  // The mailbox, and its name in the other name of the domain.
  EXPECT_EQ(
      snapshot->own_addresses.Of(*address::Address::Parse("alice@example.org"))
          .size(),
      2u);
}

// What is named and cannot be used is an error where it is named.
TEST_F(SnapshotTest, EachFileThatIsMissingIsReportedWhereItIsNamed) {
  EXPECT_EQ(Build(R"(aliases_file: "a"
relay_domain { name: "example.net" next_hop { host: "192.0.2.1" }
  recipients_file: "r" }
automatic { forwards_file: "f"
  srs_secret_file: "s"
  srs_secret_file: "t" }
scanner { clamd: "127.0.0.1:3310" }
scanner { rspamd: "127.0.0.1:11334"
  password_file: "p" }
)"),
            nullptr);
  std::vector<std::string> places;
  for (const ConfigError& error : errors_) {
    EXPECT_EQ(error.file, folder_ + "/F");
    EXPECT_THAT(error.message, testing::HasSubstr("No such file"));
    places.push_back(absl::StrCat(error.line, ":", error.column));
  }
  EXPECT_THAT(places, testing::UnorderedElementsAre("6:1", "8:3", "9:13",
                                                    "10:3", "11:3", "14:3"));
}

// Whoever has to mend them sees all of them at once.
TEST_F(SnapshotTest, EveryFilesErrorsAreTold) {
  Write("aliases", "b@example.org\n");
  Write("forwards", "\nalice@example.org a@elsewhere.example\n");
  EXPECT_EQ(Build(R"(aliases_file: "aliases"
                     automatic { forwards_file: "forwards" })"),
            nullptr);
  ASSERT_EQ(errors_.size(), 2u);
  EXPECT_THAT(errors_[0].ToString(), testing::HasSubstr("/aliases:1:"));
  EXPECT_THAT(errors_[1].ToString(), testing::HasSubstr("/forwards:2:19: "));
}

TEST_F(SnapshotTest, AnOpenRelayIsRefused) {
  EXPECT_EQ(Build("authorised_network: \"64.0.0.0/2\" "
                  "authorised_network: \"128.0.0.0/1\""),
            nullptr);
  EXPECT_FALSE(errors_.empty());
}

}  // namespace
}  // namespace mailsec::server
