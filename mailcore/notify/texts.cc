#include "mailcore/notify/texts.h"

#include "mailcore/notify/texts_english.h"
#include "mailcore/notify/texts_german.h"

namespace mailsec::notify {

const Texts& TextsOf(Language language) {
  switch (language) {
    case Language::kEnglish:
      return kEnglishTexts;
    case Language::kGerman:
      return kGermanTexts;
  }
  return kEnglishTexts;
}

}  // namespace mailsec::notify
