// ndn_policy.h: must the sender be told, and may we?
//
// Notifications are rare and right (R17): one is sent only if every line
// holds. The first that does not decides; each is an own rule with its source.
//
//   there is a sender               not <>                  RFC 5321, 4.5.5
//   it is no notification itself    Auto-Submitted, <>      RFC 3834, 2
//   the sender wants to know        NOTIFY                  RFC 3461, 4.1
//   it is neither spam nor malware                          R22, R17
//   it is no contradiction, or the sender is one of ours    R18, R19
//   sender's address and domain are below their bounds      R24
//
//   NdnDecision d = policy.Decide(question, clock.Now());
//   if (d.outcome == NdnOutcome::kNotify) ... Build and send.
//   if (d.outcome == NdnOutcome::kHold) ...  Keep it for a person, and alarm.

#ifndef MAILCORE_NOTIFY_NDN_POLICY_H_
#define MAILCORE_NOTIFY_NDN_POLICY_H_

#include <string>

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
  ReversePath sender;           // Of the message in question.
  ForwardPath recipient;        // Whose delivery it is about.
  smtp::DsnNotify notify;       // What was asked for this recipient.
  bool sender_is_ours = false;  // Authorised network or authenticated.
  bool automatic = false;       // Auto-Submitted other than "no".
  ContentVerdict verdict = ContentVerdict::kUnknown;
  Cause cause = Cause::kOther;  // If kFailed.
  std::string hop;              // Who said so; "": ourselves.
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

  // Takes from the bounds if the outcome is kNotify. For several recipients of
  // one message that go into one notification, ask with `takes` for the first
  // of them only.
  NdnDecision Decide(const NdnQuestion& question, absl::Time now,
                     bool takes = true);

 private:
  Options options_;
  rate::RateLimiter per_address_;
  rate::RateLimiter per_domain_;
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_NDN_POLICY_H_
