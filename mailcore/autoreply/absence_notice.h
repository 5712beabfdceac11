// absence_notice.h: how is an absence notice written?
//
// A notice holds what the user wrote and nothing else: no line of the message
// that came, no host name, nothing about the user but what they set. It goes
// from the user's own address to the envelope sender, says that a machine sent
// it, and asks other machines not to answer (RFC 3834, 3.1; RFC 5230, 5).
//
//   absl::StatusOr<AutomaticMessage> notice = BuildAbsenceNotice(
//       {.settings = &settings, .original = &header, .target = *sender,
//        .sender_is_inside = inside, .unique = "3F9K"}, clock.Now());
//   // Send notice->content from <> to `target`, with NOTIFY=NEVER.

#ifndef MAILCORE_AUTOREPLY_ABSENCE_NOTICE_H_
#define MAILCORE_AUTOREPLY_ABSENCE_NOTICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/autoreply/automatic_message.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {

// Thread safety: a value; what it points to must outlive the call.
struct AbsenceNoticeRequest {
  const AbsenceSettings* settings;
  const message::HeaderScanner* original;  // The message that is answered.
  address::Address target;                 // Its envelope sender.
  bool sender_is_inside = false;           // Which texts.
  // Different for each notice, as a queue id is: letters, digits and '-', of
  // which 40 count.
  std::string unique = {};
};

// Which texts: those of the best language that the sender named in
// Accept-Language, else in Content-Language (RFC 3282), if there is one of it;
// else all, one after the other.
//
// InvalidArgument if the settings are not valid (ValidateAbsence()), if there is
// no text for this side, or if `unique` is empty.
// Thread safety: a pure function.
absl::StatusOr<AutomaticMessage> BuildAbsenceNotice(
    const AbsenceNoticeRequest& request, absl::Time now);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_ABSENCE_NOTICE_H_
