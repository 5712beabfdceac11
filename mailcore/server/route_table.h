// route_table.h: where does mail for this recipient go?
//
// The fixed routes of the configuration: mailboxes of local domains (Maildir
// or LMTP), next hops of relay domains, routes and the smarthost.
//
//   const Destination* to = routes.Find(recipient.path);
//   if (to->kind == Destination::Kind::kNone) ...  // It waits in the spool.

#ifndef MAILCORE_SERVER_ROUTE_TABLE_H_
#define MAILCORE_SERVER_ROUTE_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "mailcore/address/path.h"
#include "mailcore/server/config.h"

namespace mailsec::server {

// Thread safety: a value.
struct Destination {
  enum class Kind {
    kNone,     // No route: the mail waits until there is one.
    kMaildir,  // <maildir_root>/<local part>/.
    kLmtp,
    kSmtp,
  };
  Kind kind = Kind::kNone;
  std::string host;  // A name, an address, or "unix:PATH".
  uint16_t port = 0;
  std::string maildir_root;

  // For people and as a key: "lmtp:[127.0.0.1]:24", "maildir:/var/mail".
  std::string ToString() const;
};

// Thread safety: immutable once created.
class RouteTable {
 public:
  // Of a configuration without errors.
  explicit RouteTable(const ServerConfig& config);

  // Never null; lives as long as this table. The bare postmaster is the
  // postmaster of the first local domain.
  const Destination* Find(const ForwardPath& recipient) const;

  // Whose mailbox it is: the address itself, or for the bare postmaster and
  // our own address literals the one of the first local domain. Nothing if
  // there is no local domain.
  std::optional<Address> MailboxOwner(const ForwardPath& recipient) const;

 private:
  Destination fallback_;    // The smarthost, or none.
  Destination postmaster_;  // Of <Postmaster>.
  std::optional<Domain> first_domain_;
  absl::flat_hash_map<std::string, Destination> by_domain_;  // A-labels.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_ROUTE_TABLE_H_
