// date_time.h: how is a time written in a header field?
//
//   FormatDateTime(t) == "Tue, 25 Nov 2025 10:00:00 +0000";
//   ParseDateTime("Tue, 25 Nov 2025 10:00:00 +0000")->time == t;

#ifndef MAILCORE_MESSAGE_DATE_TIME_H_
#define MAILCORE_MESSAGE_DATE_TIME_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::message {

// The `date-time` of RFC 5322, 3.3, in UTC and in English whatever the
// process's locale is. Times before 1970 and after 9999 become the nearest
// that can be written. Thread safety: a pure function.
std::string FormatDateTime(absl::Time time);

// Thread safety: a value.
struct ParsedDateTime {
  absl::Time time;
  // As RFC 5322, 3.3 wants it: not in the obsolete forms of 4.3 (a year of two
  // digits, a zone with a name), and on its day of the week.
  bool well_formed = true;
};

// Reads the `date-time` of a header field, unfolded, with the obsolete forms
// of RFC 5322, 4.3. Nothing if it is none, or no moment of the calendar. A
// zone that is not known is taken for UTC, as 4.3 wants. Thread safety: a pure
// function.
std::optional<ParsedDateTime> ParseDateTime(absl::string_view text);

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_DATE_TIME_H_
