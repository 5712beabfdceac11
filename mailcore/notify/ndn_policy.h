// ndn_policy.h: must the sender be told, and may we?
//
// Notifications are rare and right (R17): one is sent only if every line
// holds. The first that does not decides; each is an own rule with its source.
//
//   line                                       rule               source
//   it is no contradiction, or the sender is   ndn.contradiction  R18, R19
//     one of ours, or strangers are told of
//     it by configuration
//   there is a sender                          ndn.null-sender    RFC 5321,
//                                                                 4.5.5
//   it is no automatic mail itself             ndn.automatic      RFC 3834, 2
//   this may be told: delay warnings are on    ndn.no-warnings    R17
//   the sender wants to know                   ndn.not-wanted     RFC 3461,
//                                                                 4.1
//   it is neither spam nor malware             ndn.spam           R22, R17
//   the next hop does not call it spam, or     ndn.spam-there     R17, R21
//     the sender is one of ours
//   sender's address and domain are below      ndn.bound          R24
//     their bounds
//
// What becomes of it then:
//
//   held    contradictions with strangers, whatever else holds: two hops
//           disagree about what was promised, the mail was taken and would be
//           lost, and only a person can mend that. So also if the sender is
//           null or asked for silence. (With Contradictions::kNotify only those
//           that another line stops.) And mail from strangers that only the
//           next hop calls spam: the filters disagree (R21), telling the
//           forgeable sender is backscatter, and it may be a false alarm.
//   held    failures above the bounds: they are real, the sender counts on us,
//           and a flood is itself something to look at.
//   silent  all others: the sender asked for it (NOTIFY), nobody could be told
//           (null sender), it is the answer of a machine (a loop would begin),
//           nobody may be told (spam), or nothing is lost (delays, successes).
//           The decision is an event like any other, so nothing goes unseen.
//
//   NdnDecision d = policy.Decide(question, clock.Now());
//   if (d.outcome == NdnOutcome::kNotify) ... Build and send.
//   if (d.outcome == NdnOutcome::kHold) ...  Keep it for a person, and alarm.

#ifndef MAILCORE_NOTIFY_NDN_POLICY_H_
#define MAILCORE_NOTIFY_NDN_POLICY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/address/path.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/policy/decision.h"
#include "mailcore/rate/rate_limiter.h"
#include "mailcore/smtp/parameters.h"

namespace mailsec::notify {

enum class ContentVerdict {
  kUnknown,  // No scanner looked at it.
  kClean,
  kSpam,
  kMalware,
};

// Thread safety: a value.
struct NdnQuestion {
  Action action = Action::kFailed;
  ReversePath sender = {};      // Of the message in question.
  ForwardPath recipient;        // Whose delivery it is about.
  smtp::DsnNotify notify = {};  // What was asked for this recipient.
  // Came from an authorised network or authenticated, or was made by this
  // server: when a notification of ours fails, nothing that we had promised to
  // a stranger is lost.
  bool sender_is_ours = false;
  bool automatic = false;  // Auto-Submitted other than "no".
  ContentVerdict verdict = ContentVerdict::kUnknown;
  Cause cause = Cause::kOther;  // If kFailed.
  std::string hop = {};         // Who said so; "": ourselves.
};

enum class NdnOutcome {
  kNotify,
  kSilent,  // The sender is not told; nothing else is to be done.
  kHold,    // Not told, and a person must look: a contradiction, or a failure
            // that may not be reported and that nobody would notice.
};

// Thread safety: a value.
struct NdnDecision {
  NdnOutcome outcome;
  policy::Decision decision;  // Rule, source, inputs, what would change it.
};

// Thread safety: Decide() may be called concurrently.
class NdnPolicy {
 public:
  enum class Contradictions {
    kHold,    // Strangers are not told.
    kNotify,  // They are, against R19.
  };
  struct Options {
    Contradictions outside_senders = Contradictions::kHold;
    // Delay warnings, off by default (R17).
    bool warn_of_delay = false;
    // R24: to one target address and to one target domain. Ours.
    rate::RateLimiter::Options per_address = {.burst = 5,
                                              .interval = absl::Minutes(30)};
    rate::RateLimiter::Options per_domain = {.burst = 50,
                                             .interval = absl::Minutes(1)};
  };

  explicit NdnPolicy(Options options);

  // Takes from the bounds if the outcome is kNotify. Several recipients of one
  // message go into one notification: ask with `takes` until one of them is
  // kNotify, and without for those after it, for which the bounds are then not
  // asked.
  NdnDecision Decide(const NdnQuestion& question, absl::Time now,
                     bool takes = true);

  // For a restart, which must not begin the bounds anew: how much of them is
  // used, as octets; and back. They hold the seeds (rate_limiter.h). DataLoss,
  // and nothing changed, if `octets` are not what SaveBounds() made.
  std::string SaveBounds(absl::Time now) const;
  absl::Status LoadBounds(absl::string_view octets);

 private:
  NdnDecision TakeFromBounds(const NdnQuestion& question, absl::Time now);

  const Options options_;
  rate::RateLimiter per_address_;
  rate::RateLimiter per_domain_;
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_NDN_POLICY_H_
