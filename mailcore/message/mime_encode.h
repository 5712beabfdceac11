// mime_encode.h: how is any text written so that any mail server takes it?
//
// What goes out must be lines of at most 998 octets that end in CRLF, and
// ASCII unless the next hop offers more (RFC 5322, 2.1.1; RFC 2045, 2.7).
//
//   "Subject: " + EncodeWords("Nachricht verzögert")
//       == "Subject: =?utf-8?Q?Nachricht_verz=C3=B6gert?=";
//   MimePart part = EncodeText("text/plain; charset=utf-8", text);
//   part.ToString();  // "Content-Type: text/plain; charset=utf-8\r\n"
//
// Thread safety: pure functions.

#ifndef MAILCORE_MESSAGE_MIME_ENCODE_H_
#define MAILCORE_MESSAGE_MIME_ENCODE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::message {

// RFC 5322, 2.1.1, without the CRLF: what a line may and what it should hold.
inline constexpr size_t kMaxLineOctets = 998;
inline constexpr size_t kGoodLineOctets = 78;

// True if `text` can go out as it is: whole lines with CRLF, each within
// kMaxLineOctets, of printable ASCII, blanks and tabs. So is the empty text.
bool IsPlain7Bit(absl::string_view text);
// The same, but valid UTF-8 is allowed as well, without C1 controls.
bool IsPlain8Bit(absl::string_view text);

// Quoted-printable (RFC 2045, 6.7), lines of at most 76 octets and CRLF. CRLF
// in `text` is a line end; every other CR or LF is an octet. Ends in CRLF
// unless empty: after a soft line break if `text` does not.
std::string EncodeQuotedPrintable(absl::string_view text);

// As the text of an unstructured field (RFC 2047): unchanged if it is
// printable ASCII, else encoded-words, folded. Octets that are not UTF-8
// become U+FFFD, line ends and controls spaces. Encoded-words of at most 75
// octets, none of which cuts a character.
std::string EncodeWords(absl::string_view text);

// `text` as an unstructured field with its CRLF, in lines of at most 78 octets
// whatever it holds: folded as FoldedField() does if that is enough, else in
// encoded-words as EncodeWords() makes them. `name` is below 40 octets.
std::string EncodedField(absl::string_view name, absl::string_view text);

// "Name: value" with its CRLF, folded at blanks to 78 octets where it can be,
// and in any case below 998. Each '\n' in `value` begins a continuation line
// too; runs of blanks become one, and empty lines none. A tab becomes a blank,
// every other control a '?'.
std::string FoldedField(absl::string_view name, absl::string_view value);

// A body part of a multipart. Thread safety: a value.
struct MimePart {
  std::string content_type;  // With its parameters, on one line.
  std::string encoding;      // "7bit", "quoted-printable", "8bit".
  std::string other_fields;  // More fields, each with its CRLF.
  std::string body;          // Encoded; ends in CRLF, or is empty.

  // Its fields, an empty line and its body.
  std::string ToString() const;
};

// Chooses the encoding: 7bit if IsPlain7Bit(), 8bit if `may_8bit` and
// IsPlain8Bit(), else quoted-printable. `text` should end in CRLF.
MimePart EncodeText(absl::string_view content_type, absl::string_view text,
                    bool may_8bit = false);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_MIME_ENCODE_H_
