#include "mailcore/server/snapshot/policies.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;

class PoliciesTest : public testing::Test {
 protected:
  PoliciesTest() {
    std::string name = testing::TempDir() + "/policiesXXXXXX";
    folder_ = mkdtemp(name.data());
    Write("recipients",
          "postmaster@example.org\nabuse@example.org\nalice@example.org\n");
  }
  ~PoliciesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << text;
  }

  std::shared_ptr<const Policies> Build(
      const std::string& more, policy::RecipientVerifier* verifier = nullptr) {
    const std::string text = absl::StrCat(
        R"(hostname: "mx.example.org" administrator: "a@example.org"
           deputy: "b@example.org" listen { address: "127.0.0.1" }
           local_domain { name: "example.org" recipients_file: "recipients"
                          maildir_root: "mail" alias: "alias.example.org" }
        )",
        more);
    errors_ = ParseSettings(text, folder_ + "/F", &config_);
    EXPECT_TRUE(errors_.empty()) << errors_[0].ToString();
    return BuildPolicies(config_, {.verifier = verifier}, &errors_);
  }

  int Rcpt(const Policies& policies, const char* client, const char* path) {
    return policies.acceptance
        ->DecideRcpt({.ip = *ip::IpAddress::Parse(client)},
                     address::ReversePath(), {}, *ForwardPath::Parse(path))
        .reply.code();
  }

  std::string folder_;
  Settings config_;
  std::vector<ConfigError> errors_;
};

TEST_F(PoliciesTest, AnAliasDomainHasTheSameMailboxes) {
  const auto policies = Build("");
  ASSERT_NE(policies, nullptr);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<alice@example.org>"), 250);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<ALICE@alias.example.org>"), 250);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<bob@alias.example.org>"), 550);
}

TEST_F(PoliciesTest, ARelayDomainMayHaveADirectory) {
  Write("theirs", "carol@relay.example\n");
  const auto policies = Build(
      R"(relay_domain { name: "relay.example" recipients_file: "theirs"
                        next_hop { host: "192.0.2.1" } }
         relay_domain { name: "open.example" next_hop { host: "192.0.2.1" } })");
  ASSERT_NE(policies, nullptr);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<carol@relay.example>"), 250);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<dave@relay.example>"), 550);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<anyone@open.example>"), 250);
}

TEST_F(PoliciesTest, ForwardsAreReadAndTheirErrorsLocated) {
  const std::string config = R"(automatic { forwards_file: "forwards" })";
  Write("forwards", "alice@alias.example.org: a@elsewhere.example\n");
  const auto policies = Build(config);
  ASSERT_NE(policies, nullptr);
  EXPECT_EQ(
      policies->forwards.Find(*address::Address::Parse("alice@example.org"))
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
TEST_F(PoliciesTest, SecretsArePrivateAndLong) {
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
    const auto policies = Build(config);
    EXPECT_EQ(policies == nullptr, c.error != nullptr);
    if (c.error == nullptr) {
      EXPECT_NE(policies->routing->srs, nullptr);
    } else {
      EXPECT_THAT(errors_[0].ToString(), testing::HasSubstr(c.error));
    }
    fs::remove(folder_ + "/secret");
  }
  EXPECT_EQ(Build(config), nullptr) << "there is none";
}

TEST_F(PoliciesTest, WithoutForwardsThereIsNoSecretAndNobodyIsRewritten) {
  const auto policies = Build("");
  ASSERT_NE(policies, nullptr);
  EXPECT_EQ(policies->routing->srs, nullptr);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7",
                 "<SRS0=AAAA=AA=example.com=carol@example.org>"),
            550);
}

// R6: a domain without postmaster or abuse does not start.
TEST_F(PoliciesTest, PostmasterAndAbuseMustExist) {
  Write("recipients", "postmaster@example.org\n");
  EXPECT_EQ(Build(""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(), testing::HasSubstr("abuse"));
}

// R6, with an alias: it must end in a mailbox.
TEST_F(PoliciesTest, AnAliasMayBeAPostmaster) {
  Write("recipients", "alice@example.org\nabuse@example.org\n");
  Write("aliases", "postmaster@example.org: alice@example.org\n");
  const auto policies = Build("aliases_file: \"aliases\"");
  ASSERT_NE(policies, nullptr);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<postmaster@example.org>"), 250);
  EXPECT_EQ(Rcpt(*policies, "198.51.100.7", "<postmaster@alias.example.org>"),
            250);
  Write("aliases", "postmaster@example.org: nobody@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_FALSE(errors_.empty());
}

TEST_F(PoliciesTest, AnAliasThatLeadsNowhereIsAnError) {
  Write("aliases", "team@example.org: alice@example.org, bob@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::HasSubstr("leads to bob@example.org"));
}

TEST_F(PoliciesTest, ErrorsOfTheAliasesHaveTheirPlace) {
  Write("aliases",
        "\na@example.org: b@example.org\n"
        "b@example.org: a@example.org\n");
  EXPECT_EQ(Build("aliases_file: \"aliases\""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::StartsWith(folder_ + "/aliases:3:16: "));
}

// R3: local mail must be able to reach its mailboxes.
TEST_F(PoliciesTest, MailboxesOutsideAreAnError) {
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

TEST_F(PoliciesTest, ErrorsOfAFileHaveTheirPlaceInIt) {
  Write("recipients", "postmaster@example.org\nabuse@example.org\na b\n");
  EXPECT_EQ(Build(""), nullptr);
  EXPECT_THAT(errors_.at(0).ToString(),
              testing::StartsWith(folder_ + "/recipients:3:1: "));
}

class NoVerifier : public policy::RecipientVerifier {
 public:
  std::optional<policy::VerifierAnswer> Verify(const ForwardPath&,
                                               uint64_t) override {
    return std::nullopt;
  }
};

// Only who may send to other domains waits for their DNS.
TEST_F(PoliciesTest, WhoMayHaveToWaitIsKnown) {
  NoVerifier verifier;
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
    const std::shared_ptr<const Policies> policies = Build(c.more, &verifier);
    ASSERT_NE(policies, nullptr);
    EXPECT_EQ(policies->may_block, c.want);
    EXPECT_EQ(policies->may_block_for_ours, c.want_for_ours);
  }
  EXPECT_FALSE(Build("")->may_block_for_ours);  // Nobody to ask.
}

TEST_F(PoliciesTest, AnOpenRelayIsRefused) {
  EXPECT_EQ(Build("authorised_network: \"0.0.0.0/1\" "
                  "authorised_network: \"128.0.0.0/1\""),
            nullptr);
  EXPECT_FALSE(errors_.empty());
}

}  // namespace
}  // namespace mailsec::server
