// live_mx_authority.h: does the DNS name us as mail exchanger for that domain?
//
// Anybody can publish an MX record that names us. That is their statement and
// not the operator's consent, so a record alone never makes a domain ours. The
// operator consents in one of two ways:
//
//   consenting_domains   these, as long as their MX records name us at any
//                        preference (we are a backup for a customer),
//   any_most_preferred   each domain whose most preferred exchangers are all
//                        ours. "MX 10 theirs, MX 20 ours" is never enough:
//                        it would have us relay to a host of their choice.
//                        Nobody knows the recipients of such a domain, so wrong
//                        ones are found out after they were accepted (against
//                        R18): list domains where you can.
//
//   const auto us = address::Domain::Parse("mx.example.org");
//   const auto customer = address::Domain::Parse("a.example");
//   LiveMxAuthority mx({.own_names = {*us}, .consenting_domains = {*customer}},
//                      &resolver);

#ifndef MAILCORE_POLICY_LIVE_MX_AUTHORITY_H_
#define MAILCORE_POLICY_LIVE_MX_AUTHORITY_H_

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "mailcore/address/domain.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/policy/mx_authority.h"

namespace mailsec::policy {

// Thread safety: all methods may run concurrently.
class LiveMxAuthority : public MxAuthority {
 public:
  struct Options {
    std::vector<address::Domain> own_names =
        {};  // Host names that MX records call us by.
    std::vector<address::Domain> consenting_domains = {};  // Default: none.
    bool any_most_preferred = false;
    // Answers that are not signed count as "no".
    bool require_dnssec = false;
  };

  // `resolver` is not owned and must outlive this.
  LiveMxAuthority(const Options& options, dns::Resolver* resolver);

  // Blocks as long as the resolver does. The resolver is only asked about a
  // domain that the operator could have consented to.
  MxVerdict HoldsMxFor(const address::Domain& domain) override;

 private:
  bool IsOurs(const dns::MxRecord& record) const;
  bool NamesUs(const dns::MxAnswer& answer) const;
  bool PrefersUs(const dns::MxAnswer& answer) const;

  absl::flat_hash_set<address::Domain> own_names_;
  absl::flat_hash_set<address::Domain> consenting_domains_;
  bool any_most_preferred_;
  bool require_dnssec_;
  dns::Resolver* resolver_;  // Not owned.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_LIVE_MX_AUTHORITY_H_
