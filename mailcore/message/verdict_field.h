// verdict_field.h: how do we write down what the scanners said?
//
// We put a field of our own in front of the content, and one that mail programs
// know and sort by:
//
//   X-Mailsec-Verdict: spam; score=7.2; scanner=clamd,rspamd; symbols=A,B
//   X-Spam-Flag: YES
//
//   field   = "X-Mailsec-Verdict:" SP verdict *( ";" FWS item ) CRLF
//   verdict = "unknown" / "clean" / "spam" / "malware"
//   item    = "score=" number / "scanner=" list / "signature=" token /
//             "symbols=" list / "unscannable"
//   list    = token *( "," [FWS] token ) [ "," [FWS] "+" 1*DIGIT ]  ; and more
//   token   = 1*64( ALPHA / DIGIT / "_" / "-" / "." / ":" / "/" / "+" / "@" )
//
// Nothing that a scanner said can end the field, an item or a token: each
// other octet becomes "_". The field is printable ASCII, folded at 78 octets
// (RFC 5322, 2.1.1), and never longer than kMaxVerdictFieldOctets. As anyone
// can write it, FieldRemover takes it out of what comes in.

#ifndef MAILCORE_MESSAGE_VERDICT_FIELD_H_
#define MAILCORE_MESSAGE_VERDICT_FIELD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/message/content_verdict.h"

namespace mailsec::message {

inline constexpr absl::string_view kVerdictFieldName = "X-Mailsec-Verdict";
inline constexpr absl::string_view kSpamFlagFieldName = "X-Spam-Flag";

// Ours: two full lists of tokens of 64 octets fit in.
inline constexpr size_t kMaxVerdictFieldOctets = 4096;
inline constexpr size_t kMaxVerdictListItems = 25;  // Then "+" and how many.

// What the fields say. Thread safety: a value.
struct VerdictField {
  ContentVerdict verdict = ContentVerdict::kUnknown;
  std::optional<double> score = std::nullopt;  // Left out if not finite.
  std::vector<std::string> scanners = {};      // Those that were asked.
  std::string signature = {};                  // Of the malware.
  std::vector<std::string> symbols = {};
  bool unscannable = false;  // Parts are encrypted, or could not be read.
  bool spam_flag = false;    // X-Spam-Flag: YES stands beside.

  // The fields, each with its CRLF.
  std::string ToFields() const;
};

// `text` as one token: other octets become "_", at most 64; "_" if empty.
// Thread safety: a pure function.
std::string VerdictToken(absl::string_view text);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_VERDICT_FIELD_H_
