// language.h: in which languages do people read notifications?

#ifndef MAILCORE_NOTIFY_LANGUAGE_H_
#define MAILCORE_NOTIFY_LANGUAGE_H_

namespace mailsec::notify {

enum class Language { kEnglish, kGerman };

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_LANGUAGE_H_
