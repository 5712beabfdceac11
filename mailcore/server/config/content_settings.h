// content_settings.h: who looks at content, and what follows from it? (R27)

#ifndef MAILCORE_SERVER_CONFIG_CONTENT_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_CONTENT_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/io/server_address.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Config;
}  // namespace mailsec::config

namespace mailsec::server {

// One scanner. Thread safety: a value.
struct ScannerSettings {
  enum class Kind { kClamd, kRspamd };
  Kind kind = Kind::kClamd;
  ConfigPlace place;  // Where it is named.
  io::ServerAddress server;
  policy::ContentPolicy::OnFault on_fault =
      policy::ContentPolicy::OnFault::kDefer;
  policy::ContentPolicy::OnTooLarge on_too_large =
      policy::ContentPolicy::OnTooLarge::kDefer;
  absl::Duration time_limit;
  uint64_t max_octets = 0;
  absl::Duration signature_age;  // Older signatures raise an alarm.
  bool old_signatures_are_faults = false;
  std::vector<std::string> signature_files;      // Rspamd only.
  ConfigFile password_file;                      // Rspamd only.
  std::vector<std::string> unscannable_symbols;  // Rspamd only.
};

// Thread safety: a value.
struct ContentSettings {
  std::vector<ScannerSettings> scanners;  // Asked in this order.
  policy::ContentPolicy::Options policy;  // Without its scanners.
  size_t concurrency = 0;                 // Messages looked at at once.
  bool adds_missing_fields = true;        // To mail of authorised clients.
};

ContentSettings ReadContent(const Section& root, const config::Config& proto);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_CONTENT_SETTINGS_H_
