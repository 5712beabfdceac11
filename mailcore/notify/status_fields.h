// status_fields.h: which groups of fields does a delivery status have?
//
// Reads the body of message/delivery-status, decoded, as it comes: nothing
// makes it fail, and a line that is no field is passed over.
//
//   StatusFields status = ReadStatusFields(body);
//   for (const StatusGroup& group : status.groups) group.Find("Status");

#ifndef MAILCORE_NOTIFY_STATUS_FIELDS_H_
#define MAILCORE_NOTIFY_STATUS_FIELDS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::notify {

// Fields with no empty line between them: at least one.
// Thread safety: a value; its views point into the body.
struct StatusGroup {
  std::vector<message::HeaderField> fields;

  // The first of this name in any case, or null; lives as long as the group.
  const message::HeaderField* Find(absl::string_view name) const;
};

// Thread safety: a value; its views point into the body.
struct StatusFields {
  std::vector<StatusGroup> groups;
  std::vector<absl::string_view> malformed_lines;  // At most 100.
  // Where more than one empty line parts two groups: at most 100.
  std::vector<absl::string_view> extra_empty_lines;
};

// At most 10000 groups and one for the message; no further group once there are
// 200000 fields (both ours). What comes after that is left out. Linear in time.
StatusFields ReadStatusFields(absl::string_view body);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_STATUS_FIELDS_H_
