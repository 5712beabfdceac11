#include "mailcore/ip/network_set.h"

#include <random>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace mailsec::ip {
namespace {

NetworkSet Set(const std::vector<std::string>& networks) {
  return *NetworkSet::Parse(networks);
}

std::string FindIn(const NetworkSet& set, absl::string_view address) {
  const IpNetwork* found = set.Find(*IpAddress::Parse(address));
  return found ? found->ToString() : "";
}

TEST(NetworkSetTest, EmptySetHoldsNothing) {
  EXPECT_FALSE(NetworkSet().Contains(IpAddress()));
  EXPECT_FALSE(Set({}).Contains(*IpAddress::Parse("::1")));
}

TEST(NetworkSetTest, TheLongestPrefixAnswers) {
  const NetworkSet set =
      Set({"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "::/0"});
  EXPECT_EQ(FindIn(set, "10.255.0.1"), "10.0.0.0/8");
  EXPECT_EQ(FindIn(set, "10.1.255.255"), "10.1.0.0/16");
  EXPECT_EQ(FindIn(set, "10.1.2.4"), "10.1.2.0/24");
  EXPECT_EQ(FindIn(set, "10.1.2.3"), "10.1.2.3/32");
  EXPECT_EQ(FindIn(set, "10.1.3.0"), "10.1.0.0/16");
  EXPECT_EQ(FindIn(set, "9.255.255.255"), "");
  EXPECT_EQ(FindIn(set, "11.0.0.0"), "");
  EXPECT_EQ(FindIn(set, "2001:db8::1"), "::/0");
}

TEST(NetworkSetTest, HoldsTheVeryLastAddress) {
  const NetworkSet set =
      Set({"255.255.255.255", "0.0.0.0/0", "ffff::/16", "::/0"});
  EXPECT_EQ(FindIn(set, "255.255.255.255"), "255.255.255.255/32");
  EXPECT_EQ(FindIn(set, "255.255.255.254"), "0.0.0.0/0");
  EXPECT_EQ(FindIn(set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            "ffff::/16");
  EXPECT_EQ(FindIn(set, "::"), "::/0");
}

TEST(NetworkSetTest, NetworksAreSortedAndUnique) {
  const NetworkSet set = Set(
      {"2001:db8::/32", "10.1.0.0/16", "10.0.0.0/8", "::ffff:10.1.0.0/112"});
  ASSERT_EQ(set.networks().size(), 3u);
  EXPECT_EQ(set.networks()[0].ToString(), "10.0.0.0/8");
  EXPECT_EQ(set.networks()[2].ToString(), "2001:db8::/32");
}

TEST(NetworkSetTest, ACopyAnswersFromItsOwnNetworks) {
  NetworkSet copy;
  {
    const NetworkSet set = Set({"10.0.0.0/8"});
    copy = set;
  }
  EXPECT_EQ(FindIn(copy, "10.0.0.1"), "10.0.0.0/8");
}

TEST(NetworkSetTest, AnErrorNamesTheTextAndTheReason) {
  const absl::Status status =
      NetworkSet::Parse({"10.0.0.0/8", "192.0.2.1/24"}).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "192.0.2.1/24")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "192.0.2.0/24")) << status;
}

// The slow obvious twin.
const IpNetwork* SlowFind(const std::vector<IpNetwork>& networks,
                          const IpAddress& address) {
  const IpNetwork* best = nullptr;
  for (const IpNetwork& network : networks) {
    if (network.Contains(address) &&
        (!best || network.prefix_length() > best->prefix_length())) {
      best = &network;
    }
  }
  return best;
}

// Few different octets, so that networks nest and meet.
IpAddress RandomAddress(std::mt19937& random) {
  constexpr uint8_t kOctets[] = {0, 1, 127, 128, 254, 255};
  const auto octet = [&] { return kOctets[random() % 6]; };
  if (random() % 2)
    return IpAddress::FromV4({octet(), octet(), octet(), octet()});
  std::array<uint8_t, 16> octets;
  for (uint8_t& o : octets) o = octet();
  return IpAddress::FromV6(octets);
}

void CompareWithTwin(size_t networks, int sets, int addresses) {
  std::mt19937 random(1);
  for (int s = 0; s < sets; ++s) {
    std::vector<IpNetwork> list;
    for (size_t n = 0; n < networks; ++n) {
      const IpAddress address = RandomAddress(random);
      list.push_back(*IpNetwork::Create(
          address, static_cast<int>(random() % (address.bits() + 1))));
    }
    const NetworkSet set(list);
    for (int a = 0; a < addresses; ++a) {
      const IpAddress address = RandomAddress(random);
      const IpNetwork* got = set.Find(address);
      const IpNetwork* want = SlowFind(list, address);
      ASSERT_EQ(got == nullptr, want == nullptr) << address.ToString();
      if (got != nullptr) {
        ASSERT_EQ(*got, *want) << address.ToString();
      }
    }
  }
}

TEST(NetworkSetTwinTest, SmallSetsAgree) {
  for (size_t networks = 0; networks < 24; ++networks) {
    CompareWithTwin(networks, 100, 100);
  }
}

TEST(NetworkSetTwinTest, LargeSetsAgree) { CompareWithTwin(5000, 3, 500); }

}  // namespace
}  // namespace mailsec::ip
