// reply_fields.h: how does an automatic answer say whom and what it answers?
//
// Text that is taken from the message that came is decoded, cleaned, bounded
// and encoded anew: it can neither end a field of ours nor begin another.
//
// Thread safety: pure functions.

#ifndef MAILCORE_AUTOREPLY_REPLY_FIELDS_H_
#define MAILCORE_AUTOREPLY_REPLY_FIELDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {

// A longer subject is cut when it is given back. In code points; ours.
inline constexpr size_t kMaxSubjectCharacters = 200;
// A longer Message-ID is not repeated: it must fit a line. Ours.
inline constexpr size_t kMaxMessageIdOctets = 250;
// So many ids of References are kept: the first, which began the thread, and
// the last ones. Ours.
inline constexpr size_t kMaxReferences = 20;

// `text`, which is UTF-8, on one line: controls, line and paragraph separators
// and signs that turn the direction of writing become blanks, and runs of
// blanks one. Above `max_characters` it is cut, and ends in an ellipsis.
std::string OneLine(absl::string_view text, size_t max_characters);

// "Subject: Auto: ..." with its CRLF; `prefix` is "Auto" (RFC 3834, 3.1.5),
// which is not doubled. Without a subject, it is "(no subject)".
std::string SubjectField(const message::HeaderScanner& original,
                         absl::string_view prefix);

// All `msg-id`s of RFC 5322, 3.6.4 in the value of a field; those that are
// longer than kMaxMessageIdOctets, or not of printable ASCII, are left out.
std::vector<std::string> MessageIdsIn(absl::string_view value);

// The one of the original; empty if it has none or more than one.
std::string OriginalMessageId(const message::HeaderScanner& original);

// In-Reply-To and References (RFC 5322, 3.6.4), or nothing if the original has
// no Message-ID.
std::string ThreadFields(const message::HeaderScanner& original);

// "From: name <address>" with its CRLF; `display_name` is valid
// (ValidateAbsence()) or empty.
std::string FromField(const address::Address& address,
                      absl::string_view display_name);

// "<kind-unique@domain>": the domain is the owner's, and no host's name.
std::string NewMessageId(absl::string_view kind, absl::string_view unique,
                         const address::Address& owner);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_REPLY_FIELDS_H_
