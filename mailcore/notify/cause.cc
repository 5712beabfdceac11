#include "mailcore/notify/cause.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

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

// Well-known words of replies, in the form of Normalised() and after the
// enhanced status; the first that occurs decides.
// They come before the enhanced status, as many servers send a general one
// (5.7.1, 5.0.0, 5.4.1) or one that RFC 3463 does not mean.
struct Phrase {
  const char* words;
  Cause cause;
} constexpr kPhrases[] = {
    // About the sender or about us, whatever else they quote.
    {"sender address rejected", Cause::kRefusedByPolicy},  // Postfix.
    {"sender verify failed", Cause::kRefusedByPolicy},     // Exim.
    {"sender rejected", Cause::kRefusedByPolicy},
    {"blocked using", Cause::kRefusedByPolicy},          // Postfix, DNSBL.
    {"client host rejected", Cause::kRefusedByPolicy},   // Postfix.
    {"helo command rejected", Cause::kRefusedByPolicy},  // Postfix.
    {"does not accept mail from", Cause::kRefusedByPolicy},
    {"sending quota", Cause::kRefusedByPolicy},  // Gmail.
    {"receiving mail too",
     Cause::kRefusedByPolicy},  // Gmail: at too high a rate.
    {"greylist", Cause::kRefusedByPolicy},
    {"graylist", Cause::kRefusedByPolicy},
    {"relay access denied", Cause::kRefusedByPolicy},  // Postfix.
    {"relaying denied", Cause::kRefusedByPolicy},      // sendmail.
    {"relay not permitted", Cause::kRefusedByPolicy},  // Exim.
    // Full.
    {" quota ", Cause::kMailboxFull},  // Dovecot, Gmail, Exchange.
    {"overquota", Cause::kMailboxFull},
    {"quotaexceeded", Cause::kMailboxFull},  // Exchange.
    {"mailbox full", Cause::kMailboxFull},   // Exchange.
    {"mailbox is full", Cause::kMailboxFull},
    {"mailbox for user is full", Cause::kMailboxFull},  // Dovecot.
    {"inbox is full", Cause::kMailboxFull},             // Gmail.
    {"mailfolder is full", Cause::kMailboxFull},
    {"storage full", Cause::kMailboxFull},
    {"is out of storage", Cause::kMailboxFull},  // Gmail.
    {"mailbox size limit", Cause::kMailboxFull},
    {"mailbox_size_limit", Cause::kMailboxFull},
    {"exceeded storage allocation", Cause::kMailboxFull},  // RFC 5321, 4.2.3.
    // Too large.
    {"message size exceeds", Cause::kTooLarge},     // Postfix, Exim, Exchange.
    {"message exceeds maximum", Cause::kTooLarge},  // sendmail.
    {"message exceeds fixed", Cause::kTooLarge},
    {"size exceeds my databytes", Cause::kTooLarge},  // qmail.
    {"exceeds my databytes", Cause::kTooLarge},
    {"message file too big", Cause::kTooLarge},  // Postfix, local.
    {"message too big", Cause::kTooLarge},       // OpenSMTPD.
    {"message too large", Cause::kTooLarge},
    {"message is too large", Cause::kTooLarge},
    {"message larger than", Cause::kTooLarge},
    {"exceeded google's message size", Cause::kTooLarge},
    {"message length exceeds", Cause::kTooLarge},
    {"recipsizelimit", Cause::kTooLarge},  // Exchange.
    // Loops.
    {"mail loop", Cause::kLoop},             // Exim, Exchange.
    {"loops back to myself", Cause::kLoop},  // Postfix.
    {"too many hops", Cause::kLoop},         // Postfix, sendmail, qmail.
    {"hop count exceeded", Cause::kLoop},    // Exchange.
    {"is looping", Cause::kLoop},            // qmail.
    {"forwarding loop", Cause::kLoop},       // Postfix.
    {"loop detected", Cause::kLoop},         // OpenSMTPD.
    // Domains.
    {"null mx", Cause::kTakesNoMail},  // RFC 7505.
    {"nullmx", Cause::kTakesNoMail},   // Postfix.
    {"does not accept mail", Cause::kTakesNoMail},
    {"host not found", Cause::kNoSuchDomain},
    {"host or domain name not found", Cause::kNoSuchDomain},  // Postfix.
    {"domain not found", Cause::kNoSuchDomain},
    {"host unknown", Cause::kNoSuchDomain},  // sendmail.
    // Mailboxes that exist.
    {"account is disabled", Cause::kTakesNoMail},
    {"account has been disabled", Cause::kTakesNoMail},
    {"account that you tried to reach is disabled", Cause::kTakesNoMail},
    {"mailbox disabled", Cause::kTakesNoMail},
    {"mailbox is disabled", Cause::kTakesNoMail},
    {"account is inactive", Cause::kTakesNoMail},
    // No such recipient.
    {"user unknown", Cause::kNoSuchRecipient},  // Postfix, sendmail.
    {"unknown user", Cause::kNoSuchRecipient},  // Exim.
    {"no such user", Cause::kNoSuchRecipient},  // Gmail, Exim.
    {"no such recipient", Cause::kNoSuchRecipient},
    {"no such mailbox", Cause::kNoSuchRecipient},
    {"no such address", Cause::kNoSuchRecipient},
    {"no mailbox here by that name", Cause::kNoSuchRecipient},  // qmail.
    {"user doesn't exist", Cause::kNoSuchRecipient},            // Dovecot.
    {"user does not exist", Cause::kNoSuchRecipient},
    {"account that you tried to reach does not exist",
     Cause::kNoSuchRecipient},  // Gmail.
    {"mailbox does not exist", Cause::kNoSuchRecipient},
    {"mailbox not found", Cause::kNoSuchRecipient},
    {"mailbox unknown", Cause::kNoSuchRecipient},
    {"unknown mailbox", Cause::kNoSuchRecipient},
    {"recipient unknown", Cause::kNoSuchRecipient},
    {"unknown recipient", Cause::kNoSuchRecipient},
    {"recipientnotfound", Cause::kNoSuchRecipient},    // Exchange.
    {"recipient not found", Cause::kNoSuchRecipient},  // Exchange.
    {"recipient does not exist", Cause::kNoSuchRecipient},
    {" 5 4 1 recipient address rejected access denied",
     Cause::kNoSuchRecipient},                       // Exchange.
    {"invalid recipient", Cause::kNoSuchRecipient},  // OpenSMTPD.
    {"invalid mailbox", Cause::kNoSuchRecipient},
    {"unknown in virtual", Cause::kNoSuchRecipient},   // Postfix.
    {"unrouteable address", Cause::kNoSuchRecipient},  // Exim.
    {"unroutable address", Cause::kNoSuchRecipient},
    {"user not found", Cause::kNoSuchRecipient},
    {"undeliverable address", Cause::kNoSuchRecipient},  // Postfix.
    {"address unknown", Cause::kNoSuchRecipient},
    {"user doesn't have a", Cause::kNoSuchRecipient},  // Yahoo.
    // What the next hop calls spam or malware. " spam " is a whole word: the
    // name of a block list is none.
    {" spam ", Cause::kRefusedAsSpam},
    {" spammy ", Cause::kRefusedAsSpam},
    {"unsolicited", Cause::kRefusedAsSpam},  // Gmail.
    {" virus ", Cause::kRefusedAsSpam},
    {" malware ", Cause::kRefusedAsSpam},
    {" phishing ", Cause::kRefusedAsSpam},
    {" infected ", Cause::kRefusedAsSpam},
    // 552 without a status may mean this too (RFC 5321, 4.5.3.1.10).
    {"too many recipients", Cause::kOther},
};

struct StatusCause {
  int subject;
  int detail;  // -1: any that stands in no other row.
  Cause cause;
} constexpr kStatuses[] = {
    // RFC 3463, 3.2.
    {1, 1, Cause::kNoSuchRecipient},
    {1, 2, Cause::kNoSuchDomain},
    {1, 3, Cause::kNoSuchRecipient},
    {1, 4, Cause::kNoSuchRecipient},  // Ambiguous.
    {1, 6, Cause::kNoSuchRecipient},  // Moved, no forwarding address.
    {1, 7, Cause::kRefusedByPolicy},  // The sender's address.
    {1, 8, Cause::kRefusedByPolicy},
    {1, 10, Cause::kTakesNoMail},  // RFC 7505, 4.
    // 3.3.
    {2, 1, Cause::kTakesNoMail},
    {2, 2, Cause::kMailboxFull},
    {2, 3, Cause::kTooLarge},
    // 3.4.
    {3, 2, Cause::kTakesNoMail},
    {3, 4, Cause::kTooLarge},
    // 3.5.
    {4, 4, Cause::kNoSuchDomain},  // Unable to route.
    {4, 6, Cause::kLoop},
    {4, 7, Cause::kExpired},
    {4, 14, Cause::kLoop},  // Exchange.
    // 3.7, and RFC 6531, 4.
    {6, 1, Cause::kCannotConvert},
    {6, 2, Cause::kCannotConvert},
    {6, 3, Cause::kCannotConvert},
    {6, 5, Cause::kCannotConvert},
    {6, 7, Cause::kCannotConvert},
    {6, 8, Cause::kCannotConvert},
    {6, 9, Cause::kCannotConvert},
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

// In lower case, what is neither letter nor digit nor "'" nor "_" a space, runs
// of spaces one, and one at each end, so that words can be looked for whole.
std::string Normalised(absl::string_view text) {
  std::string out = " ";
  for (unsigned char c : text) {
    const bool kept = absl::ascii_isalnum(c) || c == '\'' || c == '_';
    if (kept) {
      out += static_cast<char>(absl::ascii_tolower(c));
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

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

std::optional<Cause> FromStatus(const smtp::EnhancedStatus& status) {
  if (status.IsNone()) return std::nullopt;
  for (const StatusCause& row : kStatuses) {
    if (row.subject == status.subject &&
        (row.detail == -1 || row.detail == status.detail)) {
      return row.cause;
    }
  }
  return std::nullopt;
}

Cause FromReply(const smtp::Reply& reply) {
  const std::string text =
      Normalised(absl::StrCat(reply.status().ToString(), " ", reply.text()));
  for (const Phrase& phrase : kPhrases) {
    if (absl::StrContains(text, phrase.words)) return phrase.cause;
  }
  const smtp::EnhancedStatus status =
      reply.status().IsNone() ? StatusInText(reply.text()) : reply.status();
  if (const std::optional<Cause> cause = FromStatus(status)) return *cause;
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
