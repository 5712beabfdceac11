// mail_stores.h: can mail be stored where the configuration says?
//
// A Maildir root or an LMTP server's socket that is missing is found out before
// the first message waits for it.
//
//   for (const StoreFault& fault : FaultsOfStores(config))
//     std::cerr << fault.ToString() << "\n";

#ifndef MAILCORE_SERVER_CONFIG_MAIL_STORES_H_
#define MAILCORE_SERVER_CONFIG_MAIL_STORES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailcore/server/config/config.h"

namespace mailsec::server {

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

// Those of the configuration's stores that are not OK.
std::vector<StoreFault> FaultsOfStores(const ServerConfig& config);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_MAIL_STORES_H_
