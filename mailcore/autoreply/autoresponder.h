// autoresponder.h: does this message get an absence notice?
//
// Autoresponder decides by what RFC 3834 and RFC 5230 say about the message and
// the user, and by nothing else. ReplyMemory knows whether this sender had a
// notice already, and policy::Governor whether anything may be sent to them at
// all: ask both afterwards. A notice goes to the envelope sender and to no
// other address.
//
// The first line that does not hold decides.
//
//   line                                    rule                     source
//   the user is absent now                  absence.not-active       ours
//   there is a sender to answer             absence.null-sender      RFC 3834,
//                                                                    2
//   the sender is not the user              absence.own-address      RFC 5230,
//                                                                    4.6
//   neither sender nor From: is a           absence.system-sender    RFC 5230,
//     machine, and From: has an address                              4.6
//   no field that stands once stands twice  absence.duplicate-field  RFC 5322,
//                                                                    3.6
//   Auto-Submitted is missing or "no"       absence.auto-submitted   RFC 3834,
//                                                                    2
//   there is no List-* field                absence.list             RFC 5230,
//                                                                    4.6
//   Precedence is not bulk, list or junk    absence.precedence       RFC 3834,
//     (nor auto_reply)                                               2
//   the sender's system does not refuse     absence.suppressed MS-OXCMAIL,
//     answers                                                        2.2.3.2.14
//   it is no report of a machine            absence.report           RFC 3834,
//                                                                    2
//   it has no other mark of a machine       absence.machine          ours
//   the user is addressed by a name of      absence.not-addressed    RFC 5230,
//     theirs in To, Cc, Resent-To or                                 4.5
//     Resent-Cc
//   the user wrote a text for senders of    absence.no-text          ours
//     this side
//
//   auto responder = Autoresponder::Create({});
//   AbsenceDecision d = responder->Decide(question, clock.Now());
//   if (!d.answer) return;
//   // Ask the governor, then the memory, then build it.

#ifndef MAILCORE_AUTOREPLY_AUTORESPONDER_H_
#define MAILCORE_AUTOREPLY_AUTORESPONDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/autoreply/machine_marks.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/policy/decision.h"

namespace mailsec::autoreply {

// What is asked. Thread safety: a value; what it points to must outlive the
// call.
struct AbsenceQuestion {
  const message::HeaderScanner* header;  // The message that came.
  const AbsenceSettings* settings;       // The user's that it was delivered to.
  address::ReversePath sender = {};      // Envelope.
  // Addresses of the user beside settings->owner: aliases, and the one that
  // RCPT named. Not those of groups that the user is only a member of.
  absl::Span<const address::Address> own_addresses = {};
  // What separates a detail from each of these addresses (address::
  // WithoutDetail()): "+". Empty: they have none.
  absl::string_view separators = {};
  bool sender_is_inside = false;  // Which texts, and none for outside.
};

// Thread safety: a value.
struct AbsenceDecision {
  bool answer = false;
  // kAccept or kRefuse, never with a reply for the peer to see.
  policy::Decision decision;
};

// Thread safety: immutable once created; const methods may run concurrently.
class Autoresponder {
 public:
  struct Options {
    // Local parts of machines beside the built-in ones (machine_marks.h); '*'
    // stands for any octets: "newsletter-*".
    std::vector<std::string> system_senders = {};
  };

  // InvalidArgument if a pattern is empty, not printable ASCII or nothing but
  // '*'.
  static absl::StatusOr<Autoresponder> Create(Options options);

  AbsenceDecision Decide(const AbsenceQuestion& question, absl::Time now) const;

 private:
  explicit Autoresponder(SystemSenders senders);
  SystemSenders senders_;
};

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_AUTORESPONDER_H_
