// What is accepted at RCPT (and what `mailsec explain` accepts, which asks the
// same), the next hop is asked about and given: over every name that a mailbox
// can have, where mailboxes are, and who is asked.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/server/deliver/hop_verifier.h"
#include "mailcore/server/snapshot/addressees.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;
using smtp::Reply;

using Paths = std::set<std::string>;

struct Names {
  const char* named;
  bool exists;
  Paths mailboxes;  // That are meant.
};

const Names kNames[] = {
    {"<alice@example.org>", true, {"<alice@example.org>"}},
    {"<alice@alias.example.org>", true, {"<alice@example.org>"}},
    {"<alice@[192.0.2.25]>", true, {"<alice@example.org>"}},
    {"<one@example.org>", true, {"<alice@example.org>"}},
    {"<one@alias.example.org>", true, {"<alice@example.org>"}},
    {"<one@[192.0.2.25]>", true, {"<alice@example.org>"}},
    {"<team@example.org>", true, {"<alice@example.org>", "<bob@example.org>"}},
    {"<team@alias.example.org>",
     true,
     {"<alice@example.org>", "<bob@example.org>"}},
    {"<Postmaster>", true, {"<postmaster@example.org>"}},
    {"<postmaster@alias.example.org>", true, {"<postmaster@example.org>"}},
    {"<afar@example.org>", true, {"<carol@relay.example>"}},
    {"<alice+shop@example.org>", true, {"<alice+shop@example.org>"}},
    {"<Alice+a+b@alias.example.org>", true, {"<Alice+a+b@example.org>"}},
    {"<alice+shop@[192.0.2.25]>", true, {"<alice+shop@example.org>"}},
    {"<team+x@example.org>",
     true,
     {"<alice@example.org>", "<bob@example.org>"}},
    {"<anna@example.org>", true, {"<anna@example.org>", "<bob@example.org>"}},
    {"<guess@caught.example>", true, {"<info@caught.example>"}},
    {"<guess+x@caught.example>", true, {"<info@caught.example>"}},
    {"<old@caught.example>", false, {}},
    {"<eve+shop@example.org>", false, {}},
    {"<alice-shop@example.org>", false, {}},
    {"<eve@example.org>", false, {}},
    {"<eve@alias.example.org>", false, {}},
    {"<eve@[192.0.2.25]>", false, {}},
};

class MailboxesTest : public testing::Test {
 protected:
  MailboxesTest() {
    std::string name = testing::TempDir() + "/mailboxesXXXXXX";
    folder_ = mkdtemp(name.data());
    std::ofstream(folder_ + "/recipients")
        << "postmaster@example.org\nabuse@example.org\nalice@example.org\n"
           "bob@example.org\nanna@example.org\n";
    std::ofstream(folder_ + "/caught")
        << "postmaster@caught.example\nabuse@caught.example\n"
           "info@caught.example\nold@caught.example refused\n";
    std::ofstream(folder_ + "/aliases")
        << "one@alias.example.org: alice@example.org\n"
           "team@example.org: alice@alias.example.org, bob@example.org\n"
           "afar@example.org: carol@relay.example\n"
           "anna@example.org: anna@example.org, bob@example.org\n";
  }
  ~MailboxesTest() override { std::filesystem::remove_all(folder_); }

  void Load(const std::string& where) {
    Settings config;
    std::vector<ConfigError> errors = ParseSettings(
        absl::StrCat(
            R"(hostname: "mx.example.org" administrator: "a@example.com"
               deputy: "b@example.com" listen { address: "127.0.0.1" }
               own_address: "192.0.2.25" aliases_file: "aliases"
               relay_domain { name: "relay.example" next_hop {
                   host: "192.0.2.1" verify_recipients: true } }
               local_domain { name: "example.org" alias: "alias.example.org"
                   recipients_file: "recipients" )",
            where, R"(} local_domain { name: "caught.example"
                   recipients_file: "caught" catch_all: "info@caught.example" )",
            where, "}"),
        folder_ + "/F", &config);
    snapshot_ = BuildSnapshot(
        config, {.clock = &clock_, .resolver = &dns_},
        {.make_verifier =
             [this](auto routing) { return MakeVerifier(std::move(routing)); }},
        &errors);
    ASSERT_NE(snapshot_, nullptr) << errors[0].ToString();
  }

  std::unique_ptr<HopVerifier> MakeVerifier(
      std::shared_ptr<const Routing> routing) {
    return std::make_unique<HopVerifier>(
        [this](HopQuestion question, auto done) {
          const std::string path = question.recipient.ToString();
          asked_.insert(path);
          done({.reply = takes_.contains(path) ? Reply(250, "fine") : answer_,
                .stage = smtp::Stage::kRcpt,
                .from_peer = true},
               "hop.example");
        },
        absl::Seconds(1), std::move(routing));
  }

  policy::Decision Rcpt(const char* recipient) {
    asked_.clear();
    return snapshot_->acceptance->DecideRcpt(
        {.ip = *ip::IpAddress::Parse("198.51.100.7")},
        *address::ReversePath::Parse("<dave@example.com>"), {},
        *ForwardPath::Parse(recipient));
  }

  Paths Given(const char* recipient, bool* cut_through) {
    spool::Envelope envelope;
    envelope.recipients.push_back({.path = *ForwardPath::Parse(recipient),
                                   .parameters = {},
                                   .last_reply = ""});
    const Addressees to = *FindAddressees(*snapshot_->routing, envelope);
    *cut_through = to.cut_through;
    Paths paths;
    for (const spool::Recipient& one : to.recipients) {
      paths.insert(one.path.ToString());
    }
    return paths;
  }

  std::string folder_;
  ManualClock clock_;
  dns::FakeResolver dns_;
  std::shared_ptr<const Snapshot> snapshot_;
  Paths asked_;
  Reply answer_ = Reply(550, {5, 1, 1}, "who?");
  Paths takes_;  // Whom the next hop says 250 to.
};

// local_domain's lines: where its mailboxes are, and who is asked.
constexpr const char* kLmtp = R"(lmtp { host: "127.0.0.1" })";
constexpr const char* kLmtpAskedLater =
    R"(lmtp { host: "127.0.0.1" verify_recipients: false })";
constexpr const char* kLmtpAskedOnly =
    R"(lmtp { host: "127.0.0.1" cut_through: false })";
constexpr const char* kMaildir = R"(maildir_root: "m")";

TEST_F(MailboxesTest, WhatIsAcceptedIsWhatTheHopIsAskedAboutAndGiven) {
  for (const char* where : {kLmtp, kLmtpAskedLater, kLmtpAskedOnly, kMaildir}) {
    SCOPED_TRACE(where);
    Load(where);
    const bool asks = where == kLmtp || where == kLmtpAskedOnly;
    for (const Names& c : kNames) {
      SCOPED_TRACE(c.named);
      takes_ = c.mailboxes;
      EXPECT_EQ(Rcpt(c.named).accepted(), c.exists);
      if (!c.exists) {
        EXPECT_TRUE(asked_.empty());
        continue;
      }
      const bool is_afar = c.mailboxes.contains("<carol@relay.example>");
      // The first that is taken is enough.
      const Paths first = {*c.mailboxes.begin()};
      EXPECT_EQ(asked_, asks || is_afar ? first : Paths{});
      bool cut_through = false;
      EXPECT_EQ(Given(c.named, &cut_through), c.mailboxes);
      EXPECT_EQ(cut_through,
                !is_afar && (where == kLmtp || where == kLmtpAskedLater));
    }
  }
}

TEST_F(MailboxesTest, WhatTheHopRefusesIsRefusedByEachName) {
  Load(kLmtp);
  for (const Names& c : kNames) {
    if (!c.exists) continue;
    SCOPED_TRACE(c.named);
    takes_.clear();
    EXPECT_EQ(Rcpt(c.named).reply.code(), 550);
    EXPECT_EQ(asked_, c.mailboxes);  // Somebody behind it could be there.
  }
}

TEST_F(MailboxesTest, OneBehindAnAliasIsEnough) {
  Load(kLmtp);
  takes_ = {"<bob@example.org>"};
  EXPECT_TRUE(Rcpt("<team@example.org>").accepted());
  Load(kLmtp);  // Forgets what was said.
  takes_.clear();
  answer_ = Reply(450, {4, 2, 1}, "later");
  EXPECT_EQ(Rcpt("<team@example.org>").reply.code(), 450);
}

}  // namespace
}  // namespace mailsec::server
