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

// The first Auto-Submitted field with another word than "no", or null. What
// cannot be read, an empty value too, counts as one: a machine's mail that is
// answered may be answered for ever, and a person's mail that is not loses an
// answer. The field lives as long as the scanner. Thread safety: a pure
// function.
const HeaderField* FindAutoSubmitted(const HeaderScanner& header);

// The word of such a field in lower case, comments and parameters apart:
// "auto-replied" of "(x) Auto-Replied; owner-email=y". Of the value, 4096
// octets are read (ours). Thread safety: a pure function.
std::string AutoSubmittedWord(const HeaderField& field);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_AUTO_SUBMITTED_H_
