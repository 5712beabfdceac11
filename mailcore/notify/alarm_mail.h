// alarm_mail.h: how is a digest of alarms written?
//
// A plain text for administrators: each alarm with its time, what happened, the
// cause, the hop responsible, its answer, the message, and what would have
// changed it (R20). Nothing that a peer said can break it: values are log-safe,
// lines are short, and a line that continues a value is indented further than
// any line of ours.
//
//   AlarmMail mail = WriteAlarmMail(digest.Take(uptime), options, now, "3F9K");
//   // Send mail.content from <> to options.to.

#ifndef MAILCORE_NOTIFY_ALARM_MAIL_H_
#define MAILCORE_NOTIFY_ALARM_MAIL_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/notify/alarm_digest.h"
#include "mailcore/notify/language.h"

namespace mailsec::notify {

// Thread safety: a value.
struct AlarmMailOptions {
  std::string hostname;              // A domain, ASCII.
  address::Address from;             // ASCII.
  std::vector<address::Address> to;  // Administrator and deputy; at least one.
  Language language = Language::kEnglish;
  absl::Duration interval = AlarmDigest::kInterval;  // As the digest's.
};

// Thread safety: a value.
struct AlarmMail {
  std::string content;  // CRLF lines of at most 998 octets, and a final CRLF.
  // An address of `to` is not ASCII; all else is.
  bool needs_smtputf8 = false;
};

// `unique` is different for each mail, as a queue id is: letters and digits.
// Thread safety: a pure function.
AlarmMail WriteAlarmMail(const Alarms& alarms, const AlarmMailOptions& options,
                         absl::Time now, absl::string_view unique);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_ALARM_MAIL_H_
