// mx_authority.h: is this server a mail exchanger for that domain?
//
// M 5.56 lets a stranger write only to domains that this server is mail
// exchanger for (R14). An implementation must not confuse "no" with "cannot
// tell": the first refuses for good, the second for now.
//
//   MxVerdict held = mx->HoldsMxFor(domain);
//   if (held.answer == Answer::kYes) Accept();

#ifndef MAILCORE_POLICY_MX_AUTHORITY_H_
#define MAILCORE_POLICY_MX_AUTHORITY_H_

#include <string>

#include "mailcore/address/domain.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/policy/answer.h"

namespace mailsec::policy {

// Thread safety: a value.
struct MxVerdict {
  Answer answer;
  // For the operator: "configured as a local domain" …
  std::string reason = {};
  // How secure the MX records are that the answer rests on; insecure if there
  // are none.
  dns::DnssecStatus dnssec = dns::DnssecStatus::kInsecure;
};

// Thread safety: implementations must allow concurrent calls.
class MxAuthority {
 public:
  virtual ~MxAuthority() = default;

  // May block. Only for `domain` itself: a subdomain is another domain.
  virtual MxVerdict HoldsMxFor(const address::Domain& domain) = 0;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_MX_AUTHORITY_H_
