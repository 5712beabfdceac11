// esmtp_parameters.h: what do the parameters of MAIL and RCPT say?
//
// The words after the path, in both directions: read by the server's side,
// written by the client's.
//
// Thread safety: pure functions.

#ifndef MAILCORE_SMTP_ESMTP_PARAMETERS_H_
#define MAILCORE_SMTP_ESMTP_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// 1*20DIGIT (RFC 1870, 4); what exceeds 64 bits is UINT64_MAX. Nothing else.
std::optional<uint64_t> ParseSize(absl::string_view text);

// `text` is what follows the path, without blanks around it. A Reply of 501
// 5.5.4 for bad syntax or a word given twice, 555 5.5.4 for an unknown word, or
// for any if not `extended`.
std::variant<MailParameters, Reply> ParseMailParameters(absl::string_view text,
                                                        bool extended);
std::variant<RcptParameters, Reply> ParseRcptParameters(absl::string_view text,
                                                        bool extended,
                                                        bool smtputf8);

// The DSN words of RFC 3461, each with a blank before it; empty if none is set.
std::string FormatDsnParameters(const MailParameters& parameters);
std::string FormatDsnParameters(const RcptParameters& parameters);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_ESMTP_PARAMETERS_H_
