// session_settings.h: what holds for a session while it lasts?
//
// Made from the configuration; a reload makes a new one, and sessions that are
// open keep theirs.

#ifndef MAILCORE_SERVER_RECEIVE_SESSION_SETTINGS_H_
#define MAILCORE_SERVER_RECEIVE_SESSION_SETTINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::server {

// Thread safety: immutable once shared.
struct SessionSettings {
  smtp::ServerOptions options;         // line_ends is decided for each client.
  ip::NetworkSet normalise_networks;   // LineEndPolicy::kNormalise for these.
  ip::NetworkSet authorised_networks;  // No greeting delay, no client limit.
  ip::NetworkSet proxy_networks;       // Must send a PROXY header.
  absl::Duration command_time = absl::Minutes(5);   // RFC 5321, 4.5.3.2.7.
  absl::Duration session_time = absl::Minutes(30);  // Without a message. Ours.
  absl::Duration greeting_delay;                    // Zero: none.
  uint64_t content_octets_per_second = 500;         // At least. Ours.
  // Header fields that nobody outside may write, beside X-Mailsec-Verdict.
  std::vector<std::string> removed_fields;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_SESSION_SETTINGS_H_
