// auto_submitted.h: does this message say that no person sent it?
//
//   if (message::FindAutoSubmitted(header) != nullptr) return;  // No answer.
//
// RFC 3834, 5:
//   auto-submitted-field = "Auto-Submitted:" [CFWS] auto-submitted [CFWS] CRLF
//   auto-submitted       = ( "no" / "auto-generated" / "auto-replied" /
//                          extension ) opt-parameter-list

#ifndef MAILCORE_MESSAGE_AUTO_SUBMITTED_H_
#define MAILCORE_MESSAGE_AUTO_SUBMITTED_H_

#include <string>

#include "mailcore/message/header_scanner.h"

namespace mailsec::message {

// The first Auto-Submitted field with another word than "no", or null. A field
// that cannot be read, or is empty, counts as one with another word: if a
// machine's mail is answered, the two may go on for ever; if a person's mail is
// not, only one answer is lost. The field lives as long as the scanner. Thread
// safety: a pure function.
const HeaderField* FindAutoSubmitted(const HeaderScanner& header);

// The word of such a field in lower case, comments and parameters apart:
// "auto-replied" of "(x) Auto-Replied; owner-email=y". The first 4096
// octets of the value are read (ours). Thread safety: a pure function.
std::string AutoSubmittedWord(const HeaderField& field);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_AUTO_SUBMITTED_H_
