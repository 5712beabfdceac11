// date_time.h: how is a time written in a header field?
//
//   FormatDateTime(t) == "Tue, 25 Nov 2025 10:00:00 +0000"

#ifndef MAILCORE_MESSAGE_DATE_TIME_H_
#define MAILCORE_MESSAGE_DATE_TIME_H_

#include <string>

#include "absl/time/time.h"

namespace mailsec {

// The `date-time` of RFC 5322, 3.3, in UTC and in English whatever the
// process's locale is. Times before 1970 and after 9999 become the nearest
// that can be written. Thread safety: a pure function.
std::string FormatDateTime(absl::Time time);

}  // namespace mailsec

#endif  // MAILCORE_MESSAGE_DATE_TIME_H_
