// cause_words.h: which cause do the words of a refusal name?
//
// Servers say the same in many ways, and often with a general status. What they
// mean are a few things about a few things: a word for a mailbox beside one for
// "is not there", in the languages that servers speak.
//
//   CauseInWords("<x@example.net>: no such user here") == Cause::kNoSuchRecipient;
//
// Names of hosts, addresses and links say nothing: "spam.example" is no spam.

#ifndef MAILCORE_NOTIFY_CAUSE_WORDS_H_
#define MAILCORE_NOTIFY_CAUSE_WORDS_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "mailcore/notify/cause.h"

namespace mailsec::notify {

// The cause that `text` names by itself, whatever its status says; nothing if
// there is none. Only the first 2000 octets are read (ours). Thread safety: a
// pure function.
std::optional<Cause> CauseInWords(absl::string_view text);

// The cause that it hints at if its status does not name one.
std::optional<Cause> CauseInHints(absl::string_view text);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_CAUSE_WORDS_H_
