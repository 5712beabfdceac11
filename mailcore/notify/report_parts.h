// report_parts.h: which parts of a message are its delivery report?
//
//   message::MimeReader message(content);
//   if (auto parts = FindReportParts(message)) Read(*parts->status);

#ifndef MAILCORE_NOTIFY_REPORT_PARTS_H_
#define MAILCORE_NOTIFY_REPORT_PARTS_H_

#include <optional>

#include "mailcore/message/mime_reader.h"

namespace mailsec::notify {

// Pointers into the reader, each of which may be null.
// Thread safety: a value.
struct ReportParts {
  const message::MimeEntity* report = nullptr;       // The multipart.
  const message::MimeEntity* explanation = nullptr;  // For people.
  const message::MimeEntity* status = nullptr;       // message/delivery-status.
  const message::MimeEntity* returned =
      nullptr;  // The original, or its header.
};

// True for message/delivery-status and its global form (RFC 6533, 4.1).
bool IsStatusType(const message::ContentType& type);
// True for the forms of a returned message or header (RFC 6533, 4), and for
// message/rfc822-headers, which some write.
bool IsReturnedType(const message::ContentType& type);

// The first delivery report, wherever multiparts hide it: gateways put reports
// into other multiparts, with a footer of theirs. A multipart/report without a
// status counts unless it says that it is of another kind; a report within a
// returned message does not. Nothing if there is none.
std::optional<ReportParts> FindReportParts(const message::MimeReader& message);

// The first text among `part` and the parts in it, text/plain before others;
// null if there is none.
const message::MimeEntity* FindText(const message::MimeReader& message,
                                    const message::MimeEntity& part);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_REPORT_PARTS_H_
