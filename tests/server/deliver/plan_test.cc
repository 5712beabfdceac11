#include "mailcore/server/deliver/plan.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

using route::Destination;
using route::MailClass;

route::Router MakeRouter(Destination::Kind fallback) {
  const auto domain = [](const char* name) {
    return *address::Domain::Parse(name);
  };
  route::Router::Options options;
  options.local_domains = {
      {.domain = domain("example.org"),
       .aliases = {domain("example.net")},
       .mailboxes = {.kind = Destination::Kind::kMaildir,
                     .maildir_root = "/var/mail"}},
      {.domain = domain("lists.example.org"),
       .aliases = {},
       .mailboxes = {
           .kind = Destination::Kind::kLmtp, .host = "127.0.0.1", .port = 24}}};
  options.fixed_routes = {{.domain = domain("partner.example"),
                           .next_hop = {.kind = Destination::Kind::kSmtp,
                                        .host = "192.0.2.25",
                                        .port = 25,
                                        .cut_through = true}}};
  options.fallback.kind = fallback;
  return *route::Router::Create(std::move(options));
}

struct Wanted {
  const char* address;
  spool::RecipientState state = spool::RecipientState::kPending;
  bool local_only = false;
};

spool::Envelope EnvelopeTo(const std::vector<Wanted>& recipients) {
  spool::Envelope envelope;
  for (const Wanted& r : recipients) {
    envelope.recipients.push_back({.path = *address::ForwardPath::Parse(
                                       absl::StrCat("<", r.address, ">")),
                                   .parameters = {},
                                   .state = r.state,
                                   .last_reply = "",
                                   .local_only = r.local_only});
  }
  return envelope;
}

// "mx:example.com 0,2; smtp:[192.0.2.25]:25 inside 1"
std::string Show(const std::vector<Group>& groups) {
  std::vector<std::string> out;
  for (const Group& group : groups) {
    out.push_back(absl::StrCat(
        group.destination.ToString(),
        group.mail_class == MailClass::kLocalOnly ? " inside " : " ",
        absl::StrJoin(group.recipients, ",")));
  }
  return absl::StrJoin(out, "; ");
}

TEST(PlanTest, RecipientsOfOneWayGoTogether) {
  constexpr auto kDone = spool::RecipientState::kDelivered;
  const struct {
    std::vector<Wanted> recipients;
    Destination::Kind fallback;
    bool only_cut_through;
    const char* mailboxes;
    const char* remote;
    std::vector<size_t> unrouted;
    bool leaves_out;
  } kCases[] = {
      {{}, Destination::Kind::kMx, false, "", "", {}, false},
      // Another name of the domain is the same folder.
      {{{"a@example.org"}, {"b@example.com"}, {"c@example.net"}},
       Destination::Kind::kMx,
       false,
       "maildir:/var/mail 0,2",
       "mx:example.com 1",
       {},
       false},
      // LMTP is a next hop like any other.
      {{{"l@lists.example.org"}, {"p@partner.example"}},
       Destination::Kind::kMx,
       false,
       "",
       "lmtp:[127.0.0.1]:24 0; smtp:[192.0.2.25]:25 1",
       {},
       false},
      // Those that have their answer take no part.
      {{{"b@example.com", kDone},
        {"c@example.com", spool::RecipientState::kFailed},
        {"d@example.com", spool::RecipientState::kExpanded},
        {"e@example.com", spool::RecipientState::kReported},
        {"f@example.com"}},
       Destination::Kind::kMx,
       false,
       "",
       "mx:example.com 4",
       {},
       false},
      // Mail that may not leave the house is no part of a message that may.
      {{{"p@partner.example", spool::RecipientState::kPending, true},
        {"q@partner.example"}},
       Destination::Kind::kMx,
       false,
       "",
       "smtp:[192.0.2.25]:25 1; smtp:[192.0.2.25]:25 inside 0",
       {},
       false},
      {{{"b@example.com"}, {"p@partner.example"}, {"c@example.com"}},
       Destination::Kind::kNone,
       false,
       "",
       "smtp:[192.0.2.25]:25 1",
       {0, 2},
       false},
      // A client waits: who is not asked meanwhile comes afterwards.
      {{{"a@example.org"}, {"p@partner.example"}, {"b@example.com"}},
       Destination::Kind::kNone,
       true,
       "",
       "smtp:[192.0.2.25]:25 1",
       {},
       true},
      {{{"p@partner.example"}},
       Destination::Kind::kMx,
       true,
       "",
       "smtp:[192.0.2.25]:25 0",
       {},
       false},
  };
  for (const auto& c : kCases) {
    const Plan plan = PlanAttempt(EnvelopeTo(c.recipients),
                                  MakeRouter(c.fallback), c.only_cut_through);
    EXPECT_EQ(Show(plan.mailboxes), c.mailboxes);
    EXPECT_EQ(Show(plan.remote), c.remote);
    EXPECT_EQ(plan.unrouted, c.unrouted);
    EXPECT_EQ(plan.leaves_out, c.leaves_out);
  }
}

Group GroupTo(const char* domain, const char* key,
              std::vector<size_t> recipients,
              MailClass mail_class = MailClass::kOrdinary) {
  Group group = {.destination = {.kind = Destination::Kind::kMx,
                                 .domain = *address::Domain::Parse(domain)},
                 .mail_class = mail_class,
                 .recipients = std::move(recipients)};
  if (key != nullptr) {
    group.hops.emplace();
    group.hops->key = key;
  }
  return group;
}

TEST(PlanTest, DomainsWithTheSameExchangersGetOneMessage) {
  std::vector<Group> groups = {
      GroupTo("a.example", "mx:one", {0, 3}),
      GroupTo("b.example", "mx:two", {1}),
      GroupTo("c.example", "mx:one", {2}),
      GroupTo("d.example", "mx:one", {4}, MailClass::kLocalOnly),
      GroupTo("e.example", nullptr, {5}),  // Not known yet.
      GroupTo("f.example", nullptr, {6}),
      GroupTo("g.example", "", {7}),
      GroupTo("h.example", "", {8}),
  };
  // Two domains that do not exist have no key, and are not the same.
  groups[6].hops->failure = smtp::Reply(550, {5, 1, 2}, "no such domain");
  groups[7].hops->failure = smtp::Reply(451, {4, 4, 3}, "the DNS fails");
  EXPECT_EQ(Show(JoinSameHops(std::move(groups))),
            "mx:a.example 0,3,2; mx:b.example 1; mx:d.example inside 4; "
            "mx:e.example 5; mx:f.example 6; mx:g.example 7; mx:h.example 8");
}

// What speaks LMTP and what speaks SMTP are two hops, even on one port.
TEST(PlanTest, ProtocolsAreNotMixed) {
  std::vector<Group> groups = {GroupTo("a.example", "[192.0.2.1]:25", {0}),
                               GroupTo("b.example", "[192.0.2.1]:25", {1})};
  groups[1].destination.kind = Destination::Kind::kLmtp;
  EXPECT_EQ(JoinSameHops(std::move(groups)).size(), 2u);
}

}  // namespace
}  // namespace mailsec::server
