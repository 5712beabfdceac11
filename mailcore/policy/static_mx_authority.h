// static_mx_authority.h: is that domain one that the operator has listed?
//
//   StaticMxAuthority mx({*address::Domain::Parse("ours.example")});

#ifndef MAILCORE_POLICY_STATIC_MX_AUTHORITY_H_
#define MAILCORE_POLICY_STATIC_MX_AUTHORITY_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/mx_authority.h"

namespace mailsec::policy {

// Never blocks, and can always tell.
// Thread safety: immutable once created; all methods may run concurrently.
class StaticMxAuthority : public MxAuthority {
 public:
  explicit StaticMxAuthority(const std::vector<address::Domain>& domains)
      : domains_(domains.begin(), domains.end()) {}

  MxVerdict HoldsMxFor(const address::Domain& domain) override;

 private:
  absl::flat_hash_set<address::Domain> domains_;
};

// Asks several authorities in order. The first yes decides; without one, a
// single "cannot tell" does.
// Thread safety: all methods may run concurrently.
class FirstMxAuthority : public MxAuthority {
 public:
  // The authorities are not owned and must outlive this one.
  explicit FirstMxAuthority(std::vector<MxAuthority*> authorities)
      : authorities_(std::move(authorities)) {}

  MxVerdict HoldsMxFor(const address::Domain& domain) override;

 private:
  std::vector<MxAuthority*> authorities_;  // Not owned.
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_STATIC_MX_AUTHORITY_H_
