#include "mailcore/route/router.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace mailsec::route {
namespace {

using address::Domain;
using address::ForwardPath;
using ip::IpAddress;

Domain D(const char* text) { return *Domain::Parse(text); }

Destination Maildir(const char* root) {
  Destination to;
  to.kind = Destination::Kind::kMaildir;
  to.maildir_root = root;
  return to;
}

Destination Hop(Destination::Kind kind, const char* host, uint16_t port) {
  Destination to;
  to.kind = kind;
  to.host = host;
  to.port = port;
  return to;
}

Destination Lmtp(const char* host, uint16_t port) {
  return Hop(Destination::Kind::kLmtp, host, port);
}
Destination Smtp(const char* host, uint16_t port = 25) {
  return Hop(Destination::Kind::kSmtp, host, port);
}
Destination Mx() {
  Destination to;
  to.kind = Destination::Kind::kMx;
  return to;
}

// example.org (Maildirs; also mail.example.org) and lists.example.org (LMTP)
// are local; example.com goes to 192.0.2.1; 192.0.2.25 and 2001:db8::25 are
// this host.
Router::Options Usual() {
  return {
      .local_domains =
          {{D("example.org"), {D("mail.example.org")}, Maildir("/var/mail")},
           {D("lists.example.org"), {}, Lmtp("unix:/run/lists", 0)}},
      .fixed_routes = {{D("example.com"), Smtp("192.0.2.1")}},
      .own_addresses = {*IpAddress::Parse("192.0.2.25"),
                        *IpAddress::Parse("2001:db8::25")},
      .fallback = Mx()};
}

struct RouteCase {
  const char* name;  // The requirement in words; it names the test.
  const char* recipient;
  const char* want;   // Destination::ToString().
  const char* owner;  // Of the mailbox; "" if it is no local address.
} constexpr kRouteCases[] = {
    {"LocalDomain", "<a@example.org>", "maildir:/var/mail", "a@example.org"},
    {"OtherNameOfALocalDomain", "<A@mail.example.org>", "maildir:/var/mail",
     "A@example.org"},
    {"SecondLocalDomain", "<a@lists.example.org>", "lmtp:unix:/run/lists",
     "a@lists.example.org"},
    {"BarePostmaster", "<Postmaster>", "maildir:/var/mail",
     "postmaster@example.org"},
    {"FixedRoute", "<a@example.com>", "smtp:[192.0.2.1]:25", ""},
    {"EverythingElse", "<a@far.example>", "mx:far.example", ""},
    {"SourceRouteIsIgnored", "<@example.org:a@far.example>", "mx:far.example",
     ""},
    // REL-11
    {"Rel11AnyCase", "<bob@EXAMPLE.Org>", "maildir:/var/mail",
     "bob@EXAMPLE.Org"},
    {"Rel11SuffixIsForeign", "<bob@evil-example.org>", "mx:evil-example.org",
     ""},
    {"Rel11SubdomainIsForeign", "<bob@sub.example.org>", "mx:sub.example.org",
     ""},
    {"Rel11SubdomainOfARouteIsForeign", "<bob@sub.example.com>",
     "mx:sub.example.com", ""},
    // REL-01: the local part is opaque.
    {"Rel01PercentHack", "<x%far.example@example.org>", "maildir:/var/mail",
     "x%far.example@example.org"},
    // MX-09
    {"Mx09OwnAddress", "<bob@[192.0.2.25]>", "maildir:/var/mail",
     "bob@example.org"},
    {"Mx09OwnAddressMapped", "<bob@[IPv6:::ffff:192.0.2.25]>",
     "maildir:/var/mail", "bob@example.org"},
    {"Mx09OwnIpv6Address", "<bob@[IPv6:2001:DB8:0::25]>", "maildir:/var/mail",
     "bob@example.org"},
    {"Mx09Loopback", "<bob@[127.0.0.2]>", "maildir:/var/mail",
     "bob@example.org"},
    {"OthersLiteralsAreNotAllowed", "<bob@[198.51.100.1]>",
     "refused:[198.51.100.1]", ""},
};

class RouterTest : public testing::TestWithParam<RouteCase> {};

TEST_P(RouterTest, Routes) {
  const RouteCase& c = GetParam();
  const absl::StatusOr<Router> router = Router::Create(Usual());
  ASSERT_TRUE(router.ok()) << router.status();
  const ForwardPath to = *ForwardPath::Parse(c.recipient);
  EXPECT_EQ(router->Route(to).ToString(), c.want);
  const std::optional<address::Address> owner = router->MailboxOwner(to);
  EXPECT_EQ(owner ? owner->ToString() : "", c.owner);
  EXPECT_EQ(router->IsLocal(to), *c.owner != '\0');
}

INSTANTIATE_TEST_SUITE_P(Table, RouterTest, testing::ValuesIn(kRouteCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RouterLiteralTest, GoesToTheHostIfAllowed) {
  Router::Options options = Usual();
  options.allow_literals = true;
  const absl::StatusOr<Router> router = Router::Create(options);
  const auto route = [&](const char* to) {
    return router->Route(*ForwardPath::Parse(to)).ToString();
  };
  EXPECT_EQ(route("<a@[198.51.100.1]>"), "address:[198.51.100.1]:25");
  EXPECT_EQ(route("<a@[IPv6:2001:db8::1]>"), "address:[2001:db8::1]:25");
  EXPECT_EQ(route("<a@[192.0.2.25]>"), "maildir:/var/mail");
}

TEST(RouterFallbackTest, MayBeASmarthostOrNothing) {
  const ForwardPath to = *ForwardPath::Parse("<a@far.example>");
  Router::Options options = Usual();
  options.fallback = Smtp("smart.example.org", 587);
  EXPECT_EQ(Router::Create(options)->Route(to).ToString(),
            "smtp:[smart.example.org]:587");
  options.fallback = {};
  EXPECT_EQ(Router::Create(options)->Route(to).kind, Destination::Kind::kNone);
}

TEST(RouterTest, KnowsItsDomains) {
  const absl::StatusOr<Router> router = Router::Create(Usual());
  EXPECT_TRUE(router->IsLocal(D("example.org")));
  EXPECT_TRUE(router->IsLocal(D("MAIL.example.org")));
  EXPECT_FALSE(router->IsLocal(D("example.com")));
  EXPECT_FALSE(router->IsLocal(D("org")));
}

struct WrongCase {
  const char* name;
  void (*change)(Router::Options&);
  const char* want;  // In the message.
} constexpr kWrongCases[] = {
    {"NoLocalDomain", [](Router::Options& o) { o.local_domains.clear(); },
     "no local domain"},
    {"LocalDomainTwice",
     [](Router::Options& o) {
       o.local_domains.push_back(o.local_domains.front());
     },
     "example.org: is listed twice"},
    {"OtherNameIsALocalDomain",
     [](Router::Options& o) {
       o.local_domains[0].aliases.push_back(D("LISTS.example.org"));
     },
     "lists.example.org: is listed twice"},
    {"RouteOfALocalDomain",
     [](Router::Options& o) {
       o.fixed_routes.push_back({D("example.org"), Smtp("192.0.2.1")});
     },
     "example.org: is listed twice"},
    {"RouteTwice",
     [](Router::Options& o) {
       o.fixed_routes.push_back({D("example.com"), Smtp("192.0.2.2")});
     },
     "example.com: is listed twice"},
    {"MailboxesBySmtp",
     [](Router::Options& o) { o.local_domains[0].mailboxes = Smtp("a"); },
     "example.org: mailboxes"},
    {"MaildirWithoutFolder",
     [](Router::Options& o) { o.local_domains[0].mailboxes = Maildir(""); },
     "no folder"},
    {"RouteToMx", [](Router::Options& o) { o.fixed_routes[0].next_hop = Mx(); },
     "example.com: a next hop"},
    {"RouteWithoutHost",
     [](Router::Options& o) { o.fixed_routes[0].next_hop = Smtp(""); },
     "no host"},
    {"RouteWithoutPort",
     [](Router::Options& o) { o.fixed_routes[0].next_hop = Smtp("a", 0); },
     "no port"},
    {"SocketWithoutPath",
     [](Router::Options& o) { o.fixed_routes[0].next_hop = Lmtp("unix:", 0); },
     "names no socket"},
    {"EverythingElseToMaildirs",
     [](Router::Options& o) { o.fallback = Maildir("/var/mail"); },
     "everything else"},
};

class RouterWrongTest : public testing::TestWithParam<WrongCase> {};

TEST_P(RouterWrongTest, IsRefused) {
  Router::Options options = Usual();
  GetParam().change(options);
  const absl::Status status = Router::Create(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), GetParam().want)) << status;
}

INSTANTIATE_TEST_SUITE_P(Table, RouterWrongTest, testing::ValuesIn(kWrongCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(DestinationTest, EqualOnesHaveEqualKeysAndOthersDoNot) {
  std::vector<Destination> all = {
      {},
      Maildir("/a"),
      Maildir("/b"),
      Lmtp("unix:/a", 0),
      Lmtp("192.0.2.1", 24),
      Smtp("192.0.2.1", 24),
      Smtp("192.0.2.1", 25),
      Hop(Destination::Kind::kAddress, "192.0.2.1", 0),
      Hop(Destination::Kind::kRefused, "192.0.2.1", 0)};
  Destination mx = Mx();
  for (const char* name : {"a.example", "b.example"}) {
    mx.domain = D(name);
    all.push_back(mx);
  }
  mx.port = 2525;
  all.push_back(mx);
  for (const Destination& a : all) {
    for (const Destination& b : all) {
      EXPECT_EQ(a.ToString() == b.ToString(), &a == &b) << a.ToString();
    }
  }
  EXPECT_EQ(Hop(Destination::Kind::kAddress, "192.0.2.1", 25).ToString(),
            Hop(Destination::Kind::kAddress, "192.0.2.1", 0).ToString());
}

}  // namespace
}  // namespace mailsec::route
