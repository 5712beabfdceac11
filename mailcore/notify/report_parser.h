// report_parser.h: what does this report say?
//
// Reads delivery status notifications, also those that other systems write
// badly: what it says comes from message/delivery-status, and what is missing
// or unreadable there is left empty, never guessed from prose. Types are in
// lower case, comments and brackets gone, folded lines one line (but for the
// lines of a reply), all text UTF-8. Without a readable Action, the class of
// the Status gives it.
//
//   absl::StatusOr<ParsedReport> report = ParseReport(content);
//   for (const RecipientStatus& r : report->report.recipients) Show(r);

#ifndef MAILCORE_NOTIFY_REPORT_PARSER_H_
#define MAILCORE_NOTIFY_REPORT_PARSER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/base/string_view.h"
#include "mailcore/notify/delivery_report.h"

namespace mailsec::notify {

// Thread safety: a value.
struct ParsedReport {
  DeliveryReport report = {};
  std::string explanation = {};          // The part for people; its text/plain.
  std::string original_headers = {};     // From the third part; empty if none.
  std::string original_message_id = {};  // With its brackets.
};

// `content` is a whole message. NotFound if it is no delivery status
// notification; InvalidArgument if it is one that names no recipient. Bounded:
// at most 100 parts, 10 levels, 10000 recipients. Thread safety: a pure
// function.
absl::StatusOr<ParsedReport> ParseReport(base::StringView content);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_REPORT_PARSER_H_
