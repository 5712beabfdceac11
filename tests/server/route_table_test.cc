#include "mailcore/server/route_table.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

constexpr char kConfig[] = R"(
hostname: "mx.example.org" administrator: "a@example.org" deputy: "b@example.org"
listen { address: "127.0.0.1" }
local_domain { name: "example.org" alias: "alias.example.org"
               recipients_file: "r" maildir_root: "mail" }
local_domain { name: "b\303\274cher.example" recipients_file: "r"
               lmtp { host: "unix:/run/lmtp" } }
relay_domain { name: "relay.example" next_hop { host: "192.0.2.1" port: 2525 } }
route { domain: "fixed.example" next_hop { host: "hop.example" } }
smarthost { host: "smart.example" port: 587 }
)";

class RouteTableTest : public testing::Test {
 protected:
  RouteTableTest() {
    EXPECT_TRUE(ParseConfig(kConfig, "d/F", &config_).empty());
  }

  std::string Route(absl::string_view path) {
    return RouteTable(config_).Find(*ForwardPath::Parse(path))->ToString();
  }

  ServerConfig config_;
};

TEST_F(RouteTableTest, FindsTheDestinationOfEachDomain) {
  EXPECT_EQ(Route("<alice@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@EXAMPLE.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@alias.example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<alice@sub.example.org>"), "smtp:[smart.example]:587");
  EXPECT_EQ(Route("<a@xn--bcher-kva.example>"), "lmtp:unix:/run/lmtp");
  EXPECT_EQ(Route("<a@b\xC3\xBC"
                  "cher.example>"),
            "lmtp:unix:/run/lmtp");
  EXPECT_EQ(Route("<a@relay.example>"), "smtp:[192.0.2.1]:2525");
  EXPECT_EQ(Route("<a@fixed.example>"), "smtp:[hop.example]:25");
  EXPECT_EQ(Route("<Postmaster>"), "maildir:d/mail");
}

// REL-01: what stands in the local part is a name and no route.
TEST_F(RouteTableTest, ALocalPartIsNoRoute) {
  EXPECT_EQ(Route("<\"x@relay.example\"@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<x%relay.example@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<relay.example!x@example.org>"), "maildir:d/mail");
  EXPECT_EQ(Route("<@relay.example:x@example.org>"), "maildir:d/mail");
}

TEST_F(RouteTableTest, WithoutASmarthostOtherMailWaits) {
  config_.proto.clear_smarthost();
  EXPECT_EQ(Route("<a@elsewhere.example>"), "none");
}

TEST_F(RouteTableTest, TheBarePostmasterIsOneOfTheFirstDomain) {
  const RouteTable routes(config_);
  EXPECT_EQ(routes.MailboxOwner(ForwardPath::Postmaster())->ToString(),
            "postmaster@example.org");
  EXPECT_EQ(routes.MailboxOwner(*ForwardPath::Parse("<bob@[192.0.2.25]>"))
                ->ToString(),
            "bob@example.org");
}

}  // namespace
}  // namespace mailsec::server
