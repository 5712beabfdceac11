// server_address.h: where does a server on this host or network listen?
//
//   auto clamd = ServerAddress::Parse("unix:/run/clamav/clamd.ctl");
//   auto rspamd = ServerAddress::Parse("127.0.0.1:11333");  // or "[::1]:11333"
//
// A host name is not accepted: the time of a look-up could not be bounded.

#ifndef MAILCORE_IO_SERVER_ADDRESS_H_
#define MAILCORE_IO_SERVER_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::io {

// Thread safety: a value.
struct ServerAddress {
  std::string path = {};  // A Unix socket's; empty: TCP.
  ip::IpAddress ip = {};
  uint16_t port = 0;

  // "unix:" and a path of at most 107 octets (sun_path), or an
  // address and a port from 1. InvalidArgument otherwise, saying what is wrong.
  static absl::StatusOr<ServerAddress> Parse(base::StringView text);
  std::string ToString() const;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_SERVER_ADDRESS_H_
