// encrypted_mail.h: is the whole of this message encrypted?
//
//   if (IsEncryptedMail("Content-Type: multipart/encrypted\r\n\r\n")) ...

#ifndef MAILCORE_MESSAGE_ENCRYPTED_MAIL_H_
#define MAILCORE_MESSAGE_ENCRYPTED_MAIL_H_

#include "absl/strings/string_view.h"

namespace mailsec::message {

// True if the header section says so: multipart/encrypted (RFC 1847, 2.2),
// S/MIME's enveloped-data or authEnveloped-data (RFC 8551, 3.2.2), or S/MIME
// that does not say what it is. What is only signed can be read. `header` may
// go on with the body, or be cut. Thread safety: a pure function.
bool IsEncryptedMail(absl::string_view header);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_ENCRYPTED_MAIL_H_
