// session_settings.h: what holds for the sessions of one listener?
//
// It is made from the configuration, for each listener, and a reload makes
// another one. What a session has told its client (the host's name, the limits
// for messages and recipients) holds as long as the session; everything else
// holds for one message.

#ifndef MAILCORE_SERVER_SNAPSHOT_SESSION_SETTINGS_H_
#define MAILCORE_SERVER_SNAPSHOT_SESSION_SETTINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::server {

// Thread safety: immutable once shared.
struct SessionSettings {
  smtp::ServerOptions options;         // Policies are decided for each client.
  ip::NetworkSet normalise_networks;   // LineEndPolicy::kNormalise for these.
  ip::NetworkSet authorised_networks;  // No greeting delay, no client limit.
  ip::NetworkSet proxy_networks;       // These must send a PROXY header.
  ip::NetworkSet early_networks;       // OutOfTurnPolicy::kNote for these.
  absl::Duration command_time = absl::Minutes(5);   // RFC 5321, 4.5.3.2.7.
  absl::Duration session_time = absl::Minutes(30);  // Without a message. Ours.
  absl::Duration greeting_delay;                    // Zero: none.
  uint64_t content_octets_per_second = 500;         // The least. Ours.
  // Header fields that nobody outside may write, beside our own ones.
  std::vector<std::string> removed_fields;
  bool adds_missing_fields = true;  // For authorised clients.
};

// `listener` is one of `settings`, which are without errors.
// Thread safety: a pure function.
SessionSettings MakeSessionSettings(const Settings& settings,
                                    const ListenerSettings& listener);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_SESSION_SETTINGS_H_
