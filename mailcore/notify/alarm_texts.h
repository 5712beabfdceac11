// alarm_texts.h: in which words do administrators read of an alarm?
//
//   AlarmTextsOf(Language::kGerman).intro
//   EventSummary(Language::kGerman, type.id, type.summary)

#ifndef MAILCORE_NOTIFY_ALARM_TEXTS_H_
#define MAILCORE_NOTIFY_ALARM_TEXTS_H_

#include "absl/strings/string_view.h"
#include "mailcore/notify/language.h"

namespace mailsec::notify {

// All UTF-8, without line breaks. Thread safety: immutable.
struct AlarmTexts {
  const char* tag;      // RFC 5646: "en".
  const char* subject;  // $0: the host, $1: how many.
  const char* intro;    // $0: the host, $1: how many.
  const char* kind;     // $0: what happened, $1: id, $2: requirement,
                        // $3: how many.
  const char* cause;    // $0: in words, $1: its name.
  const char* this_server;
  const char* more;         // $0: how many, $1: time of the last.
  const char* other_kinds;  // $0: how many.
  const char* outlook;      // $0: minutes.
  const char* help;
};

// Lives for ever.
const AlarmTexts& AlarmTextsOf(Language language);

// What a field of an event is called for people; the key itself if it has no
// other name.
absl::string_view AlarmLabel(Language language, absl::string_view key);

// What happened: `summary`, which is English, or the words of another language
// if there are any.
absl::string_view EventSummary(Language language, absl::string_view id,
                               absl::string_view summary);

// The same for what would have led to another decision than this rule's. `rule`
// is the name of a policy::Rule, as it stands in the event.
absl::string_view RuleOtherwise(Language language, absl::string_view rule,
                                absl::string_view otherwise);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_ALARM_TEXTS_H_
