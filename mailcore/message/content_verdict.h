// content_verdict.h: what do the scanners say about this content?
//
// This one word is kept of what they say, in the envelope and in the field that
// we write. All automatic mail depends on it (R22).

#ifndef MAILCORE_MESSAGE_CONTENT_VERDICT_H_
#define MAILCORE_MESSAGE_CONTENT_VERDICT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"

namespace mailsec::message {

enum class ContentVerdict {
  kUnknown,  // No scanner looked at it, or one could not tell. Is not clean.
  kClean,    // Every scanner looked at all of it and found nothing.
  kSpam,     // Unwanted, by its score.
  kMalware,  // A signature was found in it.
};

// Thread safety: pure functions.
absl::string_view ContentVerdictName(ContentVerdict verdict);  // "clean"
// The verdict with this name, in any case; nothing if there is none.
std::optional<ContentVerdict> ParseContentVerdict(base::StringView name);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_CONTENT_VERDICT_H_
