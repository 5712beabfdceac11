// role_mailboxes.h: do postmaster and abuse exist where they must?
//
//   absl::Status ok = CheckRoleMailboxes(directory, local_domains);

#ifndef MAILCORE_POLICY_ROLE_MAILBOXES_H_
#define MAILCORE_POLICY_ROLE_MAILBOXES_H_

#include <vector>

#include "absl/status/status.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/path.h"
#include "mailcore/policy/recipient_directory.h"

namespace mailsec::policy {

// R6, RFC 5321, 4.5.1 and RFC 2142, 4 and 2: each domain that we serve has
// both. FailedPrecondition names all that are missing; Unavailable if
// `directory` cannot tell. Blocks as `directory` does.
// Thread safety: a pure function but for `directory`.
absl::Status CheckRoleMailboxes(RecipientDirectory& directory,
                                const std::vector<address::Domain>& domains);

// True for the bare postmaster, and for postmaster and abuse at any domain.
// Thread safety: a pure function.
bool IsRoleMailbox(const address::ForwardPath& recipient);

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_ROLE_MAILBOXES_H_
