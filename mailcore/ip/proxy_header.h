// proxy_header.h: who speaks through this proxy?
//
// A proxy that stands before the server says in a header who its client is:
// the PROXY protocol of HAProxy, version 1 (text) and 2 (binary). Only a
// listed proxy may be believed; the caller checks that.
//
//   ProxyHeader header = ParseProxyHeader(octets_so_far);
//   if (header.state == ProxyHeader::State::kMalformed) Hold();

#ifndef MAILCORE_IP_PROXY_HEADER_H_
#define MAILCORE_IP_PROXY_HEADER_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::ip {

// Thread safety: a value.
struct ProxyHeader {
  enum class State {
    kNeedMore,   // The beginning of a header; call again with more octets.
    kComplete,   // The first `octets` octets are the header.
    kMalformed,  // No header, or a broken one: drop the connection.
  };
  State state;
  size_t octets = 0;  // Length of a complete header; the client's follow.
  // The client's address. Nothing for LOCAL, UNKNOWN, UNSPEC and Unix sockets:
  // then nobody is named, and whoever speaks is a stranger. That the proxy has
  // rights of its own says nothing about those for whom it speaks.
  std::optional<IpAddress> client = std::nullopt;
};

// The longest header. Version 1 has at most 107 octets (specification, 2.1); of
// version 2 we take 16 and at most 4096 of addresses and extensions (ours).
inline constexpr size_t kMaxProxyHeaderOctets = 16 + 4096;

// Parses the header at the start of `octets`. Never needs more than
// kMaxProxyHeaderOctets.
ProxyHeader ParseProxyHeader(absl::string_view octets);

}  // namespace mailsec::ip

#endif  // MAILCORE_IP_PROXY_HEADER_H_
