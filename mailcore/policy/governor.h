// governor.h: may we send this mail by ourselves?
//
// Everything that the server sends without a person's wish at that moment asks
// here: there is no other way out. The first line that does not hold decides.
//
//   line                                   rule                    source
//   alarms go to an operator               automatic.not-operator  R20
//   the content was looked at              automatic.no-verdict    R22, R27
//     (not asked of alarms, and of notifications and warnings to a
//     sender of ours)
//   it is neither spam nor malware         automatic.spam          R22
//     (not asked of alarms)
//   there is a sender to answer            automatic.null-sender   RFC 5321,
//     (not asked of alarms)                                        4.5.5
//   he is no machine                       automatic.automatic     RFC 3834, 2
//     (likewise)
//   what we send is from our own name      automatic.not-our-name  R23
//     space: its author, and its envelope sender unless that is null
//   the target's address, its domain,      automatic.bound         R24
//     and for public mail providers its
//     exchanger are below their bounds
//
// Forwards have bounds of their own, as a person asked for them and a mailbox
// gets more than one mail a day; so have alarms, which nobody else may use up.
//
//   GovernorAnswer answer = governor.Decide(question, clock.Now());
//   if (!answer.allowed) Log(answer.ToDecision(question));

#ifndef MAILCORE_POLICY_GOVERNOR_H_
#define MAILCORE_POLICY_GOVERNOR_H_
// Sketch: Options {own_domains (predicate or set), operators, per_address, per_domain,
// per_exchanger, total of answers, forwards..., public providers' exchanger
// suffixes, seed}; AutomaticMail (question); GovernorAnswer (lean; ToDecision());
// Decide(question, now, takes = true), SaveBounds(now), LoadBounds(octets).
#include <string>
#include <vector>

#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/message/content_verdict.h"

namespace mailsec::policy {

enum class AutomaticKind {
  kNotification,  // Of a failure or a success (RFC 3464).
  kDelayWarning,
  kAbsenceNotice,
  kReceipt,  // RFC 8098.
  kForward,
  kAlarm,  // To the operators.
};

// What is asked. Thread safety: a value.
struct AutomaticMail {
  AutomaticKind kind = AutomaticKind::kNotification;
  // Of the mail that is answered or forwarded.
  ContentVerdict verdict = ContentVerdict::kUnknown;
  ReversePath answered = {};      // Its envelope sender.
  bool sender_is_ours = false;    // Authorised network or authenticated.
  bool answers_automatic = false; // Auto-Submitted other than "no".
  // Of the mail that we would send.
  ReversePath sender = {};  // Envelope; null for all but forwards.
  Address author;           // From: field, or for forwards who forwards.
  Address target;           // Envelope recipient.
  // Names of the target's mail exchangers, if somebody asked the DNS.
  std::vector<std::string> exchangers = {};
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_GOVERNOR_H_
