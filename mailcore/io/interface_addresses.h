// interface_addresses.h: under which addresses can this host be reached?
//
// For telling whether a mail exchanger is this host (RFC 5321, 5.1). Addresses
// that only others see (NAT) are not among them: the operator lists those.
//
//   absl::StatusOr<std::vector<ip::IpAddress>> own = io::InterfaceAddresses();

#ifndef MAILCORE_IO_INTERFACE_ADDRESSES_H_
#define MAILCORE_IO_INTERFACE_ADDRESSES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::io {

// Those of all interfaces, loopback included, each once and sorted. Unavailable
// if the system does not tell.
// Thread safety: may be called concurrently.
absl::StatusOr<std::vector<ip::IpAddress>> InterfaceAddresses();

}  // namespace mailsec::io

#endif  // MAILCORE_IO_INTERFACE_ADDRESSES_H_
