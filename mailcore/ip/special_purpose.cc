#include "mailcore/ip/special_purpose.h"

#include <cstdint>

namespace mailsec::ip {
namespace {

using Kind = SpecialKind;

constexpr SpecialPurpose kTable[] = {
    // IANA IPv4 Special-Purpose Address Registry.
    {"0.0.0.0/8", Kind::kThisHost, "This network", "RFC 791, 3.2"},
    {"0.0.0.0/32", Kind::kThisHost, "This host on this network",
     "RFC 1122, 3.2.1.3"},
    {"10.0.0.0/8", Kind::kPrivate, "Private-Use", "RFC 1918"},
    {"100.64.0.0/10", Kind::kShared, "Shared Address Space", "RFC 6598"},
    {"127.0.0.0/8", Kind::kLoopback, "Loopback", "RFC 1122, 3.2.1.3"},
    {"169.254.0.0/16", Kind::kLinkLocal, "Link Local", "RFC 3927"},
    {"172.16.0.0/12", Kind::kPrivate, "Private-Use", "RFC 1918"},
    {"192.0.0.0/24", Kind::kProtocol, "IETF Protocol Assignments",
     "RFC 6890, 2.1"},
    {"192.0.0.0/29", Kind::kProtocol, "IPv4 Service Continuity Prefix",
     "RFC 7335"},
    {"192.0.0.8/32", Kind::kProtocol, "IPv4 dummy address", "RFC 7600"},
    {"192.0.0.9/32", Kind::kService, "Port Control Protocol Anycast",
     "RFC 7723"},
    {"192.0.0.10/32", Kind::kService,
     "Traversal Using Relays around NAT Anycast", "RFC 8155"},
    {"192.0.0.170/32", Kind::kProtocol, "NAT64/DNS64 Discovery",
     "RFC 8880; RFC 7050, 2.2"},
    {"192.0.0.171/32", Kind::kProtocol, "NAT64/DNS64 Discovery",
     "RFC 8880; RFC 7050, 2.2"},
    {"192.0.2.0/24", Kind::kDocumentation, "Documentation (TEST-NET-1)",
     "RFC 5737"},
    {"192.31.196.0/24", Kind::kService, "AS112-v4", "RFC 7535"},
    {"192.52.193.0/24", Kind::kService, "AMT", "RFC 7450"},
    {"192.88.99.0/24", Kind::kTunnel, "Deprecated (6to4 Relay Anycast)",
     "RFC 7526"},
    {"192.88.99.2/32", Kind::kTunnel, "6a44-relay anycast address", "RFC 6751"},
    {"192.168.0.0/16", Kind::kPrivate, "Private-Use", "RFC 1918"},
    {"192.175.48.0/24", Kind::kService, "Direct Delegation AS112 Service",
     "RFC 7534"},
    {"198.18.0.0/15", Kind::kBenchmark, "Benchmarking", "RFC 2544"},
    {"198.51.100.0/24", Kind::kDocumentation, "Documentation (TEST-NET-2)",
     "RFC 5737"},
    {"203.0.113.0/24", Kind::kDocumentation, "Documentation (TEST-NET-3)",
     "RFC 5737"},
    {"240.0.0.0/4", Kind::kReserved, "Reserved", "RFC 1112, 4"},
    {"255.255.255.255/32", Kind::kBroadcast, "Limited Broadcast",
     "RFC 8190; RFC 919, 7"},
    // IANA IPv4 Address Space Registry.
    {"224.0.0.0/4", Kind::kMulticast, "Multicast", "RFC 1112, 4"},

    // IANA IPv6 Special-Purpose Address Registry; ::ffff:0:0/96 is IPv4 here.
    {"::1/128", Kind::kLoopback, "Loopback Address", "RFC 4291"},
    {"::/128", Kind::kThisHost, "Unspecified Address", "RFC 4291"},
    {"64:ff9b::/96", Kind::kTranslation, "IPv4-IPv6 Translat.", "RFC 6052"},
    {"64:ff9b:1::/48", Kind::kPrivate, "IPv4-IPv6 Translat.", "RFC 8215"},
    {"100::/64", Kind::kDiscard, "Discard-Only Address Block", "RFC 6666"},
    {"100:0:0:1::/64", Kind::kDiscard, "Dummy IPv6 Prefix", "RFC 9780"},
    {"2001::/23", Kind::kProtocol, "IETF Protocol Assignments", "RFC 2928"},
    {"2001::/32", Kind::kTunnel, "TEREDO", "RFC 4380; RFC 8190"},
    {"2001:1::1/128", Kind::kService, "Port Control Protocol Anycast",
     "RFC 7723"},
    {"2001:1::2/128", Kind::kService,
     "Traversal Using Relays around NAT Anycast", "RFC 8155"},
    {"2001:1::3/128", Kind::kService,
     "DNS-SD Service Registration Protocol Anycast", "RFC 9665"},
    {"2001:2::/48", Kind::kBenchmark, "Benchmarking",
     "RFC 5180; RFC Errata 1752"},
    {"2001:3::/32", Kind::kService, "AMT", "RFC 7450"},
    {"2001:4:112::/48", Kind::kService, "AS112-v6", "RFC 7535"},
    {"2001:10::/28", Kind::kProtocol, "Deprecated (previously ORCHID)",
     "RFC 4843"},
    {"2001:20::/28", Kind::kProtocol, "ORCHIDv2", "RFC 7343"},
    {"2001:30::/28", Kind::kProtocol,
     "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374"},
    {"2001:db8::/32", Kind::kDocumentation, "Documentation", "RFC 3849"},
    {"2002::/16", Kind::kTunnel, "6to4", "RFC 3056"},
    {"2620:4f:8000::/48", Kind::kService, "Direct Delegation AS112 Service",
     "RFC 7534"},
    {"3fff::/20", Kind::kDocumentation, "Documentation", "RFC 9637"},
    {"5f00::/16", Kind::kProtocol, "Segment Routing (SRv6) SIDs", "RFC 9602"},
    {"fc00::/7", Kind::kPrivate, "Unique-Local", "RFC 4193; RFC 8190"},
    {"fe80::/10", Kind::kLinkLocal, "Link-Local Unicast", "RFC 4291"},
    // What RFC 4291 and RFC 3879 have withdrawn, and multicast.
    {"::/96", Kind::kTranslation, "IPv4-Compatible", "RFC 4291, 2.5.5.1"},
    {"::ffff:0:0:0/96", Kind::kTranslation, "IPv4-Translated", "RFC 2765, 2.1"},
    {"fec0::/10", Kind::kSiteLocal, "Site-Local", "RFC 3879"},
    {"ff00::/8", Kind::kMulticast, "Multicast", "RFC 4291, 2.7"},
};

struct ParsedRow {
  IpNetwork network;
  const SpecialPurpose* row;
};

const std::vector<ParsedRow>& ParsedTable() {
  static const auto* const kParsed = [] {
    auto* parsed = new std::vector<ParsedRow>();
    for (const SpecialPurpose& row : kTable) {
      parsed->push_back({*IpNetwork::Parse(row.network), &row});
    }
    return parsed;
  }();
  return *kParsed;
}

// The smallest row that holds the whole network, or null.
const SpecialPurpose* Smallest(const IpAddress& address, int prefix_length) {
  const ParsedRow* found = nullptr;
  for (const ParsedRow& parsed : ParsedTable()) {
    const int length = parsed.network.prefix_length();
    if (length > prefix_length || !parsed.network.Contains(address)) continue;
    if (found == nullptr || length > found->network.prefix_length()) {
      found = &parsed;
    }
  }
  return found == nullptr ? nullptr : found->row;
}

IpAddress V4(uint64_t bits) {
  return IpAddress::FromV4(
      {static_cast<uint8_t>(bits >> 24), static_cast<uint8_t>(bits >> 16),
       static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits)});
}

// RFC 6052, 2.2: the four octets follow the prefix, around the octet "u" (bits
// 64 to 71), and behind them all is zero. 0.0.0.0 means that another length of
// the prefix holds.
void AddTranslated(uint64_t high, uint64_t low, std::vector<IpAddress>* out) {
  const auto add = [out](uint64_t v4) {
    if ((v4 & 0xFFFFFFFF) != 0) out->push_back(V4(v4));
  };
  add(low);  // A prefix of 96 bits.
  if (low >> 56 != 0) return;
  if ((low & 0xFFFFFFFFFF) == 0) add(high << 16 | low >> 40);  // 48 bits.
  if ((low & 0xFFFFFFFF) == 0) add(high << 24 | low >> 32);    // 56 bits.
  if ((low & 0xFFFFFF) == 0) add(low >> 24);                   // 64 bits.
}

}  // namespace

absl::Span<const SpecialPurpose> SpecialPurposes() { return kTable; }

const SpecialPurpose* FindSpecialPurpose(const IpAddress& address) {
  return Smallest(address, address.bits());
}

bool IsPrivate(const IpNetwork& network) {
  const SpecialPurpose* row =
      Smallest(network.address(), network.prefix_length());
  return row != nullptr &&
         (row->kind == Kind::kPrivate || row->kind == Kind::kLinkLocal);
}

std::vector<IpAddress> AddressesInside(const IpAddress& address) {
  std::vector<IpAddress> inside;
  if (address.is_v4()) return inside;
  const uint64_t high = address.high();
  const uint64_t low = address.low();
  if (high == 0 && (low >> 32 == 0 ? low > 1 : low >> 32 == 0xFFFF0000)) {
    inside.push_back(V4(low));
  } else if (high == 0x0064FF9B00000000 && low >> 32 == 0) {
    inside.push_back(V4(low));
  } else if (high >> 16 == 0x0064FF9B0001) {
    AddTranslated(high, low, &inside);
  } else if (high >> 48 == 0x2002) {
    inside.push_back(V4(high >> 16));
  } else if (high >> 32 == 0x20010000) {
    inside.push_back(V4(high));
    inside.push_back(V4(~low));
  }
  // The bit of RFC 4291, appendix A, may be set in the interface identifier.
  if ((low >> 32 & ~uint64_t{0x02000000}) == 0x5EFE) {
    inside.push_back(V4(low));
  }
  return inside;
}

}  // namespace mailsec::ip
