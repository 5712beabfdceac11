// next_hop.h: which host takes this mail, as the configuration has it?

#ifndef MAILCORE_SERVER_CONFIG_NEXT_HOP_H_
#define MAILCORE_SERVER_CONFIG_NEXT_HOP_H_

#include <string>

#include "mailcore/route/destination.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class NextHop;
}  // namespace mailsec::config

namespace mailsec::server {

// Reads the next hop in field `field` of `parent`. `kind` is kLmtp or kSmtp; it
// decides the default port and whether the hop is asked early.
route::Destination ReadNextHop(const Section& parent, const std::string& field,
                               int index, const config::NextHop& hop,
                               route::Destination::Kind kind);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_NEXT_HOP_H_
