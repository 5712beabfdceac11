// check_parameters.h: could a peer have said this, and would it be handed on?
//
// For parameters of MAIL and RCPT that no session has parsed: a caller made
// them up. Whatever a session emits is right.
//
//   absl::Status good = CheckParameters(DsnNotify{.delay = true});
//
// Thread safety: pure functions.

#ifndef MAILCORE_SMTP_CHECK_PARAMETERS_H_
#define MAILCORE_SMTP_CHECK_PARAMETERS_H_

#include "absl/status/status.h"
#include "mailcore/smtp/parameters.h"

namespace mailsec::smtp {

// InvalidArgument for what would not come back from a peer as it is: NEVER
// beside another word (RFC 3461, 4.1), an original recipient without its type or
// a type without it or in capital letters (4.2), an octet or a length that has
// no place there (4.2, 4.4).
absl::Status CheckParameters(const MailParameters& parameters);
absl::Status CheckParameters(const DsnNotify& notify);
absl::Status CheckParameters(const RcptParameters& parameters);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_CHECK_PARAMETERS_H_
