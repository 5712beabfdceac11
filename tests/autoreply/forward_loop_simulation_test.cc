// Three servers whose users forward and are absent: no pair ever loops, though
// nobody looks at a hop count here. A model of what the servers do, with the
// real Governor and the real Srs.

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/policy/governor.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using address::Domain;
using address::ReversePath;
using message::ContentVerdict;
using policy::AutomaticKind;
using policy::AutomaticMail;
using policy::Governor;

const absl::Time kNow = absl::FromUnixSeconds(1795600800);

struct Mail {
  ReversePath sender;
  Address recipient;
  bool automatic = false;                      // Auto-Submitted.
  std::vector<std::string> delivered_to = {};  // RFC 9228.
};

struct Node {
  std::string domain;
  MemorySrsTable table;
  std::unique_ptr<Srs> srs;
  std::unique_ptr<Governor> governor;
  std::map<std::string, std::string> forwards;  // Mailbox: target.
  std::set<std::string> absent;
  std::set<std::string> answered;  // "mailbox sender", as the memory keeps it.
};

class ThreeServers : public testing::Test {
 protected:
  ThreeServers() {
    for (const char* domain : {"a.example", "b.example", "c.example"}) {
      Node& node = nodes_[domain];
      node.domain = domain;
      node.srs = std::make_unique<Srs>(*Srs::Create(
          {.domain = *Domain::Parse(domain),
           .secrets = {absl::StrCat(domain, std::string(32, 's'))}},
          &node.table));
      Governor::Options options;
      options.own_domains = {*Domain::Parse(domain)};
      node.governor = std::make_unique<Governor>(options);
    }
  }

  void Forward(const std::string& from, const std::string& to) {
    NodeOf(At(from)).forwards[from] = to;
  }
  void Absent(const std::string& who) { NodeOf(At(who)).absent.insert(who); }

  // How many mails there are until there is silence; at most `limit`.
  int Run(const Mail& first, int limit = 1000) {
    std::deque<Mail> waiting = {first};
    int mails = 0;
    while (!waiting.empty() && mails < limit) {
      const Mail mail = waiting.front();
      waiting.pop_front();
      ++mails;
      EXPECT_LE(mail.sender.ToString().size(), address::kMaxPathOctets);
      if (nodes_.count(mail.recipient.domain()->ascii()) > 0) {
        Deliver(mail, &waiting);
      } else {
        outside_.push_back(mail);
      }
    }
    return mails;
  }

  static Address At(absl::string_view text) { return *Address::Parse(text); }
  static Mail From(absl::string_view sender, absl::string_view recipient) {
    return {.sender = sender.empty() ? ReversePath() : ReversePath(At(sender)),
            .recipient = At(recipient)};
  }
  int kept(const std::string& mailbox) { return kept_[mailbox]; }

  std::vector<Mail> outside_;

 private:
  Node& NodeOf(const Address& address) {
    return nodes_.at(address.domain()->ascii());
  }

  void Deliver(const Mail& mail, std::deque<Mail>* out) {
    Node& node = NodeOf(mail.recipient);
    const SrsAnswer reversed = node.srs->Reverse(mail.recipient, kNow);
    if (reversed.outcome != SrsOutcome::kNotOurs) {
      if (mail.sender.IsNull() && reversed.original) {
        Mail bounce = mail;
        bounce.recipient = *reversed.original;
        out->push_back(bounce);
      }
      return;
    }
    const std::string mailbox = mail.recipient.CanonicalKey();
    ++kept_[mailbox];
    MaybeForward(node, mail, mailbox, out);
    MaybeAnswer(node, mail, mailbox, out);
  }

  void MaybeForward(Node& node, const Mail& mail, const std::string& mailbox,
                    std::deque<Mail>* out) {
    const auto target = node.forwards.find(mailbox);
    if (target == node.forwards.end()) return;
    for (const std::string& before : mail.delivered_to) {
      if (before == mailbox) return;  // A loop: it stays here.
    }
    const absl::StatusOr<ReversePath> sender =
        node.srs->Forward(mail.sender, kNow);
    ASSERT_TRUE(sender.ok());
    const AutomaticMail question = {.kind = AutomaticKind::kForward,
                                    .verdict = ContentVerdict::kClean,
                                    .answered = mail.sender,
                                    .sender = *sender,
                                    .author = mail.recipient,
                                    .target = At(target->second)};
    if (!node.governor->Decide(question, kNow).allowed()) return;
    Mail forwarded = mail;
    forwarded.sender = *sender;
    forwarded.recipient = question.target;
    forwarded.delivered_to.push_back(mailbox);
    out->push_back(forwarded);
  }

  void MaybeAnswer(Node& node, const Mail& mail, const std::string& mailbox,
                   std::deque<Mail>* out) {
    if (node.absent.count(mailbox) == 0 || mail.sender.IsNull()) return;
    const AutomaticMail question = {
        .kind = AutomaticKind::kAbsenceNotice,
        .verdict = ContentVerdict::kClean,
        .answered = mail.sender,
        .answers_automatic = answers_machines_ ? false : mail.automatic,
        .author = mail.recipient,
        .target = *mail.sender.address()};
    if (!forgets_ &&
        !node.answered
             .insert(absl::StrCat(mailbox, " ", mail.sender.ToString()))
             .second) {
      return;
    }
    if (!node.governor->Decide(question, kNow).allowed()) return;
    // RFC 3834 would have it from <>; a careless one uses its own address.
    out->push_back(
        {.sender = careless_ ? ReversePath(mail.recipient) : ReversePath(),
         .recipient = question.target,
         .automatic = !careless_,
         .delivered_to = {}});
  }

 protected:
  // What others may do wrong. Our rules leave each of them to the next.
  bool careless_ = false;
  bool answers_machines_ = false;
  bool forgets_ = false;

 private:
  std::map<std::string, Node> nodes_;
  std::map<std::string, int> kept_;
};

TEST_F(ThreeServers, TwoAbsentUsersAnswerOnceAtMost) {
  Absent("al@a.example");
  Absent("bo@b.example");
  EXPECT_EQ(Run(From("al@a.example", "bo@b.example")), 2);
}

TEST_F(ThreeServers, CarelessOnesStopAtTheirMemory) {
  careless_ = answers_machines_ = true;
  Absent("al@a.example");
  Absent("bo@b.example");
  EXPECT_EQ(Run(From("al@a.example", "bo@b.example")), 3);
}

TEST_F(ThreeServers, AndWithoutMemoryAtTheBound) {
  careless_ = answers_machines_ = forgets_ = true;
  Absent("al@a.example");
  Absent("bo@b.example");
  // Five answers of each to the other.
  EXPECT_EQ(Run(From("al@a.example", "bo@b.example")), 1 + 2 * 5);
}

TEST_F(ThreeServers, AForwardLoopOverThreeEndsWhereItBegan) {
  Forward("al@a.example", "bo@b.example");
  Forward("bo@b.example", "ci@c.example");
  Forward("ci@c.example", "al@a.example");
  EXPECT_EQ(Run(From("eve@far.example", "al@a.example")), 4);
  EXPECT_EQ(kept("al@a.example"), 2);
  EXPECT_EQ(kept("bo@b.example"), 1);
}

TEST_F(ThreeServers, AbsentUsersInAForwardLoop) {
  for (const char* who : {"al@a.example", "bo@b.example", "ci@c.example"}) {
    Absent(who);
  }
  Forward("al@a.example", "bo@b.example");
  Forward("bo@b.example", "ci@c.example");
  Forward("ci@c.example", "al@a.example");
  EXPECT_LE(Run(From("eve@far.example", "al@a.example")), 20);
  // The stranger gets one answer of each at most, from <>.
  EXPECT_LE(outside_.size(), 4);
  for (const Mail& mail : outside_) {
    EXPECT_TRUE(mail.sender.IsNull());
    EXPECT_EQ(mail.recipient.ToString(), "eve@far.example");
  }
}

TEST_F(ThreeServers, CarelessForgetfulOnesInALoopAreBounded) {
  careless_ = answers_machines_ = forgets_ = true;
  for (const char* who : {"al@a.example", "bo@b.example", "ci@c.example"}) {
    Absent(who);
  }
  Forward("al@a.example", "bo@b.example");
  Forward("bo@b.example", "ci@c.example");
  Forward("ci@c.example", "al@a.example");
  EXPECT_LT(Run(From("eve@far.example", "al@a.example"), 100000), 1000);
  // Each of three servers answers one address five times at most.
  EXPECT_LE(outside_.size(), 15);
}

TEST_F(ThreeServers, ABounceOfAForwardGoesBackToTheSender) {
  Forward("al@a.example", "bo@b.example");
  Forward("bo@b.example", "zoe@far.example");
  Run(From("eve@near.example", "al@a.example"));
  ASSERT_EQ(outside_.size(), 1);
  const Mail forwarded = outside_[0];
  EXPECT_EQ(forwarded.sender.address()->domain()->ascii(), "b.example");
  outside_.clear();
  Run({.sender = ReversePath(), .recipient = *forwarded.sender.address()});
  ASSERT_EQ(outside_.size(), 1);
  EXPECT_TRUE(outside_[0].sender.IsNull());
  EXPECT_EQ(outside_[0].recipient.ToString(), "eve@near.example");
}

TEST_F(ThreeServers, NobodyElseGetsThroughARewrittenSender) {
  Forward("al@a.example", "zoe@far.example");
  Run(From("eve@near.example", "al@a.example"));
  const Address rewritten = *outside_.at(0).sender.address();
  outside_.clear();
  EXPECT_EQ(
      Run({.sender = ReversePath(At("x@far.example")), .recipient = rewritten}),
      1);
  EXPECT_TRUE(outside_.empty());
}

}  // namespace
}  // namespace mailsec::autoreply
