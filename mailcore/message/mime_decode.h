// mime_decode.h: which octets stand behind a content-transfer-encoding?
//
// Made for text from strangers: nothing makes it fail. What is not legal is
// passed over or left as it is, and the result says so.
//
//   DecodeBase64("YWI=").octets == "ab";
//   DecodeQuotedPrintable("a=3Db=\r\nc").octets == "a=bc";
//
// Thread safety: pure functions.

#ifndef MAILCORE_MESSAGE_MIME_DECODE_H_
#define MAILCORE_MESSAGE_MIME_DECODE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::message {

// Thread safety: a value.
struct DecodedOctets {
  std::string octets;       // Never more than the encoded text has.
  bool well_formed = true;  // The text was as the RFC wants it.
};

// RFC 2045, 6.8. Line ends and blanks are passed over; so are other octets
// outside the alphabet, and what stands behind the padding, but those are not
// well formed; neither is a last group without its padding, which is decoded.
DecodedOctets DecodeBase64(absl::string_view text);

// RFC 2045, 6.7. Blanks at the end of a line are dropped. '=' without two hex
// digits stands for itself, and hex digits in lower case are read; neither
// is well formed, nor is an octet above 0x7E or a control.
DecodedOctets DecodeQuotedPrintable(absl::string_view text);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_MIME_DECODE_H_
