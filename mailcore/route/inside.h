// inside.h: may this mail leave the house?
//
// Mail between the institution's own users is handed on internally only (R3).
// Its class is fixed when it is accepted and kept with each recipient; the
// last code before a connection asks MayConnect(), so that no DNS answer,
// alias, route or smarthost can turn it into outside mail.
//
//   MailClass c = inside.Classify(client_is_ours, sender, recipient_is_ours);
//   if (!inside.MayConnect(c, address)) return Inside::Refusal("mx.example");

#ifndef MAILCORE_ROUTE_INSIDE_H_
#define MAILCORE_ROUTE_INSIDE_H_

#include <vector>

#include "absl/status/status.h"
#include "mailcore/address/path.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::route {

enum class MailClass {
  kOrdinary,   // May go to anybody.
  kLocalOnly,  // From one of our own users to another.
};

// Thread safety: immutable once created.
class Inside {
 public:
  struct Options {
    // The institution's name space: these and all below them, for the sender
    // may be a machine's account, root@db.example.org.
    std::vector<address::Domain> own_domains = {};
    // Where hosts that belong to the institution are. Loopback always is one.
    // Networks that Check() refuses do not count.
    ip::NetworkSet networks = {};
  };
  explicit Inside(Options options);

  // InvalidArgument if a network is so wide that nothing would be outside:
  // wider than /8 (IPv4) or /16 (IPv6) and not private address space
  // (fc00::/7, fe80::/10). The widths are ours, as RelayPolicy's.
  static absl::Status Check(const ip::NetworkSet& networks);

  // Local-only if the client is one of ours (authorised network or
  // authenticated), the sender's address lies in our name space, and so does
  // the recipient's. The bare postmaster and literals of our own count as
  // ours: pass `recipient_is_ours`. The null path lies in no name space: the
  // code that writes a report about a local-only message gives it that class.
  MailClass Classify(bool client_is_ours, const address::ReversePath& sender,
                     bool recipient_is_ours) const;
  bool Owns(const address::Domain& domain) const;

  // True if mail of this class may be handed to a host with this address. An
  // IPv4 address is the same host in its mapped form (IpAddress sees to that).
  bool MayConnect(MailClass mail_class, const ip::IpAddress& address) const;

  // The reply for a recipient whose mail may not: 550 5.7.1, naming the host.
  // It is a fault of the configuration and raises an alarm.
  static smtp::Reply Refusal(base::StringView host);

 private:
  Options options_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_INSIDE_H_
