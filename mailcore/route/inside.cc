#include "mailcore/route/inside.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/ip/ip_network.h"
#include "mailcore/ip/special_purpose.h"

namespace mailsec::route {

using address::Domain;
using ip::IpNetwork;
using ip::NetworkSet;

namespace {

bool IsTooWide(const IpNetwork& network) {
  if (network.address().is_v4()) return network.prefix_length() < 8;
  return network.prefix_length() < 16 && !ip::IsPrivate(network);
}

NetworkSet WithoutTooWide(const NetworkSet& networks) {
  std::vector<IpNetwork> kept = networks.networks();
  kept.erase(std::remove_if(kept.begin(), kept.end(), IsTooWide), kept.end());
  return NetworkSet(std::move(kept));
}

}  // namespace

Inside::Inside(Options options) : options_(std::move(options)) {
  if (!Check(options_.networks).ok()) {
    options_.networks = WithoutTooWide(options_.networks);
  }
}

absl::Status Inside::Check(const NetworkSet& networks) {
  for (const IpNetwork& network : networks.networks()) {
    if (!IsTooWide(network)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        network.ToString(), " is too wide: (nearly) nothing would be outside"));
  }
  return absl::OkStatus();
}

bool Inside::Owns(const Domain& domain) const {
  return std::any_of(
      options_.own_domains.begin(), options_.own_domains.end(),
      [&domain](const Domain& own) { return domain.IsWithin(own); });
}

MailClass Inside::Classify(bool client_is_ours,
                           const address::ReversePath& sender,
                           bool recipient_is_ours) const {
  if (!client_is_ours || !recipient_is_ours || sender.IsNull()) {
    return MailClass::kOrdinary;
  }
  const Domain* domain = sender.address()->domain();
  return domain != nullptr && Owns(*domain) ? MailClass::kLocalOnly
                                            : MailClass::kOrdinary;
}

bool Inside::MayConnect(MailClass mail_class,
                        const ip::IpAddress& address) const {
  switch (mail_class) {
    case MailClass::kOrdinary:
      return true;
    case MailClass::kLocalOnly:
      return address.IsLoopback() || options_.networks.Contains(address);
  }
  return false;
}

smtp::Reply Inside::Refusal(base::StringView host) {
  // RFC 3463, 3.8: delivery not authorized.
  return smtp::Reply(
      550, {5, 7, 1},
      absl::StrCat("This mail is between our own users and may not leave our "
                   "network, but its next hop ",
                   host, " is outside"));
}

}  // namespace mailsec::route
