// charset.h: which text do these octets stand for?
//
//   ToUtf8("\xFC" "ber", "iso-8859-1").utf8 == "über";

#ifndef MAILCORE_MESSAGE_CHARSET_H_
#define MAILCORE_MESSAGE_CHARSET_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::message {

// Thread safety: a value.
struct DecodedText {
  std::string utf8;           // Always valid UTF-8.
  bool known_charset = true;  // False: a charset that we do not have.
  bool well_formed = true;    // Each octet was one of the charset.
};

// Knows us-ascii, utf-8, iso-8859-1 and windows-1252, with the usual other
// names for them, in any case. iso-8859-1 is read as windows-1252, since
// that is what senders of 0x80-0x9F mean. Text in an unknown charset is read as
// UTF-8. Octets that are not in the charset become U+FFFD.
// Thread safety: a pure function.
DecodedText ToUtf8(absl::string_view octets, absl::string_view charset);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_CHARSET_H_
