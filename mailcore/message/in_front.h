// in_front.h: how are header fields of ours put in front of a message?
//
// What is written before a message that somebody else wrote (Received,
// Return-Path, Delivered-To ...) is ours alone only if the message cannot go on
// with it: a first line that begins with a blank would continue our last field
// (RFC 5322, 2.2.3). An empty line is put between them then, and the message is
// all body. Nothing of it is lost.
//
//   std::string whole = InFront("X-Ours: a\r\n", " by evil.example\r\n");
//   whole == "X-Ours: a\r\n\r\n by evil.example\r\n";
//
// Thread safety: pure functions.

#ifndef MAILCORE_MESSAGE_IN_FRONT_H_
#define MAILCORE_MESSAGE_IN_FRONT_H_

#include <string>

#include "mailcore/base/string_view.h"

namespace mailsec::message {

// True if an empty line has to part fields of ours from `content`, of which the
// first octet is enough: it begins neither a field (ftext of RFC 5322, 3.6.8)
// nor the end of the header section (CR or LF). False of no content at all.
bool NeedsEmptyLineBefore(base::StringView content);

// `fields`, whole with their CRLF, and `content`, parted where they have to be.
std::string InFront(base::StringView fields, base::StringView content);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_IN_FRONT_H_
