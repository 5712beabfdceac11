// encoded_word.h: which text is written in this header field?
//
//   DecodeEncodedWords("Re: =?utf-8?q?gr=C3=BCn?=") == "Re: grün";

#ifndef MAILCORE_MESSAGE_ENCODED_WORD_H_
#define MAILCORE_MESSAGE_ENCODED_WORD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::message {

// `text` with its encoded words (RFC 2047; RFC 2231, 5) decoded to UTF-8, and
// the blanks between two of them gone. A word that is not legal, or in a
// charset that we do not have, stays as it is; octets that are not UTF-8 become
// U+FFFD. The result may hold any control character that was encoded. Thread
// safety: a pure function.
std::string DecodeEncodedWords(absl::string_view text);

// True if `text` holds what was meant to be an encoded word and is not legal:
// longer than 75 octets, with blanks in it, cut off, or badly encoded (RFC
// 2047, 2). Thread safety: a pure function.
bool HasMalformedEncodedWord(absl::string_view text);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_ENCODED_WORD_H_
