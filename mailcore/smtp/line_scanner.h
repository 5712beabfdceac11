// line_scanner.h: how far is this text ordinary, and needs no second look?
//
// Nearly all content is lines that end in CRLF and begin with something else
// than a dot. LineScanner passes over it whole vectors at a time and stops
// before the first that holds anything unusual; DataDecoder and DataEncoder
// look at that one octet by octet.
//
// Thread safety: pure functions.

#ifndef MAILCORE_SMTP_LINE_SCANNER_H_
#define MAILCORE_SMTP_LINE_SCANNER_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace mailsec::smtp {

enum class ScanEngine {
  kPortable,  // 16 octets at once, on any machine.
  kAvx2,      // 32 octets at once.
};

// The fastest engine that this machine has.
ScanEngine BestScanEngine();
bool IsScanEngineSupported(ScanEngine engine);

// Returns how many octets at text[from] and after are ordinary: each LF follows
// a CR, each CR precedes an LF, no line begins with a dot,
// and there is no NUL. Works in whole vectors and looks one octet ahead, so the
// last few octets of `text` are never counted; 0 says nothing.
//
// `from` is at least 1; text[from] itself is not a dot at the start of a line.
// Sets *has_8bit if an octet above 0x7F was passed, and leaves it alone else.
// Copies what it passes to `copy_to` unless that is null; there must be room
// for all of text.substr(from), and what lies behind the octets passed may be
// overwritten.
size_t OrdinaryOctets(ScanEngine engine, absl::string_view text, size_t from,
                      char* copy_to, bool* has_8bit);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_LINE_SCANNER_H_
