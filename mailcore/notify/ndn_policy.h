// ndn_policy.h: must the sender be told, and may we?
//
// Notifications are rare and right (R17): one is sent only if every line
// holds. The first that does not decides; each is an own rule with its source.
//
//   line                                       rule               source
//   it is no contradiction, or the sender is   ndn.contradiction  R18, R19
//     one of ours, or strangers are told of
//     it by configuration
//   there is a sender                          automatic.null-sender
//   it is no automatic mail itself             automatic.automatic
//   this may be told: delay warnings are on    ndn.no-warnings    R17
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
// What becomes of it then:
//
//   held    contradictions with strangers, whatever else holds: two hops
//           disagree about what was promised, the mail was taken and would be
//           lost, and only a person can mend that. So also if the sender is
//           null or asked for silence. (With Contradictions::kNotify only those
//           that another line stops.) And mail from strangers that only the
//           next hop calls spam: the filters disagree (R21), telling the
//           forgeable sender is backscatter, and it may be a false alarm.
//   held    failures of what no scanner has called clean: whoever the forgeable
//           sender is may not be told, and the mail would be lost silently.
//   held    failures above the bounds: they are real, the sender counts on us,
//           and a flood is itself something to look at. And failures that we
//           have no name of our own to report from: a fault of configuration.
//   silent  all others: the sender asked for it (NOTIFY), nobody could be told
//           (null sender), it is the answer of a machine (a loop would begin),
//           nobody may be told (spam), or nothing is lost (delays, successes).
//           The decision is an event like any other, so nothing goes unseen.
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
  address::ReversePath sender = {};  // Of the message in question.
  address::ForwardPath recipient;    // Whose delivery it is about.
  address::Address author;           // From: of the notification would be this.
  smtp::DsnNotify notify = {};       // What was asked for this recipient.
  // Came from an authorised network or authenticated, or was made by this
  // server: when a notification of ours fails, nothing that we had promised to
  // a stranger is lost.
  bool sender_is_ours = false;
  bool automatic = false;  // Auto-Submitted other than "no".
  message::ContentVerdict verdict = message::ContentVerdict::kUnknown;
  Cause cause = Cause::kOther;  // If kFailed.
  std::string hop = {};         // Who said so; "": ourselves.
  // Of the sender's domain, if somebody asked the DNS (AutomaticMail).
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
