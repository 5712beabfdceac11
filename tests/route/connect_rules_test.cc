// The kind of item 10: whatever a stranger's DNS says, we connect to nobody but
// hosts of the Internet, and to our own network only where the operator says.

#include "mailcore/route/connect_rules.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/ip/special_purpose.h"

namespace mailsec::route {
namespace {

using ip::IpAddress;
using ip::IpNetwork;
using ip::NetworkSet;
using ip::SpecialKind;

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

// How an IPv4 address can be written as an IPv6 one.
std::vector<IpAddress> Wrapped(const IpAddress& v4) {
  const uint32_t bits = static_cast<uint32_t>(v4.low());
  const uint32_t high = bits >> 16;
  const uint32_t low = bits & 0xFFFF;
  const auto in = [&](absl::string_view prefix) {
    return Ip(absl::StrCat(prefix, absl::Hex(high), ":", absl::Hex(low)));
  };
  return {
      in("::ffff:"),
      in("::ffff:0:"),
      in("64:ff9b::"),
      in("2001:db8::5efe:"),
      in("2001:db8::200:5efe:"),
      Ip(absl::StrCat("2002:", absl::Hex(high), ":", absl::Hex(low), "::1")),
      Ip(absl::StrCat("2001:0:", absl::Hex(high), ":", absl::Hex(low),
                      "::9999:3fff:fdd2")),
      Ip(absl::StrCat("2001:0:c633:6401:0:0:", absl::Hex(high ^ 0xFFFF), ":",
                      absl::Hex(low ^ 0xFFFF)))};
}

// Three answers for each kind.
enum class Want { kYes, kIfInside, kNever };
Want Wanted(SpecialKind kind) {
  switch (kind) {
    case SpecialKind::kPrivate:
    case SpecialKind::kShared:
    case SpecialKind::kBenchmark:
      return Want::kIfInside;
    case SpecialKind::kDocumentation:
    case SpecialKind::kService:
      return Want::kYes;
    default:
      return Want::kNever;
  }
}

TEST(ConnectRulesTest, EveryRowOfIpv4AndEachWayToWrapIt) {
  const ConnectRules nobody({});
  const ConnectRules everybody_inside(
      {.inside = *NetworkSet::Parse({"0.0.0.0/0", "::/0"})});
  for (const ip::SpecialPurpose& row : ip::SpecialPurposes()) {
    SCOPED_TRACE(row.network);
    const IpAddress address = IpNetwork::Parse(row.network)->address();
    if (!address.is_v4() || row.kind == SpecialKind::kTunnel) continue;
    const ip::SpecialPurpose* smallest = ip::FindSpecialPurpose(address);
    const Want want = Wanted(smallest->kind);
    std::vector<IpAddress> forms = Wrapped(address);
    forms.push_back(address);
    for (const IpAddress& form : forms) {
      EXPECT_EQ(!nobody.WhyNot(form), want == Want::kYes) << form.ToString();
      EXPECT_EQ(!everybody_inside.WhyNot(form), want != Want::kNever)
          << form.ToString();
    }
  }
}

TEST(ConnectRulesTest, OrdinaryHostsMayBeConnectedToHoweverWrapped) {
  const ConnectRules rules({});
  for (const char* address :
       {"198.51.100.1", "8.0.0.8", "2001:db8::1", "2a00::1", "2600::1"}) {
    EXPECT_EQ(rules.WhyNot(Ip(address)), std::nullopt) << address;
  }
  for (const IpAddress& form : Wrapped(Ip("198.51.100.1"))) {
    EXPECT_EQ(rules.WhyNot(form), std::nullopt) << form.ToString();
  }
}

TEST(ConnectRulesTest, Table) {
  const struct {
    const char* name;
    const char* address;
    const char* refused;  // Networks.
    const char* inside;
    const char* why;  // A part of it; null: it may be.
  } kCases[] = {
      {"LinkLocal", "169.254.169.254", "", "", "Link Local"},
      {"LinkLocalEvenIfListed", "fe80::1", "", "fe80::/10", "Link-Local"},
      {"Multicast", "ff02::1", "", "", "Multicast"},
      {"SiteLocal", "fec0::1", "", "", "Site-Local"},
      {"Discard", "100::1", "", "", "Discard-Only"},
      {"Broadcast", "255.255.255.255", "", "", "Broadcast"},
      {"Private", "10.1.2.3", "", "", "inside_network"},
      {"PrivateOfOurs", "10.1.2.3", "", "10.0.0.0/8", nullptr},
      {"PrivateBesideOurs", "10.1.2.3", "", "10.2.0.0/16", "inside_network"},
      {"UniqueLocal", "fd00::1", "", "", "Unique-Local"},
      {"UniqueLocalOfOurs", "fd00::1", "", "fd00::/8", nullptr},
      {"Shared", "100.64.0.1", "", "", "RFC 6598"},
      {"SharedOfOurs", "100.64.0.1", "", "100.64.0.0/10", nullptr},
      {"PrivateBehindATranslator", "64:ff9b::10.1.2.3", "", "", "10.1.2.3"},
      {"OursBehindATranslator", "64:ff9b::10.1.2.3", "", "10.0.0.0/8", nullptr},
      {"ASitesTranslator", "64:ff9b:1::198.51.100.1", "", "", "inside_network"},
      {"OurTranslator", "64:ff9b:1::198.51.100.1", "", "64:ff9b:1::/48",
       nullptr},
      {"OurTranslatorToOurselves", "64:ff9b:1::127.0.0.1", "", "64:ff9b:1::/48",
       "Loopback"},
      {"Refused", "198.51.100.7", "198.51.100.0/24", "", "198.51.100.0/24"},
      {"RefusedBehindATranslator", "64:ff9b::198.51.100.7", "198.51.100.0/24",
       "", "198.51.100.0/24"},
      {"RefusedThoughInside", "10.1.2.3", "10.1.0.0/16", "10.0.0.0/8",
       "refuse_network"},
      {"NextToRefused", "198.51.101.0", "198.51.100.0/24", "", nullptr},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto set = [](const std::string& text) {
      return text.empty() ? NetworkSet() : *NetworkSet::Parse({text});
    };
    const ConnectRules rules(
        {.refused = set(c.refused), .inside = set(c.inside)});
    const std::optional<std::string> why = rules.WhyNot(Ip(c.address));
    EXPECT_EQ(why.has_value(), c.why != nullptr) << why.value_or("");
    if (why && c.why) {
      EXPECT_TRUE(absl::StrContains(*why, c.why)) << *why;
    }
  }
}

TEST(ConnectRulesTest, LoopbackForTestsIsThatAndNoMore) {
  const ConnectRules rules({.allow_loopback = true});
  EXPECT_EQ(rules.WhyNot(Ip("127.0.0.1")), std::nullopt);
  EXPECT_EQ(rules.WhyNot(Ip("::1")), std::nullopt);
  for (const char* address :
       {"64:ff9b::127.0.0.1", "2002:7f00:1::", "0.0.0.0", "10.0.0.1"}) {
    EXPECT_NE(rules.WhyNot(Ip(address)), std::nullopt) << address;
  }
}

}  // namespace
}  // namespace mailsec::route
