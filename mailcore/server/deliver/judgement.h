// judgement.h: what does an answer mean for its recipient, and what do all of
// them mean for the message?
//
// Facts in, decisions out: nothing here asks a clock, a spool or anybody else.
//
//   Judgement judged = JudgeOutcome(recipient, 0, outcome, circumstances);
//   // ... When all recipients have been judged:
//   Ending ending = EndAttempt(attempt, pause, leaves_out);

#ifndef MAILCORE_SERVER_DELIVER_JUDGEMENT_H_
#define MAILCORE_SERVER_DELIVER_JUDGEMENT_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/server/deliver/handover.h"
#include "mailcore/server/queue/attempt.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What is known beside the answer itself. Thread safety: a value.
struct Circumstances {
  // The answer came from the mailbox, or from whoever the mailboxes are with:
  // what it takes is delivered and not relayed (RFC 3464, 2.3.3).
  bool hands_over = false;
  bool is_local = false;      // The recipient's domain is ours.
  bool kept_inside = false;   // Local mail would have left the house (R3).
  bool expired = false;       // The message has been tried for long enough.
  absl::Duration pause = {};  // Until the next attempt, if there is one.
  absl::Time now = {};        // For people.
  size_t recipients = 1;      // That the message has, with this one.
};

// Thread safety: a value.
struct Judgement {
  spool::RecipientChange change;
  // What the sender may have to be told; nothing if there is nothing to tell.
  std::optional<RecipientFate> fate;
  // After which the recipient is tried again; infinite if it is not.
  absl::Duration pause = absl::InfiniteDuration();
  bool arrived = false;  // In a mailbox of ours.
};

// What the answer `outcome` means for the recipient with this index.
//
//   answer  expired  state      fate
//   2yz              delivered  delivered or relayed, if NOTIFY=SUCCESS asks
//                               and the next hop will not say so itself (RFC
//                               3461, 5.2.2)
//   5yz              failed     failed
//   4yz     yes      failed     failed, expired
//   4yz     no       pending    none, and a pause
//
// Thread safety: a pure function.
Judgement JudgeOutcome(const spool::Recipient& recipient, size_t index,
                       const HopOutcome& outcome,
                       const Circumstances& circumstances);

// The judgement on each recipient that is an alias (kExpanded). That it was
// expanded is told once, in the first attempt (RFC 3464, 2.3.3), unless nobody
// behind it can have the message any more.
// Thread safety: a pure function.
std::vector<Judgement> JudgeExpansions(const spool::Envelope& envelope,
                                       absl::Time now);

// How an attempt ends. Thread safety: a value.
struct Ending {
  // Nobody was asked: the message only waits again, for `progress.pause`, and
  // nothing is written.
  bool only_waits = false;
  // Otherwise this is written; its changes are still to be filled in.
  spool::Progress progress = {};
};

// `pause`: the shortest of all judgements. `leaves_out`: some recipients took
// no part, and come at once.
//
//   a recipient is  and          the message
//   pending         was asked    waits for `pause`
//   pending         not asked    only waits
//   failed          none waits   is held: a person has to look at it
//   neither                      is done with
//
// Thread safety: a pure function.
Ending EndAttempt(const Attempt& attempt, absl::Duration pause,
                  bool leaves_out);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_DELIVER_JUDGEMENT_H_
