// exchangers.h: which servers take the mail of this address?

#ifndef MAILCORE_SERVER_SNAPSHOT_EXCHANGERS_H_
#define MAILCORE_SERVER_SNAPSHOT_EXCHANGERS_H_

#include <string>
#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// The names of its domain's exchangers, for the bounds on public mail providers
// (R24). None if its mail goes another way than by the DNS, if `resolver` is
// null, or if the DNS cannot tell: then only the bounds on the address and its
// domain hold. Blocks on the DNS.
std::vector<std::string> ExchangersOf(const address::Address& address,
                                      const Routing& routing,
                                      dns::Resolver* resolver);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_EXCHANGERS_H_
