// ndn_policy.h: must the sender be told, and may we?
//
// Notifications are rare and right (R17): one is sent only if every line holds.
// The first one that does not hold decides; each is a rule with its source.
//
//   line                                       rule               source
//   it is no contradiction, or the sender is   ndn.contradiction  R18, R19
//     one of ours, or strangers are told of
//     it by configuration
//   there is a sender                          automatic.null-sender
//   it is no automatic mail itself, if this    automatic.automatic
//     would be a delay warning
//   delay warnings are on, if it is one        ndn.no-warnings    R17
//   the sender wants to know                   ndn.not-wanted     RFC 3461,
//                                                                 4.1
//   it is neither spam nor malware             automatic.spam
//   the next hop does not call it spam, or     ndn.spam-there     R17, R21
//     the sender is one of ours
//   a scanner called it clean, or the sender   automatic.no-verdict
//     is one of ours
//   it comes from our own name space           automatic.not-our-name
//   the bounds of the sender's address,        automatic.bound
//     domain and exchanger have room
//
// Those named "automatic" are policy::Governor's, which all automatic mail has
// to pass: its decision stands in `because`.
//
// If nobody is told, the message is held for a person, or the matter ends
// silently:
//
//   held    Contradictions about mail from strangers. Two hops disagree about
//           what was promised, the mail was taken and would be lost, and only
//           a person can mend that. It is held even if the sender is null or
//           asked for silence. (With Contradictions::kNotify, it is held only
//           if another line forbids to tell the sender.)
//   held    Mail from strangers that only the next hop calls spam. The filters
//           disagree (R21): it may be a false alarm, but telling a sender that
//           may be forged would be backscatter.
//   held    Failures of mail that no scanner has called clean. Its sender may
//           be forged and is not told, so the mail would be lost silently.
//   held    Failures above the bounds. They are real, the sender relies on us,
//           and an administrator should look at such a flood.
//   held    Failures that we have no name of our own to report from. That is a
//           fault of the configuration.
//   held    Failures of mail from one of ours that a scanner has called spam or
//           malware: the scanner may be wrong, and spam is not answered (R22).
//   silent  All others: the sender asked for silence (NOTIFY), there is none
//           (null sender), a stranger's mail is spam or malware, or nothing is
//           lost (delays, successes). The decision is still an event, so it
//           can be seen in the log.
//
//   NdnPolicy policy({}, &governor);
//   NdnDecision d = policy.Decide(question, clock.Now());
//   if (d.outcome == NdnOutcome::kNotify) Send();  // Once it is built.
//   if (d.outcome == NdnOutcome::kHold) Hold();    // For a person, and alarm.

#ifndef MAILCORE_NOTIFY_NDN_POLICY_H_
#define MAILCORE_NOTIFY_NDN_POLICY_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/governor.h"
#include "mailcore/smtp/parameters.h"

namespace mailsec::notify {

// Thread safety: a value.
struct NdnQuestion {
  Action action = Action::kFailed;
  address::ReversePath sender = {};  // That of the message in question.
  address::ForwardPath recipient;    // The delivery to it is in question.
  address::Address author;           // What From would say.
  smtp::DsnNotify notify = {};       // What was asked for this recipient.
  // Came from an authorised network or authenticated, or was made by this
  // server: when a notification of ours fails, nothing that we had promised to
  // a stranger is lost.
  bool sender_is_ours = false;
  bool automatic = false;  // Auto-Submitted other than "no".
  message::ContentVerdict verdict = message::ContentVerdict::kUnknown;
  Cause cause = Cause::kOther;  // If kFailed.
  std::string hop = {};         // Who said so; "": ourselves.
  // The exchangers of the sender's domain, if the DNS was asked
  // (AutomaticMail).
  std::vector<std::string> exchangers = {};
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
  };

  // `governor` is not owned and must outlive this.
  NdnPolicy(Options options, policy::Governor* governor)
      : options_(options), governor_(governor) {}

  // Takes from the governor's bounds if the outcome is kNotify. Several
  // recipients of one message go into one notification: ask with `takes` until
  // one of them is kNotify, and without for those after it, for which the
  // bounds are then not asked.
  NdnDecision Decide(const NdnQuestion& question, absl::Time now,
                     bool takes = true) const;

 private:
  const Options options_;
  policy::Governor* const governor_;
};

}  // namespace mailsec::notify

#endif  // MAILCORE_NOTIFY_NDN_POLICY_H_
