// language_choice.h: in which language does this sender want to read?
//
//   ChooseLanguage(header, {"de", "en-GB"})   An index, or nothing.

#ifndef MAILCORE_AUTOREPLY_LANGUAGE_CHOICE_H_
#define MAILCORE_AUTOREPLY_LANGUAGE_CHOICE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {

// Which of `tags` (RFC 5646) suits the sender of this message best: by its
// Accept-Language, else by its Content-Language (RFC 3282), looked up as RFC
// 4647, 3.4 does, and "en" is content with "en-GB" too. Nothing if none suits,
// or the sender named none. Thread safety: a pure function.
std::optional<size_t> ChooseLanguage(const message::HeaderScanner& header,
                                     const std::vector<std::string>& tags);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_LANGUAGE_CHOICE_H_
