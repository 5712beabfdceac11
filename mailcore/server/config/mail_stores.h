// mail_stores.h: can mail be stored where the configuration says?
//
// A Maildir root or an LMTP server's socket that is missing is found out before
// the first message waits for it.
//
//   for (const StoreFault& fault : FaultsOfStores(settings.domains))
//     std::cerr << fault.ToString() << "\n";

#ifndef MAILCORE_SERVER_CONFIG_MAIL_STORES_H_
#define MAILCORE_SERVER_CONFIG_MAIL_STORES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailcore/server/config/domain_settings.h"

namespace mailsec::server {

// Where mailboxes are on this host, and where the configuration says so.
// Thread safety: a value.
struct MailStore {
  std::string path;
  bool is_socket = false;  // Of an LMTP server; else a folder with Maildirs.
  ConfigPlace place;
};

// Thread safety: a value.
struct StoreFault {
  MailStore store;
  absl::Status status;  // Never OK.
  // An LMTP server that does not run yet is none: its mail waits for it.
  bool is_error() const { return !store.is_socket; }
  std::string ToString() const;  // "F:12:3: maildir_root: message"
};

// OK if mail can be stored there now; else what is wrong, with the path and the
// system's words. Blocks on the disk. Thread safety: pure but for the disk.
absl::Status CheckStore(const MailStore& store);

// Those of the local domains that are on this host.
std::vector<MailStore> StoresOf(const DomainSettings& domains);

// Those of them that are not OK.
std::vector<StoreFault> FaultsOfStores(const DomainSettings& domains);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_MAIL_STORES_H_
