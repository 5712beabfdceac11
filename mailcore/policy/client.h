// client.h: who is on the other side of the session?
//
//   Client client{.ip = peer};

#ifndef MAILCORE_POLICY_CLIENT_H_
#define MAILCORE_POLICY_CLIENT_H_

#include <string>

#include "mailcore/ip/ip_address.h"

namespace mailsec::policy {

// Thread safety: a value.
struct Client {
  ip::IpAddress ip = {};       // The TCP peer, or what a trusted proxy says it
                               // is; never what HELO claims.
  bool authenticated = false;  // SMTP AUTH succeeded (RFC 4954).
  std::string user = {};       // The user; empty if not authenticated.
  std::string helo = {};       // As the client named itself. Proves nothing.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_CLIENT_H_
