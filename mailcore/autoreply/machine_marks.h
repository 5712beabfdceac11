// machine_marks.h: was this sent by a machine, or to many?
//
// The marks of a machine in a header, one function for each, for absence
// notices and receipts. Where a field stands twice, any one of them is enough.
//
//   if (std::optional<std::string> mark = ListMark(header)) ...
//
// Thread safety: pure functions.

#ifndef MAILCORE_AUTOREPLY_MACHINE_MARKS_H_
#define MAILCORE_AUTOREPLY_MACHINE_MARKS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/message/header_scanner.h"

namespace mailsec::autoreply {

// Tells addresses that no person reads. Knows, in any case, with '.', '_'
// and '-' alike, and with any "+detail": mailer-daemon, postmaster, owner-*,
// *-owner, *-request, *-bounces, bounce-*, listserv, majordomo, mailman,
// noreply, no-reply, do-not-reply, and the like (kSystemSenders in the source).
//
// Thread safety: immutable once created.
class SystemSenders {
 public:
  // The built-in ones and `more`. InvalidArgument if a pattern of `more` is
  // empty, not printable ASCII or nothing but '*'.
  static absl::StatusOr<SystemSenders> Create(std::vector<std::string> more);

  // The pattern that matches; nothing if it may be a person.
  std::optional<std::string> Match(const address::Address& address) const;

  // Likewise of the name beside an address, "Mail Delivery System": only what
  // no person is called (kSystemNames in the source).
  std::optional<std::string> MatchName(absl::string_view display_name) const;

 private:
  explicit SystemSenders(std::vector<std::string> patterns);
  std::vector<std::string> patterns_;
};

// Each returns what it found, as "Name: value" and cut short; or nothing.
// It is the sender's text: policy::Decision makes it safe where it is shown.

// message::FindAutoSubmitted().
std::optional<std::string> AutoSubmittedMark(
    const message::HeaderScanner& header);

// A field whose name begins with "List-" (RFC 2369, RFC 2919, RFC 8058), and
// what list software wrote before them (Mailing-List, X-Mailing-List ...).
std::optional<std::string> ListMark(const message::HeaderScanner& header);

// Precedence: bulk, list, junk, auto_reply. Others, as first-class, are none.
std::optional<std::string> PrecedenceMark(const message::HeaderScanner& header);

// X-Auto-Response-Suppress (MS-OXCMAIL) with All or one of `words`, which are
// in lower case.
std::optional<std::string> SuppressMark(
    const message::HeaderScanner& header,
    const std::vector<absl::string_view>& words);

// multipart/report, a delivery status or disposition notification as such, or
// X-Failed-Recipients.
std::optional<std::string> ReportMark(const message::HeaderScanner& header);

// Feedback-ID, X-Mailman-Version, X-Loop and others that no mail program of a
// person writes (kMachineFields in the source).
std::optional<std::string> MachineMark(const message::HeaderScanner& header);

// From, Sender, To, Cc or Auto-Submitted twice (RFC 5322, 3.6): which of them
// a reader believes is anybody's guess.
std::optional<std::string> DuplicateMark(const message::HeaderScanner& header);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_MACHINE_MARKS_H_
