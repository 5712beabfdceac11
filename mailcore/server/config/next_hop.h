// next_hop.h: which host takes this mail, as the configuration has it?

#ifndef MAILCORE_SERVER_CONFIG_NEXT_HOP_H_
#define MAILCORE_SERVER_CONFIG_NEXT_HOP_H_

#include <string>

#include "google/protobuf/repeated_field.h"
#include "mailcore/route/destination.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class NextHop;
}  // namespace mailsec::config

namespace mailsec::server {

using NextHopList = google::protobuf::RepeatedPtrField<config::NextHop>;

// Reads the next hops in the repeated field `field` of `parent`, of which there
// is one at least, as one destination: each is tried where those before it have
// a fault. They are reached by SMTP.
route::Destination ReadNextHops(const Section& parent, const std::string& field,
                                const NextHopList& hops);

// Reads the next hop in field `field` of `parent`. `kind` is kLmtp or kSmtp; it
// decides the default port and whether the hop is asked early.
route::Destination ReadNextHop(const Section& parent, const std::string& field,
                               int index, const config::NextHop& hop,
                               route::Destination::Kind kind);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_NEXT_HOP_H_
