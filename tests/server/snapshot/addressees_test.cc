// To whom an accepted message really goes.

#include "mailcore/server/snapshot/addressees.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/server/snapshot/mailbox_directory.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::server {
namespace {

using address::Domain;
using address::ForwardPath;
using address::ReversePath;
using message::HeaderScanner;

class AddresseesTest : public testing::Test {
 protected:
  AddresseesTest() {
    Settings config;
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" alias: "alias.example.org"
                       recipients_file: "r" maildir_root: "m" }
        local_domain { name: "lmtp.example" recipients_file: "r"
                       lmtp { host: "127.0.0.1" }
                       alias: "alias.lmtp.example" }
        own_address: "192.0.2.25"
        mx { off: true })",
                              "d/F", &config)
                    .empty());
    auto aliases = route::AliasTable::Parse(
        "one@example.org: alice@example.org\n"
        "team@example.org: alice@example.org, bob@example.org\n"
        "dora@example.org: bob@example.org, dora@example.org\n",
        {*Domain::Parse("example.org")}, nullptr,
        {{*Domain::Parse("alias.example.org"), *Domain::Parse("example.org")}});
    auto mailboxes = std::make_shared<MailboxDirectory>();
    for (const char* name : {"example.org", "lmtp.example"}) {
      const Domain domain = *Domain::Parse(name);
      const auto text =
          absl::StrCat("alice@", name, "\nbob@", name, "\nx@", name, "\ndora@",
                       name, "\npostmaster@", name, "\n");
      mailboxes->Add(domain, domain,
                     std::make_shared<policy::TextRecipientDirectory>(
                         *policy::TextRecipientDirectory::Parse(text)));
    }
    routing_ = *MakeRouting(config, *std::move(aliases), {}, &dns_, srs_,
                            std::move(mailboxes));
    envelope_.sender = *ReversePath::Parse("<dave@example.com>");
  }

  void To(const char* path, smtp::DsnNotify notify = {}) {
    envelope_.recipients.push_back({.path = *ForwardPath::Parse(path),
                                    .parameters = {.notify = notify,
                                                   .original_type = "",
                                                   .original_recipient = ""},
                                    .last_reply = ""});
  }
  Addressees Find() { return *FindAddressees(*routing_, envelope_); }

  static std::vector<std::string> Paths(const Addressees& to) {
    std::vector<std::string> paths;
    for (const spool::Recipient& recipient : to.recipients) {
      paths.push_back(recipient.path.ToString());
    }
    return paths;
  }

  dns::FakeResolver dns_;
  const std::shared_ptr<const autoreply::Srs> srs_ =
      std::make_shared<const autoreply::Srs>(
          *autoreply::Srs::Create({.domain = *Domain::Parse("example.org"),
                                   .secrets = {std::string(32, 's')}},
                                  nullptr));
  std::shared_ptr<const Routing> routing_;
  spool::Envelope envelope_;
};

using Strings = std::vector<std::string>;

TEST_F(AddresseesTest, EachMailboxOnce) {
  To("<alice@example.org>");
  To("<team@example.org>");
  To("<ALICE@example.org>");
  const Addressees to = Find();
  EXPECT_EQ(Paths(to), (Strings{"<alice@example.org>", "<bob@example.org>"}));
  EXPECT_EQ(to.origins, (std::vector<size_t>{0, 1}));
}

// R23: the bounce of a forward goes back to the one who sent it.
TEST_F(AddresseesTest, KnowsWhichRecipientsStoodBehindARewrittenSender) {
  const absl::StatusOr<ReversePath> rewritten = srs_->Forward(
      *ReversePath::Parse("<carol@example.com>"), envelope_.received);
  To("<bob@example.org>");
  To(rewritten->ToString().c_str());
  EXPECT_TRUE(Find().turned_back.empty()) << "this is no bounce";
  envelope_.sender = ReversePath();
  const Addressees to = Find();
  EXPECT_EQ(Paths(to), (Strings{"<bob@example.org>", "<carol@example.com>"}));
  EXPECT_EQ(to.turned_back, std::vector<size_t>{1});
  EXPECT_EQ(to.recipients[1].belief, "srs.reversed");
}

// Each address with a detail is a recipient of its own: it has a copy, once, and
// what the sender wrote is what they are told of (RFC 5233).
TEST_F(AddresseesTest, ASubaddressIsARecipientOfItsOwn) {
  To("<alice@example.org>");
  To("<alice+shop@example.org>", {.success = true});
  To("<ALICE+SHOP@example.org>");
  To("<alice+shop@alias.example.org>");
  To("<x+a@lmtp.example>");
  const Addressees to = Find();
  EXPECT_EQ(Paths(to),
            (Strings{"<alice@example.org>", "<alice+shop@example.org>",
                     "<x+a@lmtp.example>"}));
  EXPECT_EQ(to.origins, (std::vector<size_t>{0, 1, 4}));
  EXPECT_EQ(to.shared,
            (std::map<size_t, std::vector<size_t>>{{2, {1}}, {3, {1}}}));
  EXPECT_FALSE(to.recipients[1].named.has_value());
  EXPECT_EQ(to.recipients[1].parameters.original_recipient, "");
  EXPECT_TRUE(to.recipients[1].parameters.notify.success);
}

TEST_F(AddresseesTest, ADetailOfAnAliasIsWhatWasNamed) {
  To("<one+x@example.org>");
  const Addressees to = Find();
  EXPECT_EQ(Paths(to), Strings{"<alice@example.org>"});
  EXPECT_EQ(to.recipients[0].named->ToString(), "<one+x@example.org>");
  EXPECT_EQ(to.recipients[0].parameters.original_recipient,
            "one+x@example.org");
}

TEST_F(AddresseesTest, AMailboxThatSharesItsMailHasItToo) {
  To("<dora@example.org>");
  const Addressees to = Find();
  EXPECT_EQ(Paths(to), (Strings{"<bob@example.org>", "<dora@example.org>"}));
  EXPECT_EQ(to.recipients[0].named->ToString(), "<dora@example.org>");
  EXPECT_FALSE(to.recipients[1].named.has_value());
  EXPECT_EQ(routing_->OwnerOf(to.recipients[1].path)->ToString(),
            "dora@example.org");
}

// Each name has the answer of whose copy it shares.
TEST_F(AddresseesTest, WhoIsNamedTwiceSharesItsAnswer) {
  To("<alice@example.org>");
  To("<bob@example.org>");
  To("<one@example.org>");
  To("<alice@alias.example.org>");
  To("<team@example.org>");
  To("<carol@example.net>");
  const Addressees to = Find();
  EXPECT_EQ(to.origins, (std::vector<size_t>{0, 1, 5}));
  EXPECT_EQ(to.shared, (std::map<size_t, std::vector<size_t>>{
                           {2, {0}}, {3, {0}}, {4, {0, 1}}}));
}

// Whatever name of ours is used, the mailbox is the one that the store and the
// next hop know, and the name that was used is kept (RFC 3461, 5.2.7.3).
TEST_F(AddresseesTest, OtherNamesOfOursBecomeTheMainOne) {
  const struct {
    const char* named;
    const char* mailbox;
    const char* original;
  } kCases[] = {
      {"<alice@example.org>", "<alice@example.org>", ""},
      {"<Alice@EXAMPLE.org>", "<Alice@EXAMPLE.org>", ""},
      {"<alice@alias.example.org>", "<alice@example.org>",
       "alice@alias.example.org"},
      {"<x@alias.lmtp.example>", "<x@lmtp.example>", "x@alias.lmtp.example"},
      {"<Postmaster>", "<postmaster@example.org>", "postmaster"},
      {"<alice@[192.0.2.25]>", "<alice@example.org>", "alice@[192.0.2.25]"},
      {"<one@[192.0.2.25]>", "<alice@example.org>", "one@[192.0.2.25]"},
      {"<carol@example.net>", "<carol@example.net>", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.named);
    envelope_.recipients.clear();
    To(c.named);
    const Addressees to = Find();
    ASSERT_EQ(to.recipients.size(), 1u);
    EXPECT_EQ(to.recipients[0].path.ToString(), c.mailbox);
    EXPECT_EQ(to.recipients[0].parameters.original_recipient, c.original);
    const auto& named = to.recipients[0].named;
    EXPECT_EQ(named ? named->ToString() : "",
              c.original[0] != '\0' ? c.named : "");
  }
}

TEST_F(AddresseesTest, AnAliasDomainHasTheSameAliases) {
  To("<one@alias.example.org>");
  EXPECT_EQ(Paths(Find()), Strings{"<alice@example.org>"});
}

// RFC 3461, 5.2.7: one mailbox behind it reports for itself and says who was
// meant.
TEST_F(AddresseesTest, ASingleAliasPassesTheWishesOn) {
  To("<one@example.org>", {.success = true});
  const Addressees to = Find();
  ASSERT_EQ(to.recipients.size(), 1u);
  EXPECT_TRUE(to.recipients[0].parameters.notify.success);
  EXPECT_EQ(to.recipients[0].parameters.original_type, "rfc822");
  EXPECT_EQ(to.recipients[0].parameters.original_recipient, "one@example.org");
}

TEST_F(AddresseesTest, AListIsReportedAsExpandedOnce) {
  To("<team@example.org>", {.success = true, .failure = true});
  Addressees to = Find();
  ASSERT_EQ(to.recipients.size(), 3u);
  EXPECT_EQ(to.recipients[0].state, spool::RecipientState::kExpanded);
  EXPECT_FALSE(to.recipients[1].parameters.notify.success);
  EXPECT_TRUE(to.recipients[1].parameters.notify.failure);
  envelope_.recipients.clear();
  To("<team@example.org>", {.success = true});
  to = Find();
  EXPECT_TRUE(to.recipients[2].parameters.notify.never);
  envelope_.recipients.clear();
  To("<team@example.org>");
  EXPECT_EQ(Find().recipients.size(), 2u);
}

// R3: the class is the one of who was named, whoever is behind it.
TEST_F(AddresseesTest, LocalOnlyIsFromOursToOurs) {
  To("<team@example.org>");
  To("<carol@example.net>");
  To("<Postmaster>");
  const auto local = [&] {
    std::vector<bool> out;
    for (const spool::Recipient& r : Find().recipients) {
      out.push_back(r.local_only);
    }
    return out;
  };
  EXPECT_EQ(local(), (std::vector<bool>{false, false, false, false}));
  envelope_.sender = *ReversePath::Parse("<carol@example.org>");
  EXPECT_EQ(local(), (std::vector<bool>{false, false, false, false}));
  envelope_.sender_is_ours = true;
  EXPECT_EQ(local(), (std::vector<bool>{true, true, false, true}));
}

TEST_F(AddresseesTest, SaysWhetherThereIsAWay) {
  To("<carol@example.net>");
  EXPECT_FALSE(Find().has_route);
  To("<alice@example.org>");
  EXPECT_TRUE(Find().has_route);
  EXPECT_FALSE(Find().cut_through);
  To("<x@lmtp.example>");
  EXPECT_TRUE(Find().cut_through);
}

TEST(LoopTest, NamesEachMailboxThatHadIt) {
  const std::string head =
      "Delivered-To: alice@example.org\r\nSubject: x\r\n\r\n";
  const auto loops = [&](std::vector<const char*> paths) {
    std::vector<spool::Recipient> recipients;
    for (const char* path : paths) {
      recipients.push_back({.path = *ForwardPath::Parse(path),
                            .parameters = {},
                            .last_reply = ""});
    }
    return FindLooping(HeaderScanner(head), recipients);
  };
  using Indices = std::vector<size_t>;
  EXPECT_EQ(loops({"<alice@example.org>"}), Indices({0}));
  EXPECT_EQ(loops({"<bob@example.org>", "<Alice@EXAMPLE.org>"}), Indices({1}));
  EXPECT_EQ(loops({"<Postmaster>", "<bob@example.org>"}), Indices());
}

}  // namespace
}  // namespace mailsec::server
