// wrapped.h: how does text for people stand in short lines?
//
//   Wrapped("a long sentence ...", 4)  // Lines of 72 columns, CRLF at each
//   end.

#ifndef MAILCORE_NOTIFY_WRAPPED_H_
#define MAILCORE_NOTIFY_WRAPPED_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::notify {

// RFC 3676, 4.2 likes lines below 78.
inline constexpr size_t kColumns = 72;

// `text`, which is UTF-8, as lines of at most kColumns where words allow it.
// Those after the first stand `hanging` columns further in. Runs of blanks
// become one. Thread safety: a pure function.
std::string Wrapped(absl::string_view text, size_t indent, size_t hanging = 0);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_WRAPPED_H_
