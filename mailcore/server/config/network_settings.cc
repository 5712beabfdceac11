#include "mailcore/server/config/network_settings.h"

#include "mailcore/server/config/config.pb.h"

namespace mailsec::server {
namespace {

policy::OwnSender ToOwnSender(config::Config::OwnSender value) {
  switch (value) {
    case config::Config::REFUSE:
      return policy::OwnSender::kRefuse;
    case config::Config::ALLOW:
      return policy::OwnSender::kAllow;
    default:  // What the parser knows, and nothing else.
      return policy::OwnSender::kMark;
  }
}

}  // namespace

NetworkSettings ReadNetworks(const Section& root, const config::Config& proto) {
  return {.authorised = root.ReadNetworks("authorised_network",
                                          proto.authorised_network(),
                                          "this would be an open relay"),
          .normalise =
              root.ReadNetworks("normalise_line_ends_network",
                                proto.normalise_line_ends_network(),
                                "list the devices that need it, as it helps "
                                "whoever smuggles messages"),
          .early = root.ReadNetworks("early_talker_network",
                                     proto.early_talker_network(), ""),
          .inside = root.ReadNetworks("inside_network", proto.inside_network(),
                                      "this would be an open relay"),
          .strangers_with_own_sender =
              ToOwnSender(proto.strangers_with_own_sender())};
}

}  // namespace mailsec::server
