#include "mailcore/server/config/trusted_gateways.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

ip::IpAddress Ip(absl::string_view text) { return *ip::IpAddress::Parse(text); }
ip::NetworkSet Networks(std::vector<std::string> texts) {
  return *ip::NetworkSet::Parse(texts);
}

TEST(TrustedGatewaysTest, EachNetworkWithRightsIsLookedAt) {
  Settings settings;
  settings.networks.authorised = Networks({"192.0.2.0/24", "198.51.100.7"});
  settings.networks.inside = Networks({"2001:db8::/32"});
  settings.networks.normalise = Networks({"192.0.2.0/24"});  // No right.
  settings.listeners.resize(2);
  settings.listeners[1].proxy_networks = Networks({"192.0.2.1"});
  const std::vector<TrustedGateway> found =
      FindTrustedGateways(settings, {Ip("192.0.2.1"), Ip("2001:db8::1")});
  std::string all;
  for (const TrustedGateway& one : found) {
    all += one.field + " " + one.network + " " + one.gateway.ToString() + "\n";
  }
  EXPECT_EQ(all,
            "authorised_network 192.0.2.0/24 192.0.2.1\n"
            "inside_network 2001:db8::/32 2001:db8::1\n"
            "proxy_network 192.0.2.1/32 192.0.2.1\n");
  EXPECT_TRUE(absl::StrContains(found[0].ToString(),
                                "authorised_network: 192.0.2.0/24 holds this "
                                "host's default gateway 192.0.2.1"));
}

TEST(TrustedGatewaysTest, OtherNetworksAreNoMatter) {
  Settings settings;
  settings.networks.authorised = Networks({"192.0.2.0/25"});
  EXPECT_TRUE(FindTrustedGateways(settings, {Ip("192.0.2.129")}).empty());
  EXPECT_TRUE(FindTrustedGateways(settings, {}).empty());
}

}  // namespace
}  // namespace mailsec::server
