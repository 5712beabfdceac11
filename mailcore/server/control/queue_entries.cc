#include "mailcore/server/control/queue_entries.h"

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/server/control/queue_filter.h"

namespace mailsec::server {
namespace {

using base::LogSafe;

// What one entry shows of a message. Ours.
constexpr int kRecipientsShown = 10;
constexpr size_t kReasonOctets = 300;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

const char* StateName(spool::RecipientState state) {
  switch (state) {
    case spool::RecipientState::kPending:
      return "pending";
    case spool::RecipientState::kDelivered:
      return "delivered";
    case spool::RecipientState::kFailed:
      return "failed";
    case spool::RecipientState::kReported:
      return "reported";
    case spool::RecipientState::kExpanded:
      return "expanded";
  }
  return "";
}

}  // namespace

void FillEntry(const spool::QueueEntry& entry, const spool::Envelope* envelope,
               control::QueueEntry* out) {
  out->set_id(entry.id.ToString());
  out->set_state(QueueStateName(entry.state));
  out->set_received(Rfc3339(entry.received));
  if (entry.state != spool::QueueState::kHeld) {
    // What was never tried is due since it was received.
    out->set_next_attempt(
        Rfc3339(std::max(entry.next_attempt, entry.received)));
  }
  out->set_octets(entry.octets);
  out->set_attempts(entry.attempts);
  if (envelope == nullptr) return out->set_reason("it cannot be read");
  out->set_sender(envelope->sender.ToString());
  for (const spool::Recipient& recipient : envelope->recipients) {
    if (!IsWaiting(recipient)) continue;
    out->set_recipients(out->recipients() + 1);
    if (out->recipient_size() < kRecipientsShown) {
      out->add_recipient(recipient.path.ToString());
    }
    if (out->reason().empty()) {
      out->set_reason(LogSafe(recipient.last_reply, kReasonOctets));
    }
  }
}

void FillDetail(const spool::QueueEntry& entry, const spool::Envelope& envelope,
                control::QueueDetail* out) {
  FillEntry(entry, &envelope, out->mutable_entry());
  out->set_sender(envelope.sender.ToString());
  out->set_client(envelope.client.ToString());
  out->set_client_name(LogSafe(envelope.client_name));
  out->set_protocol(envelope.protocol);
  const absl::string_view verdict =
      message::ContentVerdictName(envelope.verdict);
  out->set_verdict(std::string(verdict.data(), verdict.size()));
  out->set_scan_report(LogSafe(envelope.scan_report));
  for (const spool::Recipient& recipient : envelope.recipients) {
    control::RecipientDetail* one = out->add_recipient();
    one->set_path(recipient.path.ToString());
    one->set_state(StateName(recipient.state));
    one->set_last_reply(LogSafe(recipient.last_reply));
    one->set_hop(LogSafe(recipient.hop));
    one->set_cause(recipient.cause);
    one->set_local_only(recipient.local_only);
  }
}

}  // namespace mailsec::server
