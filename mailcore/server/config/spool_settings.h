// spool_settings.h: where does mail rest until it is handed on? (R4, R10)

#ifndef MAILCORE_SERVER_CONFIG_SPOOL_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_SPOOL_SETTINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/server/config/section.h"

namespace mailsec::config {
class Spool;
}  // namespace mailsec::config

namespace mailsec::server {

// Thread safety: a value.
struct SpoolSettings {
  struct Key {
    uint32_t id = 0;
    ConfigFile file;
    friend bool operator==(const Key&, const Key&) = default;
  };

  std::string directory;
  uint64_t reserve_octets = 0;  // Never used up by new mail.
  uint64_t reserve_inodes = 0;  // Never used up by new mail.
  uint64_t segment_octets = 0;  // Size of a file of the log.
  std::vector<Key> keys;        // The last one seals. Empty: not sealed.

  // The directory's name with `suffix` behind it: a file that belongs to the
  // server and is no mail.
  std::string Beside(absl::string_view suffix) const;
  friend bool operator==(const SpoolSettings&, const SpoolSettings&) = default;
};

SpoolSettings ReadSpool(const Section& root, const config::Spool& spool);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SPOOL_SETTINGS_H_
