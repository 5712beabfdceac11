// delivery_report.h: what does a delivery status notification say?
//
// The fields of message/delivery-status (RFC 3464) as values: what NdnBuilder
// writes and ParseReport() reads.

#ifndef MAILCORE_NOTIFY_DELIVERY_REPORT_H_
#define MAILCORE_NOTIFY_DELIVERY_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::notify {

// RFC 3464, 2.3.3.
enum class Action {
  kFailed,
  kDelayed,
  kDelivered,  // Into the mailbox.
  kRelayed,    // To a system that sends no notifications of its own.
  kExpanded,   // Into the addresses behind an alias.
};

// "failed" ...
absl::string_view ActionName(Action action);

// "rfc822; bob@example.org": a type and a value (RFC 3464, 2.1.2). Both empty:
// absent. Thread safety: a value.
struct TypedValue {
  std::string type = {};
  std::string value = {};
  bool empty() const { return type.empty() && value.empty(); }
  friend bool operator==(const TypedValue&, const TypedValue&) = default;
};

// The fields about one recipient (RFC 3464, 2.3). Thread safety: a value.
struct RecipientStatus {
  TypedValue original_recipient = {};  // As the sender named it (ORCPT).
  TypedValue final_recipient = {};     // Required.
  Action action = Action::kFailed;
  smtp::EnhancedStatus status = {};  // Required.
  TypedValue remote_mta = {};        // "dns; mx.example.com": who answered.
  // "smtp; 550 5.1.1 No such user"; lines parted by '\n'.
  TypedValue diagnostic_code = {};
  std::optional<absl::Time> last_attempt = {};
  std::optional<absl::Time> will_retry_until = {};
  std::string final_log_id = {};
};

// Thread safety: a value.
struct DeliveryReport {
  std::string original_envelope_id = {};  // ENVID, decoded.
  TypedValue reporting_mta = {};          // Required: "dns; mx.example.org".
  TypedValue received_from_mta = {};
  std::optional<absl::Time> arrival_date = {};
  std::vector<RecipientStatus> recipients = {};  // At least one.
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_DELIVERY_REPORT_H_
