// syntax_hints.h: what did the writer of this configuration mean?
//
// The parser of the text format says what it did not expect. These say what was
// probably meant, where that is known.
//
// Only this room uses it.

#ifndef MAILCORE_SERVER_CONFIG_SYNTAX_HINTS_H_
#define MAILCORE_SERVER_CONFIG_SYNTAX_HINTS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/server/config/config_error.h"

namespace mailsec::server {

// The parser's `message` about the text in `line`, with a hint behind it.
// Thread safety: a pure function.
std::string WithHint(const std::string& message, absl::string_view line);

// The innermost block that `text` opens and never closes; nothing if all are
// closed. Strings and comments are passed over. Thread safety: a pure function.
std::optional<ConfigPlace> OpenBlock(absl::string_view text);

// Where `text` is not UTF-8; nothing if it is. Thread safety: a pure function.
std::optional<ConfigPlace> NotUtf8(absl::string_view text);

// `text` without what some editors put in front of UTF-8 (a byte order mark).
absl::string_view WithoutByteOrderMark(absl::string_view text);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONFIG_SYNTAX_HINTS_H_
