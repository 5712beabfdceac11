// status_part.h: how is a delivery report written for machines?
//
// As message/delivery-status (RFC 3464), or message/global-delivery-status
// (RFC 6533) where an address is not ASCII and the reader can take it; else
// such an address is written as utf-8-addr-xtext, "utf-8; b\x{FC}b@..." (RFC
// 6533, 3).
//
//   message::MimePart part = StatusPart(report, StatusForm::kAscii);
//
// Thread safety: pure functions.

#ifndef MAILCORE_NOTIFY_STATUS_PART_H_
#define MAILCORE_NOTIFY_STATUS_PART_H_

#include "mailcore/message/mime_encode.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::notify {

enum class StatusForm {
  kAscii,        // message/delivery-status.
  kGlobalAscii,  // message/global-delivery-status, and still all ASCII, so
                 // that every server takes it and every reader finds fields.
  kGlobal8Bit,   // The same in UTF-8: the way there is SMTPUTF8 anyway.
};

// What goes into Status. Without an enhanced status, or with one whose class
// contradicts the action, its general form: 5.0.0, 4.0.0 or 2.0.0 (RFC 3463,
// 3.1). A failure of class 4 stays: it was transient for the whole lifetime of
// the message (RFC 3463, 4.4.7), and what failed last says more than "5".
smtp::EnhancedStatus StatusOf(const RecipientStatus& recipient);

// True if an address of the report is not ASCII.
bool NeedsGlobal(const DeliveryReport& report);

message::MimePart StatusPart(const DeliveryReport& report, StatusForm form);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_STATUS_PART_H_
