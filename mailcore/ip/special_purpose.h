// special_purpose.h: is this the address of an ordinary host on the Internet?
//
// The IPv4 and IPv6 special-purpose address registries of IANA (RFC 6890, RFC
// 8190; as of 9 October 2025) as one table, with multicast and the address
// space that later documents have withdrawn. All code that must know whether
// an address is private, this host, or nobody's asks here.
//
//   const ip::SpecialPurpose* row =
//       ip::FindSpecialPurpose(*ip::IpAddress::Parse("10.0.0.1"));
//   bool is_private = row != nullptr && row->kind == ip::SpecialKind::kPrivate;

#ifndef MAILCORE_IP_SPECIAL_PURPOSE_H_
#define MAILCORE_IP_SPECIAL_PURPOSE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/ip_network.h"

namespace mailsec::ip {

enum class SpecialKind {
  kThisHost,       // This host, or no host at all: 0.0.0.0/8, ::.
  kLoopback,       // This host: 127.0.0.0/8, ::1.
  kLinkLocal,      // A host on the same link: 169.254.0.0/16, fe80::/10.
  kSiteLocal,      // fec0::/10, withdrawn.
  kPrivate,        // A host of one institution: 10.0.0.0/8, fc00::/7, ...
  kShared,         // A host behind a carrier's translation: 100.64.0.0/10.
  kBenchmark,      // A host in a laboratory: 198.18.0.0/15, 2001:2::/48.
  kDocumentation,  // An example in a text: 192.0.2.0/24, 2001:db8::/32, ...
  kTranslation,    // An IPv4 address inside, reached through a translator.
  kTunnel,         // An IPv4 address inside, reached through a tunnel.
  kProtocol,       // What a protocol uses for itself; no host that takes mail.
  kService,        // A global service at an address known to all: AS112, AMT.
  kDiscard,        // Nobody; packets are thrown away: 100::/64.
  kMulticast,      // Many hosts: 224.0.0.0/4, ff00::/8.
  kBroadcast,      // All hosts of the link: 255.255.255.255.
  kReserved,       // Nobody yet: 240.0.0.0/4.
};

// One row of the table. Thread safety: a constant.
struct SpecialPurpose {
  const char* network;  // "10.0.0.0/8"
  SpecialKind kind;
  const char* name;    // As in the registry: "Private-Use".
  const char* source;  // "RFC 1918"
};

// The whole table; a network and a smaller one inside it may both be there.
absl::Span<const SpecialPurpose> SpecialPurposes();

// The smallest network of the table that holds `address`, or null for an
// ordinary one. IPv4 inside IPv6 is not unwrapped: ask for AddressesInside()
// too. Thread safety: a pure function.
const SpecialPurpose* FindSpecialPurpose(const IpAddress& address);

// Every address of `network` is a private or link-local one (RFC 1918, RFC
// 4193, RFC 3927, RFC 4291, 2.5.6). Thread safety: a pure function.
bool IsPrivate(const IpNetwork& network);

// The IPv4 addresses that an IPv6 address holds, and to which a translator, a
// tunnel or an old system would bring what is sent to it:
//
//   ::/96               IPv4-compatible, but :: and ::1   (RFC 4291, 2.5.5.1)
//   ::ffff:0:0:0/96     IPv4-translated                   (RFC 2765, 2.1)
//   64:ff9b::/96        NAT64                             (RFC 6052, 2.1)
//   64:ff9b:1::/48      NAT64 of one site, with a prefix of 48, 56, 64 or 96
//                       bits: each that fits              (RFC 8215; RFC 6052,
//                                                         2.2)
//   2002::/16           6to4                              (RFC 3056, 2)
//   2001::/32           Teredo: its server and its client (RFC 4380, 4)
//   ...:0:5efe:a.b.c.d  ISATAP, in every network          (RFC 5214, 6.1)
//
// Empty for all others and for IPv4; a mapped address is IPv4 from the start
// (IpAddress). Thread safety: a pure function.
std::vector<IpAddress> AddressesInside(const IpAddress& address);

}  // namespace mailsec::ip

#endif  // MAILCORE_IP_SPECIAL_PURPOSE_H_
