// network_settings.h: which networks have rights, as the operator lists them?

#ifndef MAILCORE_SERVER_CONFIG_NETWORK_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_NETWORK_SETTINGS_H_

#include "mailcore/ip/network_set.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Config;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct NetworkSettings {
  ip::NetworkSet authorised;  // May send to anyone (R14).
  ip::NetworkSet normalise;   // Bare line ends are made CRLF.
  ip::NetworkSet early;       // Who speaks out of turn is served.
  ip::NetworkSet inside;      // Of the institution (R3).
  // Who is in none of them, and uses a sender of ours.
  policy::OwnSender strangers_with_own_sender = policy::OwnSender::kMark;
};

NetworkSettings ReadNetworks(const Section& root, const config::Config& proto);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_NETWORK_SETTINGS_H_
