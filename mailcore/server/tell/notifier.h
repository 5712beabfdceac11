// notifier.h: who is told what became of a message?
//
// Puts each fate to notify::NdnPolicy and turns what it allows into mail. Every
// notification, every contradiction and everything that was not reported is an
// event with its cause and the hop responsible (R20).
//
//   Notices notices = notifier.Judge(settings, attempt);
//   // Record notices.changes together with the notifications.

#ifndef MAILCORE_SERVER_TELL_NOTIFIER_H_
#define MAILCORE_SERVER_TELL_NOTIFIER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/notify/ndn_builder.h"
#include "mailcore/server/queue/attempt.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/server/snapshot/notifier_settings.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: a value.
struct Notices {
  // The states of the recipients that have failed: kReported or kFailed.
  std::vector<spool::RecipientChange> changes;
  // Notifications to write; the original is still to be filled in.
  std::vector<notify::NdnRequest> requests;
  bool delay_told = false;  // One of them is a delay warning.
  bool wants_full = false;  // One of them returns the whole original.
};

// Thread safety: all methods may be called concurrently.
class Notifier {
 public:
  // Not owned; must outlive this.
  Notifier(const base::Clock* clock, base::EventSink* events, Stats* stats)
      : clock_(clock), events_(events), stats_(stats) {}

  // Whether somebody may have to be told of `attempt.fates`, if the bounds
  // have room: only then is it worth while to find `sender_exchangers`.
  bool MayTell(const NotifierSettings& settings, const Attempt& attempt) const;

  // What is to be done about `attempt.fates`, and about those that still wait
  // for `next_attempt`.
  Notices Judge(const NotifierSettings& settings, const Attempt& attempt) const;

  // The mail for one request: from <>, NOTIFY=NEVER, and as bound to the house
  // as the original was. `content` is empty still.
  absl::StatusOr<spool::Submission> Compose(const NotifierSettings& settings,
                                            const Attempt& attempt,
                                            notify::NdnRequest request,
                                            spool::MessageWriter content) const;

 private:
  void JudgeOne(const NotifierSettings& settings, const Attempt& attempt,
                const RecipientFate& fate, Notices* notices) const;
  void Record(const Attempt& attempt, const RecipientFate& fate,
              notify::Cause cause, const notify::NdnDecision& decision) const;

  const base::Clock* const clock_;
  base::EventSink* const events_;
  Stats* const stats_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_NOTIFIER_H_
