// log_safe.h: how is text from a peer written down safely?
//
// A peer chooses its HELO name, its addresses and its replies. If a CR, LF or
// ESC of theirs reaches a log, a terminal or a header field of ours, they can
// forge lines or take over the terminal of the person who reads them.
// Everything that a peer said passes through here before we write it anywhere.
//
//   LogSafe("a\r\nb\x1b[2J") == "a\\x0d\\x0ab\\x1b[2J";
//
// Thread safety: pure functions.

#ifndef MAILCORE_BASE_LOG_SAFE_H_
#define MAILCORE_BASE_LOG_SAFE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::base {

// Longest result of LogSafe() unless told otherwise, in octets. Ours.
inline constexpr size_t kMaxLogSafeOctets = 1024;

// Returns `text` with each control octet (0x00-0x1F, 0x7F), each backslash and
// each octet that is not part of valid UTF-8 written as \xHH, and the Unicode
// controls that reorder or break lines (U+0080-U+009F, U+2028, U+2029, U+200E,
// U+200F, U+202A-U+202E, U+2066-U+2069) likewise, octet by octet. Other UTF-8
// stays as it is. A result that would exceed `max_octets` is cut at a whole
// character and ends in "...".
std::string LogSafe(absl::string_view text,
                    size_t max_octets = kMaxLogSafeOctets);

// True if LogSafe(text) would change nothing.
bool IsLogSafe(absl::string_view text);

// Returns `text` as one printable ASCII line for a reply or a header field:
// each run of control octets, and each octet above 0x7E, becomes one '?'.
// Cut to `max_octets`.
std::string PrintableAscii(absl::string_view text, size_t max_octets);

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_LOG_SAFE_H_
