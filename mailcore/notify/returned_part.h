// returned_part.h: how much of the original goes back, and in what form?
//
// The header section goes back, so that people know which message it was. The
// whole goes back only if the sender asked for it (RET=FULL, RFC 3461, 4.3) and
// if any server can take it: message/rfc822 must not be encoded (RFC 2046,
// 5.2.1), so a message that is not plain 7bit or is too large comes back as its
// header section, which RFC 3461, 6.2 allows. message/global may be encoded
// (RFC 6532, 3.7).
//
//   message::MimePart part = ReturnedPart(original, {.full = true});
//
// Thread safety: a pure function.

#ifndef MAILCORE_NOTIFY_RETURNED_PART_H_
#define MAILCORE_NOTIFY_RETURNED_PART_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "mailcore/message/mime_encode.h"

namespace mailsec::notify {

// Thread safety: a value.
struct ReturnOptions {
  bool full = false;
  bool global = false;    // The reader knows message/global (RFC 6533).
  bool may_8bit = false;  // And the way there is SMTPUTF8.
  uint64_t max_octets = 64 * 1024;  // The original's, before it is encoded.
};

// If the header section is above `max_octets`, the fields by which people know
// the message go first (From, Subject, Message-ID ...), then those that still
// fit, in the original's order. An LF alone ends a line as CRLF does. Without a
// header section the part is empty.
message::MimePart ReturnedPart(absl::string_view original,
                               const ReturnOptions& options);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_RETURNED_PART_H_
