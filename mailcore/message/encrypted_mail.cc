#include "mailcore/message/encrypted_mail.h"

#include <string>

#include "absl/strings/match.h"
#include "mailcore/message/content_type.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {

bool IsEncryptedMail(absl::string_view header) {
  const HeaderScanner scanned(header);
  for (const HeaderField& field : scanned.fields()) {
    if (!absl::EqualsIgnoreCase(field.name, "Content-Type")) continue;
    const ContentType type = ParseContentType(field.Unfolded());
    if (type.Is("multipart/encrypted")) return true;
    if (!type.Is("application/pkcs7-mime") &&
        !type.Is("application/x-pkcs7-mime")) {
      continue;
    }
    const std::string* kind = type.Find("smime-type");
    if (kind == nullptr || absl::EqualsIgnoreCase(*kind, "enveloped-data") ||
        absl::EqualsIgnoreCase(*kind, "authEnveloped-data")) {
      return true;
    }
  }
  return false;
}

}  // namespace mailsec::message
