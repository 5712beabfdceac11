// cause.h: why can this recipient not have the message?
//
// The fixed list that alarms, digests and notifications name (R20), and which
// of them must never cause a notification to a stranger (R19).
//
//   Cause cause = ClassifyFailure(outcome.reply, /*expired=*/true);
//   if (IsContradiction(cause)) Hold();

#ifndef MAILCORE_NOTIFY_CAUSE_H_
#define MAILCORE_NOTIFY_CAUSE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::notify {

enum class Cause {
  kNoSuchRecipient,  // R18.
  kTooLarge,         // R19.
  kMailboxFull,      // R19.
  kNoSuchDomain,     // Neither MX nor address.
  kTakesNoMail,      // Null MX (RFC 7505), mailbox disabled.
  kLoop,             // Mail loops back to us.
  kRefusedByPolicy,  // 5.7.x of the next hop, without a word of spam.
  kRefusedAsSpam,    // The next hop calls it spam or malware.
  kCannotConvert,    // No 8BITMIME or SMTPUTF8 there (5.6.x).
  kMayNotLeave,      // Local-only mail (R3).
  kExpired,          // Tried for its whole lifetime.
  kOther,            // A refusal that says no more.
};

// "no-such-recipient": stable, for logs and configuration.
absl::string_view CauseName(Cause cause);
std::optional<Cause> ParseCause(base::StringView name);
// A sentence for an operator.
absl::string_view CauseSummary(Cause cause);

// From what the words of the last reply name, in the languages that servers
// speak, then from its enhanced status and its code. Names of hosts, addresses
// and links say nothing. `expired`: given up after its lifetime; then a transient reply "no such user", "full" or "too large" still
// names that cause, as R19 speaks of the reason and not of the code.
Cause ClassifyFailure(const smtp::Reply& reply, bool expired);

// True if the hops disagree about what was checked at RCPT: no such recipient,
// too large, full. Never an NDN to a stranger (R19).
bool IsContradiction(Cause cause);

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_CAUSE_H_
