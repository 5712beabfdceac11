// message_id.h: which Message-ID does a message have, and which one of ours?
//
//   MessageIdOf(HeaderScanner("Message-ID: <1@example.org>\r\n\r\n"))
//       == "<1@example.org>";
//   NewMessageId("ndn", "3F9K", "mx.example.org")
//       == "<ndn-3F9K@mx.example.org>";

#ifndef MAILCORE_MESSAGE_MESSAGE_ID_H_
#define MAILCORE_MESSAGE_MESSAGE_ID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {

// Those characters of `unique`, for instance a queue id, that can stand in a
// Message-ID and in a boundary: letters, digits and '-', at most 40 (ours), so
// that a boundary stays below the 70 characters of RFC 2046, 5.1.1. Thread
// safety: a pure function.
std::string UniqueWord(absl::string_view unique);

// "<kind-unique@host>" (RFC 5322, 3.6.4). `kind` is a word of ours; `host` a
// domain name in ASCII or an address literal with its brackets. What can stand
// in neither is written as '-'.
// Thread safety: a pure function.
std::string NewMessageId(absl::string_view kind, absl::string_view unique,
                         absl::string_view host);

// What the first Message-ID says, valid or not, for those who look for it in
// the log; empty if there is none. At most 998 octets, a line of RFC 5322,
// 2.1.1. Thread safety: a pure function.
std::string MessageIdOf(const HeaderScanner& header);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_MESSAGE_ID_H_
