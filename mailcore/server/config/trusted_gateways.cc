#include "mailcore/server/config/trusted_gateways.h"

#include "absl/strings/str_cat.h"

namespace mailsec::server {

std::string TrustedGateway::ToString() const {
  return absl::StrCat(
      field, ": ", network, " holds this host's default gateway ",
      gateway.ToString(),
      ": if connections are forwarded from there under its address, everybody "
      "behind it is trusted");
}

std::vector<TrustedGateway> FindTrustedGateways(
    const Settings& settings, const std::vector<ip::IpAddress>& gateways) {
  std::vector<TrustedGateway> found;
  const auto look = [&](const char* field, const ip::NetworkSet& set) {
    for (const ip::IpNetwork& network : set.networks()) {
      for (const ip::IpAddress& gateway : gateways) {
        if (network.Contains(gateway)) {
          found.push_back({field, network.ToString(), gateway});
        }
      }
    }
  };
  look("authorised_network", settings.networks.authorised);
  look("inside_network", settings.networks.inside);
  for (const ListenerSettings& listener : settings.listeners) {
    look("proxy_network", listener.proxy_networks);
  }
  return found;
}

}  // namespace mailsec::server
