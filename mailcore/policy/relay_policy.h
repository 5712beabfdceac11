// relay_policy.h: may this client send mail to this recipient through us?
//
// An open relay forwards mail from strangers to strangers. RelayPolicy closes
// it, and does nothing else. The first line that holds decides:
//
//   accept  the client's address is in a network that the operator has listed
//                                                            (R14, M 5.56)
//   accept  the client has authenticated                     (R15; RFC 4954)
//   accept  the recipient is the bare "<Postmaster>"    (RFC 5321, 4.5.1)
//   accept  this server is mail exchanger for the recipient  (R14, M 5.56)
//   refuse  everything else: 550 5.7.1                       (R14, M 5.56)
//
// Whether the recipient exists is RecipientDirectory's question. Ask this one
// first: it is the cheapest.
//
//   auto relay = RelayPolicy::Create({.authorised_networks = nets}, &mx);
//   if (!relay.ok()) return relay.status();
//   Decision decision = relay->Decide({.ip = peer}, rcpt.path);

#ifndef MAILCORE_POLICY_RELAY_POLICY_H_
#define MAILCORE_POLICY_RELAY_POLICY_H_

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/policy/client.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/mx_authority.h"

namespace mailsec::policy {

// Thread safety: immutable once created; const methods may run concurrently.
class RelayPolicy {
 public:
  struct Options {
    ip::NetworkSet authorised_networks =
        {};  // May send to anyone. Default: nobody.
    // Addresses of this server that mail may be sent to as a literal,
    // "bob@[192.0.2.25]" (RFC 5321, 4.1.3). Default: none.
    std::vector<ip::IpAddress> own_addresses = {};
  };

  // Returns a policy that asks `mx`, which is not owned, must outlive the
  // policy and must allow concurrent calls.
  //
  // InvalidArgument if `options` lists (nearly) everyone, for that is an open
  // relay, and no option here builds one: a prefix length of 0; a network
  // wider than /8 (IPv4) or /16 (IPv6) that is not private address space
  // (fc00::/7, fe80::/10); or networks that together hold more than half of
  // IPv4 or of the global IPv6 space (2000::/3). The widths are ours: no
  // operator owns more.
  static absl::StatusOr<RelayPolicy> Create(Options options, MxAuthority* mx);

  // Decides for one recipient; ask for each, as one message may have both
  // kinds. Blocks as long as mx->HoldsMxFor() does, which is asked last.
  //
  // Fails closed: if `mx` cannot tell, the reply is 451 4.4.3, so that a DNS
  // outage neither loses mail nor relays it.
  Decision Decide(const Client& client,
                  const address::ForwardPath& recipient) const;

 private:
  RelayPolicy(Options options, MxAuthority* mx);

  Decision DecideByHost(const address::Address::Host& host,
                        Decision decision) const;

  ip::NetworkSet authorised_networks_;
  absl::flat_hash_set<ip::IpAddress> own_addresses_;
  MxAuthority* mx_;  // Not owned.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_RELAY_POLICY_H_
