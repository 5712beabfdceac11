// explanation_part.h: how is a delivery report told to people?
//
// The text says what happened, to whom, what the server there answered and what
// to do. It has all languages of the configuration, one after the other in one
// part, as mail programs show the first text part without a choice.
//
//   message::MimePart part = ExplanationPart(explanation);

#ifndef MAILCORE_NOTIFY_EXPLANATION_PART_H_
#define MAILCORE_NOTIFY_EXPLANATION_PART_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailcore/message/mime_encode.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/language.h"

namespace mailsec::notify {

// What the explanation shows of the original.
enum class Attached { kNothing, kHeader, kMessage };

// Thread safety: a value; what the pointers and the spans show is not owned.
struct Explanation {
  absl::Span<const Language> languages;
  std::string hostname;
  std::string contact;    // Whom people may ask.
  std::string reference;  // This notification, to people who help.
  const DeliveryReport* report;
  absl::Span<const Cause> causes;  // One for each failed recipient.
  Attached attached = Attached::kHeader;
};

// The subject in the first language; UTF-8. It begins as mail programs know it.
// Thread safety: a pure function.
std::string SubjectFor(Action action, Language language);

// Thread safety: a pure function.
message::MimePart ExplanationPart(const Explanation& explanation);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_EXPLANATION_PART_H_
