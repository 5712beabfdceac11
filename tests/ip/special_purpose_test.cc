// Every row of the special-purpose table, with its first and last address and
// their neighbours, and every way to hide an IPv4 address in an IPv6 one.

#include "mailcore/ip/special_purpose.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace mailsec::ip {
namespace {

using Kind = SpecialKind;
using Octets = std::array<uint8_t, 16>;

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

IpAddress FromOctets(const Octets& octets, bool v4) {
  return v4 ? IpAddress::FromV4(
                  {octets[12], octets[13], octets[14], octets[15]})
            : IpAddress::FromV6(octets);
}

// The last address of a network: every host bit set.
IpAddress LastOf(const IpNetwork& network) {
  Octets octets = network.address().ToV6Octets();
  const int bits = network.address().bits();
  for (int bit = network.prefix_length(); bit < bits; ++bit) {
    const size_t at = static_cast<size_t>(128 - bits + bit);
    octets[at / 8] |= static_cast<uint8_t>(0x80 >> at % 8);
  }
  return FromOctets(octets, network.address().is_v4());
}

// One above, or one below; the family's ends wrap around.
IpAddress Step(const IpAddress& address, bool up) {
  Octets octets = address.ToV6Octets();
  for (size_t i = 16; i-- > (address.is_v4() ? 12u : 0u);) {
    octets[i] = static_cast<uint8_t>(octets[i] + (up ? 1 : -1));
    if (octets[i] != (up ? 0x00 : 0xFF)) break;
  }
  return FromOctets(octets, address.is_v4());
}

// The slow way to the smallest row that holds `address`.
const SpecialPurpose* Slow(const IpAddress& address) {
  const SpecialPurpose* found = nullptr;
  for (const SpecialPurpose& row : SpecialPurposes()) {
    const IpNetwork network = *IpNetwork::Parse(row.network);
    if (!network.Contains(address)) continue;
    if (found == nullptr || IpNetwork::Parse(found->network)->prefix_length() <
                                network.prefix_length()) {
      found = &row;
    }
  }
  return found;
}

TEST(SpecialPurposeTest, EveryRowHoldsItsEndsAndNotTheirNeighbours) {
  for (const SpecialPurpose& row : SpecialPurposes()) {
    SCOPED_TRACE(row.network);
    const IpNetwork network = *IpNetwork::Parse(row.network);
    EXPECT_EQ(network.ToString(), row.network);
    const IpAddress first = network.address();
    const IpAddress last = LastOf(network);
    for (const IpAddress& end : {first, last}) {
      EXPECT_EQ(FindSpecialPurpose(end), Slow(end)) << end.ToString();
      EXPECT_NE(FindSpecialPurpose(end), nullptr) << end.ToString();
    }
    for (const IpAddress& neighbour : {Step(first, false), Step(last, true)}) {
      EXPECT_EQ(FindSpecialPurpose(neighbour), Slow(neighbour));
      EXPECT_NE(FindSpecialPurpose(neighbour), &row) << neighbour.ToString();
    }
    EXPECT_STRNE(row.name, "");
    EXPECT_EQ(std::string(row.source).substr(0, 4), "RFC ");
  }
}

TEST(SpecialPurposeTest, NoRowStandsTwice) {
  std::set<std::string> networks;
  for (const SpecialPurpose& row : SpecialPurposes()) {
    EXPECT_TRUE(networks.insert(row.network).second) << row.network;
  }
  EXPECT_EQ(networks.size(), 55u);
}

// Read from the registries once more, and not from the table.
TEST(SpecialPurposeTest, Kinds) {
  const struct {
    Kind kind;
    std::vector<const char*> addresses;
  } kCases[] = {
      {Kind::kThisHost, {"0.0.0.0", "0.0.0.1", "0.255.255.255", "::"}},
      {Kind::kLoopback, {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"}},
      {Kind::kLinkLocal,
       {"169.254.0.0", "169.254.169.254", "169.254.255.255",
        "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}},
      {Kind::kSiteLocal, {"fec0::1", "feff::1"}},
      {Kind::kPrivate,
       {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
        "192.168.0.0", "192.168.255.255", "fc00::", "fdff::1", "64:ff9b:1::1"}},
      {Kind::kShared, {"100.64.0.0", "100.127.255.255"}},
      {Kind::kBenchmark, {"198.18.0.0", "198.19.255.255", "2001:2::1"}},
      {Kind::kDocumentation,
       {"192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8::1", "3fff::1",
        "3fff:fff::1"}},
      {Kind::kTranslation,
       {"64:ff9b::192.0.2.1", "::192.0.2.1", "::ffff:0:192.0.2.1"}},
      {Kind::kTunnel, {"2002::1", "2001::1", "192.88.99.1", "192.88.99.2"}},
      {Kind::kProtocol,
       {"192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.0.171", "192.0.0.255",
        "2001:1::4", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff::1",
        "5f00::1"}},
      {Kind::kService,
       {"192.0.0.9", "192.0.0.10", "192.31.196.1", "192.52.193.1",
        "192.175.48.1", "2001:1::1", "2001:1::2", "2001:1::3", "2001:3::1",
        "2001:4:112::1", "2620:4f:8000::1"}},
      {Kind::kDiscard, {"100::", "100::ffff", "100:0:0:1::1"}},
      {Kind::kMulticast, {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"}},
      {Kind::kBroadcast, {"255.255.255.255"}},
      {Kind::kReserved, {"240.0.0.0", "255.255.255.254"}},
  };
  for (const auto& c : kCases) {
    for (const char* address : c.addresses) {
      const SpecialPurpose* row = FindSpecialPurpose(Ip(address));
      ASSERT_NE(row, nullptr) << address;
      EXPECT_EQ(row->kind, c.kind) << address << " is " << row->name;
    }
  }
}

TEST(SpecialPurposeTest, OrdinaryAddressesHaveNoRow) {
  for (const char* address :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255",  "172.32.0.0",      "191.255.255.255",
        "192.0.1.0",       "192.0.3.0",       "192.167.255.255",
        "192.169.0.0",     "198.17.255.255",  "198.20.0.0",
        "223.255.255.255", "2001:200::1",     "2003::1",
        "2600::1",         "2a00::1",         "3ffe::1",
        "64:ff9b:2::1"}) {
    EXPECT_EQ(FindSpecialPurpose(Ip(address)), nullptr) << address;
  }
}

TEST(SpecialPurposeTest, PrivateNetworks) {
  for (const char* network :
       {"10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.1.0/24",
        "169.254.0.0/16", "fc00::/7", "fd00::/8", "fe80::/10", "fe80::/64"}) {
    EXPECT_TRUE(IsPrivate(*IpNetwork::Parse(network))) << network;
  }
  for (const char* network :
       {"10.0.0.0/7", "172.0.0.0/8", "192.0.2.0/24", "127.0.0.0/8", "0.0.0.0/0",
        "fc00::/6", "fe80::/9", "2001:db8::/32", "::/0", "ff00::/8"}) {
    EXPECT_FALSE(IsPrivate(*IpNetwork::Parse(network))) << network;
  }
}

std::string Inside(const std::string& address) {
  return absl::StrJoin(AddressesInside(Ip(address)), " ",
                       [](std::string* out, const IpAddress& inner) {
                         *out += inner.ToString();
                       });
}

TEST(SpecialPurposeTest, WhatIsInside) {
  const struct {
    const char* address;
    const char* want;
  } kCases[] = {
      {"192.0.2.33", ""},
      {"2001:db8::192.0.2.33", ""},
      {"::", ""},
      {"::1", ""},
      {"::2", "0.0.0.2"},
      {"::192.0.2.33", "192.0.2.33"},
      {"::ffff:0:192.0.2.33", "192.0.2.33"},
      {"64:ff9b::127.0.0.1", "127.0.0.1"},
      {"64:ff9b::1:127.0.0.1", ""},  // Outside of the /96.
      {"64:ff9b:1::192.0.2.33", "192.0.2.33"},
      {"2002:c000:221::1", "192.0.2.33"},
      {"2002:7f00:1::", "127.0.0.1"},
      // RFC 4380, 4: the server, and the client with its bits turned around.
      {"2001:0:c000:221:8000:63bf:3fff:fdd2", "192.0.2.33 192.0.2.45"},
      {"2001:db8::5efe:192.0.2.33", "192.0.2.33"},
      {"2001:db8::200:5efe:192.0.2.33", "192.0.2.33"},
      {"fe80::5efe:127.0.0.1", "127.0.0.1"},
      {"2001:db8::1:5efe:192.0.2.33", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Inside(c.address), c.want) << c.address;
  }
}

// RFC 6052, 2.2: 192.0.2.33 behind each length of the prefix.
TEST(SpecialPurposeTest, EachLengthOfATranslatorsPrefix) {
  for (const char* address :
       {"64:ff9b:1:c000:2:2100::", "64:ff9b:1:c0:0:221::",
        "64:ff9b:1:0:c0:2:2100:0", "64:ff9b:1::c000:221"}) {
    const std::vector<IpAddress> inside = AddressesInside(Ip(address));
    EXPECT_NE(std::find(inside.begin(), inside.end(), Ip("192.0.2.33")),
              inside.end())
        << address << " holds " << Inside(address);
  }
}

}  // namespace
}  // namespace mailsec::ip
