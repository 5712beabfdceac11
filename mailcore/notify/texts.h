// texts.h: which words does a notification use in each language?
//
// One table a language; explanation_part.h puts them together. Each says what
// happened and what the reader can do, in words that need no knowledge of
// mail servers.
//
//   TextsOf(Language::kGerman).causes[static_cast<int>(cause)].what

#ifndef MAILCORE_NOTIFY_TEXTS_H_
#define MAILCORE_NOTIFY_TEXTS_H_

#include "mailcore/notify/language.h"

namespace mailsec::notify {

inline constexpr int kActionCount = 5;
inline constexpr int kCauseCount = 12;

// All UTF-8, without line breaks. Thread safety: immutable.
struct Texts {
  struct OfAction {
    const char* subject;
    const char* what;     // The first paragraph.
    const char* outlook;  // The last: what follows now. May be empty.
  };
  struct OfCause {
    const char* what;
    const char* advice;
  };

  const char* tag;                 // RFC 5646: "en".
  const char* greeting;            // $0: the host.
  OfAction actions[kActionCount];  // In the order of Action.
  OfCause causes[kCauseCount];     // In the order of Cause.
  const char* answered;            // $0: the server that answered.
  const char* answered_unnamed;
  const char* tried_until;  // $0: a time.
  const char* header_attached;
  const char* message_attached;
  const char* help;  // $0: whom to ask, $1: this notification.
};

// Lives for ever.
const Texts& TextsOf(Language language);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_TEXTS_H_
