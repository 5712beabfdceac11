// missing_fields.h: what has to be added to a message of one of our own users?
//
// Date and Message-ID belong into every message (RFC 5322, 3.6), and old
// devices and scripts leave them out. The server that takes a message from its
// own user may add them (RFC 6409, 8.2 and 8.3; RFC 5321, 6.4); nobody may do so
// with mail of strangers, which it would make look better than it is.
//
//   const HeaderScanner header(head);
//   MissingFields missing = FindMissingFields(header, clock.Now(), id);
//   Store(absl::StrCat(missing.fields, content));
//
// In front of a message they break nothing behind them: no signature covers
// fields by their place (RFC 6376, 5.4.2). One that was made over the absence of
// a field ("h=date:date", RFC 6376, 5.4.2) stays valid too: what it names is not
// added.

#ifndef MAILCORE_MESSAGE_MISSING_FIELDS_H_
#define MAILCORE_MESSAGE_MISSING_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::message {

// Thread safety: a value.
struct MissingFields {
  std::string fields = {};              // Each with its CRLF; may be empty.
  std::vector<std::string> names = {};  // "Date", "Message-ID".
};

// The fields that `header`, a whole header section, has not. `now` is the date;
// `message_id` as NewMessageId() makes it. Thread safety: a pure function.
MissingFields FindMissingFields(const HeaderScanner& header, absl::Time now,
                                absl::string_view message_id);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_MISSING_FIELDS_H_
