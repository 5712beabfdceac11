// outgoing.h: can this server take this message, and how is it offered?
//
// What a ClientSession decides from the server's capabilities alone, before it
// says anything.
//
// Thread safety: pure functions.

#ifndef MAILCORE_SMTP_OUTGOING_H_
#define MAILCORE_SMTP_OUTGOING_H_

#include <cstddef>
#include <optional>
#include <string>

#include "mailcore/smtp/capabilities.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Why no recipient can be served: SMTPUTF8 is missing (5.6.7; RFC 6531, 3.5),
// 8BITMIME or BINARYMIME is (5.6.3; RFC 6152, 3, RFC 3030, 3), or the message
// is larger than SIZE allows (5.3.4; RFC 1870, 5). Nothing if it may go.
std::optional<Reply> RefuseLocally(const Transaction& transaction,
                                   const ServerCapabilities& server);

// Why this one cannot: 5.6.7 likewise; 4.5.3 if `named` recipients are all that
// the server takes at once (RFC 9422, RCPTMAX).
std::optional<Reply> RefuseLocally(const OutgoingRecipient& recipient,
                                   size_t named,
                                   const ServerCapabilities& server);

// True if the content goes by BDAT: it must (BINARYMIME), or it is so large
// that doing without the dots pays.
bool WantsBdat(const Transaction& transaction,
               const ServerCapabilities& server);

// True if each recipient shall have an answer of its own after the content.
bool WantsPrdr(const Transaction& transaction,
               const ServerCapabilities& server);

// The command lines, without their CRLF; only parameters that were offered.
std::string FormatMail(const Transaction& transaction,
                       const ServerCapabilities& server);
std::string FormatRcpt(const OutgoingRecipient& recipient,
                       const ServerCapabilities& server);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_OUTGOING_H_
