#include "mailcore/server/snapshot/routing.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "mailcore/testing/fake_resolver.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;

constexpr char kConfig[] = R"(
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen { address: "127.0.0.1" }
local_domain { name: "example.org" alias: "alias.example.org"
               recipients_file: "r" maildir_root: "mail" }
local_domain { name: "b\303\274cher.example" recipients_file: "r"
               lmtp { host: "unix:/run/lmtp" } }
local_domain { name: "near.example" recipients_file: "r"
               lmtp { host: "unix:run/lmtp" } }
relay_domain { name: "relay.example" next_hop { host: "192.0.2.1" port: 2525 } }
route { domain: "fixed.example" next_hop { host: "hop.example" } }
relay_domain { name: "asked.example"
               next_hop { host: "192.0.2.1" verify_recipients: true
                          cut_through: true } }
inside_network: "10.0.0.0/8"
authorised_network: "172.16.0.0/12"
mx { refuse_network: "198.51.100.0/24" refuse_network: "10.9.0.0/16" }
smarthost { host: "smart.example" port: 587 }
)";

class RoutingTest : public testing::Test {
 protected:
  RoutingTest() {
    EXPECT_TRUE(ParseSettings(kConfig, "d/F", &settings_).empty());
  }

  std::string Route(absl::string_view path) {
    return Make()->router.Route(*ForwardPath::Parse(path)).ToString();
  }

  std::shared_ptr<const Routing> Make() {
    auto routing = MakeRouting(settings_, route::AliasTable(), {}, &dns_);
    EXPECT_TRUE(routing.ok()) << routing.status();
    return *routing;
  }

  Settings settings_;
  dns::FakeResolver dns_;
};

TEST_F(RoutingTest, FindsTheDestinationOfEachDomain) {
  EXPECT_EQ(Route("<alice@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@EXAMPLE.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@alias.example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@sub.example.org>"), "smtp:[smart.example]:587");
  EXPECT_EQ(Route("<a@xn--bcher-kva.example>"), "lmtp:unix:/run/lmtp");
  EXPECT_EQ(Route("<a@b\xC3\xBC"
                  "cher.example>"),
            "lmtp:unix:/run/lmtp");
  // As every path, from the configuration's folder.
  EXPECT_EQ(Route("<a@near.example>"), "lmtp:unix:d/run/lmtp");
  EXPECT_EQ(Route("<a@relay.example>"), "smtp:[192.0.2.1]:2525");
  EXPECT_EQ(Route("<a@fixed.example>"), "smtp:[hop.example]:25");
  EXPECT_EQ(Route("<Postmaster>"), "maildir:d/mail");
}

// REL-01: what stands in the local part is a name and no route.
TEST_F(RoutingTest, ALocalPartIsNoRoute) {
  EXPECT_EQ(Route("<\"x@relay.example\"@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<x%relay.example@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<relay.example!x@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<@relay.example:x@example.org>"), "maildir:d/mail");
}

TEST_F(RoutingTest, WithoutASmarthostMailGoesToTheExchangers) {
  settings_.routes.fallback = route::Destination();
  settings_.routes.fallback.kind = route::Destination::Kind::kMx;
  EXPECT_EQ(Route("<a@elsewhere.example>"), "mx:elsewhere.example");
  settings_.routes.fallback.kind = route::Destination::Kind::kNone;
  EXPECT_EQ(Route("<a@elsewhere.example>"), "none");
}

TEST_F(RoutingTest, TheBarePostmasterIsOneOfTheFirstDomain) {
  const auto routing = Make();
  EXPECT_EQ(routing->router.MailboxOwner(ForwardPath::Postmaster())->ToString(),
            "postmaster@example.org");
  EXPECT_EQ(
      routing->router.MailboxOwner(*ForwardPath::Parse("<bob@[127.0.0.1]>"))
          ->ToString(),
      "bob@example.org");
}

// Mailboxes that speak LMTP are asked while the sender waits; others not.
TEST_F(RoutingTest, WhoIsAskedBeforeWeAccept) {
  const auto routing = Make();
  const auto asked = [&](const char* path) {
    const route::Destination to =
        routing->router.Route(*ForwardPath::Parse(path));
    return std::pair(to.verify, to.cut_through);
  };
  EXPECT_EQ(asked("<a@xn--bcher-kva.example>"), std::pair(true, true));
  EXPECT_EQ(asked("<alice@example.org>"), std::pair(false, false));
  EXPECT_EQ(asked("<a@relay.example>"), std::pair(false, false));
  EXPECT_EQ(asked("<a@asked.example>"), std::pair(true, true));
}

// R3: hosts of the institution are in its networks or on loopback.
TEST_F(RoutingTest, InsideNetworksAreInside) {
  const auto routing = Make();
  const auto may = [&](const char* ip) {
    return routing->inside.MayConnect(route::MailClass::kLocalOnly,
                                      *ip::IpAddress::Parse(ip));
  };
  EXPECT_TRUE(may("10.1.2.3"));
  EXPECT_TRUE(may("127.0.0.1"));
  EXPECT_FALSE(may("192.0.2.1"));
}

// Whom the DNS of others may make us connect to.
TEST_F(RoutingTest, TheOperatorsNetworksDecideAboutExchangers) {
  const auto routing = Make();
  const auto may = [&](const char* ip) {
    return !routing->planner.WhyNot(*ip::IpAddress::Parse(ip));
  };
  EXPECT_TRUE(may("203.0.113.1"));
  EXPECT_TRUE(may("10.1.2.3"));
  EXPECT_TRUE(may("172.16.0.1"));
  EXPECT_FALSE(may("192.168.0.1"));
  EXPECT_FALSE(may("198.51.100.1"));
  EXPECT_FALSE(may("10.9.0.1"));
}

}  // namespace
}  // namespace mailsec::server
