// xtext.h: how is a free value written in an ESMTP parameter?
//
// As xtext (RFC 3461, 4), and as unitext or utf-8-addr-xtext if it is an
// internationalised address (RFC 6533, 3).
//
//   DecodeXtext("a+2Bb") == "a+b";
//   EncodeXtext("a+b") == "a+2Bb";
//
// Thread safety: pure functions.

#ifndef MAILCORE_SMTP_XTEXT_H_
#define MAILCORE_SMTP_XTEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::smtp {

// Nothing if `text` is not xtext, or if it decodes to a control character or to
// an octet above 0x7E: no such value may reach an envelope or a header field.
std::optional<std::string> DecodeXtext(absl::string_view text);

// `value` holds printable ASCII and blanks.
std::string EncodeXtext(absl::string_view value);

// Decodes "\x{20AC}" to UTF-8; `text` may hold UTF-8 itself, which is what
// follows the type "utf-8" once its xtext is decoded. Nothing if it is not
// valid or holds a control character.
std::optional<std::string> DecodeUnitext(absl::string_view text);

// As utf-8-addr-xtext: ASCII only, so that it can go to any hop with DSN.
std::string EncodeUnitext(absl::string_view value);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_XTEXT_H_
