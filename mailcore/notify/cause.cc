#include "mailcore/notify/cause.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "mailcore/notify/cause_words.h"

namespace mailsec::notify {
namespace {

struct CauseWords {
  Cause cause;
  const char* name;
  const char* summary;
} constexpr kCauseWords[] = {
    {Cause::kNoSuchRecipient, "no-such-recipient",
     "The next hop knows no such recipient."},
    {Cause::kTooLarge, "too-large",
     "The message is larger than the next hop takes."},
    {Cause::kMailboxFull, "mailbox-full", "The mailbox is full."},
    {Cause::kNoSuchDomain, "no-such-domain",
     "The domain does not exist, or has no mail server."},
    {Cause::kTakesNoMail, "takes-no-mail",
     "The domain or the mailbox takes no mail."},
    {Cause::kLoop, "loop", "The message goes round in a circle."},
    {Cause::kRefusedByPolicy, "refused-by-policy",
     "A policy of the next hop forbids the message."},
    {Cause::kRefusedAsSpam, "refused-as-spam",
     "The next hop takes the message for spam or malware."},
    {Cause::kCannotConvert, "cannot-convert",
     "The next hop cannot take this form of message."},
    {Cause::kMayNotLeave, "may-not-leave",
     "The message is for inside only, and its way leads outside."},
    {Cause::kExpired, "expired",
     "The message could not be delivered within its lifetime."},
    {Cause::kOther, "other", "The next hop refused, and did not say why."},
};

const CauseWords& WordsOf(Cause cause) {
  for (const CauseWords& words : kCauseWords) {
    if (words.cause == cause) return words;
  }
  return kCauseWords[static_cast<int>(Cause::kOther)];
}

struct StatusCause {
  int subject;
  int detail;  // -1: any that stands in no other row.
  Cause cause;
  bool for_good = false;  // Of 5.y.z only: for now it means little.
} constexpr kStatuses[] = {
    // RFC 3463, 3.2.
    {1, 0, Cause::kNoSuchRecipient},
    {1, 1, Cause::kNoSuchRecipient},
    {1, 2, Cause::kNoSuchDomain},
    {1, 3, Cause::kNoSuchRecipient},
    {1, 4, Cause::kNoSuchRecipient},  // Ambiguous.
    {1, 6, Cause::kNoSuchRecipient},  // Moved, no forwarding address.
    {1, 7, Cause::kRefusedByPolicy},  // The sender's address.
    {1, 8, Cause::kRefusedByPolicy},
    {1, 10, Cause::kTakesNoMail},  // RFC 7505, 4.
    // 3.3.
    {2, 1, Cause::kTakesNoMail, true},
    {2, 2, Cause::kMailboxFull},
    {2, 3, Cause::kTooLarge},
    // 3.4.
    {3, 2, Cause::kTakesNoMail, true},
    {3, 4, Cause::kTooLarge},
    // 3.5.
    {4, 4, Cause::kNoSuchDomain},  // Unable to route.
    {4, 6, Cause::kLoop},
    {4, 7, Cause::kExpired},
    {4, 14, Cause::kLoop},           // Exchange.
    {4, 300, Cause::kExpired},       // Exchange Online.
    {4, 310, Cause::kNoSuchDomain},  // Exchange Online.
    // 3.7, and RFC 6531, 4.
    {6, -1, Cause::kCannotConvert},
    // 3.8.
    {7, -1, Cause::kRefusedByPolicy},
};

// RFC 5321, 4.2.3; RFC 7504. A status of another subject than the code's (552
// 5.5.3, 521 5.5.1) says that something else is meant (RFC 3463, 3).
struct CodeCause {
  int code;
  int subject;
  Cause cause;
} constexpr kCodes[] = {
    {521, 3, Cause::kTakesNoMail},      // Mail system.
    {551, 1, Cause::kNoSuchRecipient},  // Address.
    {552, 2, Cause::kMailboxFull},      // Mailbox.
    {553, 1, Cause::kNoSuchRecipient},  // Address.
    {556, 1, Cause::kTakesNoMail},      // Address.
};

// qmail's "(#5.1.1)" where there is no status of RFC 2034.
smtp::EnhancedStatus StatusInText(absl::string_view text) {
  const size_t at = text.find("(#");
  if (at == absl::string_view::npos) return {};
  int parts[3] = {0, 0, 0};
  int part = 0;
  for (char c : text.substr(at + 2, 12)) {
    if (c == '.' && part < 2) {
      ++part;
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
               parts[part] < 100) {
      parts[part] = parts[part] * 10 + (c - '0');
    } else if (c == ')' && part == 2) {
      return {parts[0], parts[1], parts[2]};
    } else {
      return {};
    }
  }
  return {};
}

// Exchange Online says of an address that is not in its directory what others
// say of one that nobody may write to.
bool IsNobodyAtExchange(const smtp::EnhancedStatus& status,
                        absl::string_view text) {
  return status.subject == 4 && status.detail == 1 &&
         absl::StrContains(absl::AsciiStrToLower(text),
                           "recipient address rejected: access denied");
}

std::optional<Cause> FromStatus(const smtp::EnhancedStatus& status) {
  if (status.IsNone()) return std::nullopt;
  for (const StatusCause& row : kStatuses) {
    if (row.subject == status.subject &&
        (row.detail == -1 || row.detail == status.detail) &&
        (!row.for_good || status.class_code == 5)) {
      return row.cause;
    }
  }
  return std::nullopt;
}

// Many servers send a general status (5.7.1, 5.0.0) or one that RFC 3463 does
// not mean, so their words come first.
Cause FromReply(const smtp::Reply& reply) {
  const smtp::EnhancedStatus status =
      reply.status().IsNone() ? StatusInText(reply.text()) : reply.status();
  if (IsNobodyAtExchange(status, reply.text())) return Cause::kNoSuchRecipient;
  if (const auto cause = CauseInWords(reply.text())) {
    // What is not there is the sender's, if the status says so.
    const bool is_senders =
        status.subject == 1 && (status.detail == 7 || status.detail == 8);
    const bool is_missing =
        *cause == Cause::kNoSuchRecipient || *cause == Cause::kNoSuchDomain;
    return is_senders && is_missing ? Cause::kRefusedByPolicy : *cause;
  }
  if (const auto cause = FromStatus(status)) return *cause;
  if (const auto cause = CauseInHints(reply.text())) return *cause;
  for (const CodeCause& row : kCodes) {
    const bool agrees = status.subject == 0 || status.subject == row.subject;
    if (row.code == reply.code() && agrees) return row.cause;
  }
  return Cause::kOther;
}

}  // namespace

absl::string_view CauseName(Cause cause) { return WordsOf(cause).name; }

std::optional<Cause> ParseCause(base::StringView name) {
  for (const CauseWords& words : kCauseWords) {
    if (name == words.name) return words.cause;
  }
  return std::nullopt;
}

absl::string_view CauseSummary(Cause cause) { return WordsOf(cause).summary; }

Cause ClassifyFailure(const smtp::Reply& reply, bool expired) {
  const Cause cause = FromReply(reply);
  return expired && !IsContradiction(cause) ? Cause::kExpired : cause;
}

bool IsContradiction(Cause cause) {
  return cause == Cause::kNoSuchRecipient || cause == Cause::kTooLarge ||
         cause == Cause::kMailboxFull;
}

}  // namespace mailsec::notify
