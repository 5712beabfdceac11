// destination.h: where does a recipient's mail go next?
//
//   Destination to = router.Route(recipient);
//   Show(to.ToString());

#ifndef MAILCORE_ROUTE_DESTINATION_H_
#define MAILCORE_ROUTE_DESTINATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/address/domain.h"

namespace mailsec::route {

// A host that the configuration names. Thread safety: a value.
struct FixedHost {
  std::string host = {};  // A name or an address.
  uint16_t port = 0;
  friend bool operator==(const FixedHost&, const FixedHost&) = default;
};

// Thread safety: a value.
struct Destination {
  enum class Kind {
    kNone,     // No route: the mail waits until there is one.
    kMaildir,  // <maildir_root>/<name of the mailbox>/.
    kLmtp,     // `host`, RFC 2033.
    kSmtp,     // `host`: a fixed next hop, a smarthost.
    kMx,       // The mail exchangers of `domain` (RFC 5321, 5.1).
    kAddress,  // `host` is the address of a literal, and allowed.
    kRefused,  // `host` is one, and literals are not: 550 5.1.2.
  };
  Kind kind = Kind::kNone;
  std::string host = {};  // A name, an address, or "unix:PATH".
  uint16_t port = 0;      // 0 if kMx or kAddress: 25.
  // If kSmtp: each is tried, in this order, where `host` and all before it had
  // a fault of a host (RFC 5321, 5.1).
  std::vector<FixedHost> others = {};
  std::string maildir_root = {};
  std::optional<address::Domain> domain = {};  // If kMx.
  // The next hop is asked while the sender waits, and its answer is ours.
  bool cut_through = false;
  // The next hop is asked at RCPT whether the recipient exists.
  bool verify = false;

  // For people and as a key: "lmtp:[127.0.0.1]:24", "maildir:/var/mail",
  // "smtp:[192.0.2.1]:25", "smtp:[192.0.2.1]:25,[192.0.2.2]:587",
  // "mx:example.com", "address:[192.0.2.1]:25". Equal destinations have equal
  // keys; what is asked early is no part of it.
  std::string ToString() const;
  friend bool operator==(const Destination&, const Destination&) = default;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_DESTINATION_H_
