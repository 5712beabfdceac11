// listener_settings.h: where is mail accepted, and by which limits?

#ifndef MAILCORE_SERVER_CONFIG_LISTENER_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_LISTENER_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/server/config/section.h"
#include "mailcore/smtp/protocol.h"

namespace mailsec::config {
class Config;
class Limits;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct ListenerSettings {
  ip::IpAddress address;
  uint16_t port = 0;  // 0: any free one.
  smtp::Protocol protocol = smtp::Protocol::kSmtp;
  std::string interface;          // Empty: any.
  ip::NetworkSet proxy_networks;  // Must send a PROXY header.

  bool IsOnAllAddresses() const;  // 0.0.0.0 or ::.
  // The socket is the same; a reload cannot change it.
  bool HasSameSocket(const ListenerSettings& other) const;
};

// config.proto documents each of them. Thread safety: a value.
struct LimitSettings {
  uint64_t message_octets = 0;
  size_t recipients = 0;
  size_t bad_commands = 0;
  size_t connections = 0;
  size_t connections_per_client = 0;
  absl::Duration command_time;
  uint64_t content_octets_per_second = 0;
  absl::Duration greeting_delay;
  absl::Duration session_time;
  absl::Duration stop_time;
  bool full_is_transient = false;
  size_t threads = 0;  // 0: one a core.
};

std::vector<ListenerSettings> ReadListeners(const Section& root,
                                            const config::Config& proto);
LimitSettings ReadLimits(const Section& root, const config::Limits& limits);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_LISTENER_SETTINGS_H_
