// automatic_message.h: what does a message look like that we answer with?

#ifndef MAILCORE_AUTOREPLY_AUTOMATIC_MESSAGE_H_
#define MAILCORE_AUTOREPLY_AUTOMATIC_MESSAGE_H_

#include <string>

namespace mailsec::autoreply {

// A message that goes from the null reverse-path (RFC 3834, 3.3; RFC 8098,
// 2.1), so that nothing is ever answered to it. Thread safety: a value.
struct AutomaticMessage {
  // CRLF lines of at most 998 octets, and a final CRLF.
  std::string content = {};
  // An address in From or To is not ASCII. Only then an octet may be above
  // 0x7F; all else is encoded.
  bool needs_smtputf8 = false;
  bool has_8bit = false;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_AUTOMATIC_MESSAGE_H_
