// status_values.h: what is written in a field of a delivery status?
//
// The values of RFC 3464 as text, for the parser and the linter of reports.
// Each reads what others write, and says whether it is as the RFC wants it.
//
//   ParseTypedValue("DNS; mx.example.com").value == "mx.example.com";
//
// Thread safety: pure functions.

#ifndef MAILCORE_NOTIFY_STATUS_VALUES_H_
#define MAILCORE_NOTIFY_STATUS_VALUES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::notify {

// The type in lower case, without blanks around it and the value. What has no
// type before a ';' is all value.
TypedValue ParseTypedValue(absl::string_view text);

// `text` without the comments at its end, which are no part of the value (RFC
// 3464, 2.1.1). One that a letter or digit touches belongs to a name.
absl::string_view WithoutComments(absl::string_view text);

// In any case, with comments behind it. Nothing if it is none of the five.
std::optional<Action> ParseAction(absl::string_view text);

// Thread safety: a value.
struct ParsedStatus {
  smtp::EnhancedStatus status;
  bool well_formed = true;  // RFC 3464, 2.3.4: no leading zeros, no blanks.
};

// "5.1.1", with comments behind it. Nothing if there are no three numbers of
// three digits at most, or if it is not of class 2, 4 or 5.
std::optional<ParsedStatus> ParseStatus(absl::string_view text);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_STATUS_VALUES_H_
