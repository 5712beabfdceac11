// envelope.h: who sent it, to whom, and how far are we?
//
// All that is known of a message beside its content. Every attribute survives
// a restart and each new attempt.
//
//   std::string octets = SerializeEnvelope(envelope);
//   absl::StatusOr<Envelope> same = ParseEnvelope(octets);

#ifndef MAILCORE_SPOOL_ENVELOPE_H_
#define MAILCORE_SPOOL_ENVELOPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailcore/address/path.h"
#include "mailcore/base/string_view.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/smtp/parameters.h"

namespace mailsec::spool {

enum class RecipientState {
  kPending,    // To be tried, or tried and put off.
  kDelivered,  // The next hop or the mailbox has taken it.
  kFailed,     // Given up; a person has to look at it.
  kReported,   // Given up, and all who must be told were told.
  kExpanded,   // An alias: the mailboxes behind it stand on their own.
};

// Thread safety: a value.
struct Recipient {
  address::ForwardPath path;
  // As RCPT named it, where an alias stood for `path`: the sender is told of
  // this address and of no other. Absent: the same.
  std::optional<address::ForwardPath> named = std::nullopt;
  smtp::RcptParameters parameters = {};
  RecipientState state = RecipientState::kPending;
  std::string last_reply = {};  // To the last attempt; log-safe.
  // Who gave it: "mx.example.com [192.0.2.1]"; empty: ourselves.
  std::string hop = {};
  std::string cause = {};   // Why it was given up; notify::CauseName().
  bool local_only = false;  // Never leaves the house (R3).
  // Why it was accepted: the rule of policy::Decision, "recipient.exists".
  std::string belief = {};
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

// Thread safety: a value.
struct Envelope {
  address::ReversePath sender = {};
  smtp::MailParameters parameters = {};
  std::vector<Recipient> recipients = {};
  absl::Time received = absl::UnixEpoch();  // Kept in whole microseconds.
  ip::IpAddress client = {};
  std::string client_name = {};         // What it said in HELO or EHLO.
  std::string authenticated_user = {};  // Empty: did not authenticate.
  std::string protocol = {};            // "ESMTP": for the Received field.
  bool has_8bit = false;                // The content has octets above 0x7F.
  bool headers_utf8 = false;            // So has its header section.
  // The client is in an authorised network or authenticated.
  bool sender_is_ours = false;
  bool automatic = false;   // Auto-Submitted says so (RFC 3834, 5).
  bool delay_told = false;  // The sender knows that it takes longer.
  uint32_t attempts = 0;    // To deliver it, so far.
  // How long it had waited for its attempts, and how long these took, when the
  // last one ended. Not counted are the times when the server was off or the
  // message was held, and jumps of the clock. Kept in whole microseconds.
  absl::Duration age = {};
  // What the scanners said (R27), and in a few words why; log-safe.
  message::ContentVerdict verdict = message::ContentVerdict::kUnknown;
  std::string scan_report = {};
  // Whole header fields of ours that belong in front of the content but were
  // known only after it was stored. Spool::OpenContent() puts them there.
  std::string added_fields = {};
  // As the message said when it came, for those who look for it in the log;
  // empty if it has none.
  std::string message_id = {};
  // An operator has given it up: the next attempt asks nobody, and is as if the
  // time for it were over.
  bool given_up = false;
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

std::string SerializeEnvelope(const Envelope& envelope);

// DataLoss if `octets` are not an envelope.
absl::StatusOr<Envelope> ParseEnvelope(base::StringView octets);

}  // namespace mailsec::spool

#endif  // MAILCORE_SPOOL_ENVELOPE_H_
