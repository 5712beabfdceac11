// automatic_settings.h: what may the server send by itself? (R22 to R24)

#ifndef MAILCORE_SERVER_CONFIG_AUTOMATIC_SETTINGS_H_
#define MAILCORE_SERVER_CONFIG_AUTOMATIC_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/address/domain.h"
#include "mailcore/policy/governor.h"
#include "mailcore/server/config/domain_settings.h"
#include "mailcore/server/config/section.h"
#include "mailcore/server/config/spool_settings.h"

namespace mailsec::config {
class Automatic;
}  // namespace mailsec::config

namespace mailsec::server {

// Absence notices, receipts and forwards. Thread safety: a value.
struct AutomaticMailSettings {
  bool off = false;
  std::string database;      // A file of SQLite.
  bool receipts = false;     // RFC 8098.
  ConfigFile forwards_file;  // May be empty.
  // The domain of rewritten senders; set if there is a local domain.
  std::optional<address::Domain> srs_domain;
  std::vector<ConfigFile> srs_secret_files;  // Empty: own_srs_secret_file.
  std::string own_srs_secret_file;           // Made by the server.
  int srs_days = 0;                          // Bounces are taken for so long.
  std::vector<std::string> machines;  // Local parts, or patterns of them.
  std::vector<address::Domain> public_providers;
  policy::Governor::Bound forwards_per_address;
  policy::Governor::Bound forwards_per_domain;
  policy::Governor::Bound notices;
};

AutomaticMailSettings ReadAutomatic(const Section& root,
                                    const config::Automatic& automatic,
                                    const DomainSettings& domains,
                                    const SpoolSettings& spool);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_AUTOMATIC_SETTINGS_H_
