// refusals.h: how often was this peer refused, and what follows from it?
//
// Whoever guesses addresses, passwords or commands is refused again and again.
// All refusals of a session draw on one budget, each by its kind (kCosts in
// refusals.cc): so many bad commands, or ten times as many refused recipients.
// When a quarter is used up, each further refusal slows the session down, and
// more so the less is left; when nothing is left, the session ends. Nobody
// learns much from a server in this way, and a client with an honest reason to
// be refused often can go on in a new session. What was spent in other sessions
// of the same peer can be brought along: then the new one is slow from its
// first refusal on, but never without a rest of the budget.
//
//   RefusalBudget budget(20);
//   if (!budget.Spend(RefusalKind::kRecipient)) return "421 4.7.0";
//   absl::Duration pause = budget.TakePause();

#ifndef MAILCORE_SMTP_REFUSALS_H_
#define MAILCORE_SMTP_REFUSALS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace mailsec::smtp {

enum class RefusalKind {
  kCommand,          // Unknown, misspelt, out of order, not offered.
  kPipelined,        // RCPT, DATA or BDAT that a client may have sent before it
                     // knew that MAIL or RCPT was refused (RFC 2920, 3.1).
  kSender,           // MAIL.
  kRecipient,        // RCPT, for good (5yz).
  kRecipientForNow,  // RCPT, for now (4yz).
  kExcessRecipient,  // RCPT above max_recipients.
  kContent,          // DATA, the first BDAT, or the content itself.
  kLogin,            // AUTH.
};
inline constexpr size_t kRefusalKinds = 8;

// Thread safety: none.
class RefusalBudget {
 public:
  // The longest pause after one refusal. Ours.
  static constexpr absl::Duration kLongestPause = absl::Seconds(5);

  // Enough for `max_bad_commands` refusals of RefusalKind::kCommand, of which
  // `spent_before` hundredths are used up already; three quarters at most.
  explicit RefusalBudget(size_t max_bad_commands, uint64_t spent_before = 0);

  // One refusal of this kind more. False: there is nothing left for it.
  bool Spend(RefusalKind kind);
  bool IsSpent() const { return spent_ > budget_; }

  // A message was accepted: two refused recipients are forgiven, so that a
  // session that brings good mail can last.
  void Forgive();

  // How long the peer shall wait for what was spent since the last call.
  absl::Duration TakePause();

  // What was spent less what was forgiven since the last call, in hundredths of
  // a bad command: for whoever brings it along to other sessions.
  int64_t TakeSpent();

 private:
  uint64_t budget_;  // Both in hundredths of a bad command.
  uint64_t spent_ = 0;
  int64_t not_told_ = 0;  // For TakeSpent().
  absl::Duration pause_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_REFUSALS_H_
