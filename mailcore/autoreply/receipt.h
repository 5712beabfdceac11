// receipt.h: does the sender get a receipt, and how is it written?
//
// A receipt is a message disposition notification (RFC 8098) that this server
// sends by itself. Receipts are off unless the operator switches them on: they
// tell strangers that an address is read. The first line that does not hold
// decides.
//
//   line                                   rule                      source
//   receipts are on                        receipt.off               RFC 8098,
//                                                                    2.1, 6.2
//   there is a sender                      receipt.null-sender       RFC 8098,
//                                                                    2.1
//   the sender asks for one                receipt.not-asked         RFC 8098,
//                                                                    2.1
//   for exactly one address, and it is     receipt.other-address     RFC 8098,
//     the sender's                                                   2.1
//   the sender is not the user             receipt.own-address       RFC 3834,
//                                                                    2
//   neither sender nor From: is an         receipt.system-sender     RFC 3834,
//     address of a machine                                           2
//   the message is no machine's, and to    receipt.automatic         RFC 3834,
//     no list                                                        2
//   the sender's system does not refuse    receipt.suppressed        MS-OXCMAIL
//     receipts
//   nothing is required that we do not do  receipt.required-option   RFC 8098,
//                                                                    2.2
//   it has a Message-ID by which one is    receipt.no-message-id     RFC 8098,
//     remembered                                                     2.1
//   the user is addressed in To or Cc      receipt.not-addressed     ours
//
// Then ask the governor, and ReplyMemory with ReceiptReplyKey(): one receipt a
// message and recipient.

#ifndef MAILCORE_AUTOREPLY_RECEIPT_H_
#define MAILCORE_AUTOREPLY_RECEIPT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "mailcore/address/address.h"
#include "mailcore/address/path.h"
#include "mailcore/autoreply/automatic_message.h"
#include "mailcore/autoreply/machine_marks.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/rule.h"

namespace mailsec::autoreply {

// What is asked. Thread safety: a value; what it points to must outlive the
// call.
struct ReceiptQuestion {
  const message::HeaderScanner* header;  // The message that came.
  address::ReversePath sender = {};      // Envelope.
  address::Address mailbox;              // The user's own address.
  absl::Span<const address::Address> own_addresses = {};  // Their others.
  absl::string_view separators = {};  // As AbsenceQuestion's.
};

// The rule that decides if the sender did not ask for a receipt. Most senders
// do not, so callers need not log a decision by this rule.
inline constexpr policy::Rule kReceiptNotAsked = {
    "receipt.not-asked", "RFC 8098, 2.1",
    "sent if Disposition-Notification-To asked for it"};

// Thread safety: a value.
struct ReceiptDecision {
  bool answer = false;
  policy::Decision decision;
  std::string message_id = {};  // For ReceiptReplyKey(), if `answer`.
};

// Thread safety: immutable once created; const methods may run concurrently.
class ReceiptPolicy {
 public:
  struct Options {
    bool enabled = false;
    std::vector<std::string> system_senders = {};  // As Autoresponder's.
  };

  // InvalidArgument as Autoresponder::Create().
  static absl::StatusOr<ReceiptPolicy> Create(Options options);

  ReceiptDecision Decide(const ReceiptQuestion& question) const;

 private:
  ReceiptPolicy(bool enabled, SystemSenders senders);
  bool enabled_;
  SystemSenders senders_;
};

// Thread safety: a value; what it points to must outlive the call.
struct ReceiptRequest {
  const message::HeaderScanner* original;
  address::Address mailbox;  // Final-Recipient, and From.
  address::Address target;   // The original's envelope sender.
  std::string unique = {};   // As AbsenceNoticeRequest's.
  // ORCPT's address with its type, "rfc822;a@example.org"; may be empty.
  std::string original_recipient = {};
};

// A multipart/report of two parts: for people, in English and German, and
// message/disposition-notification, "automatic-action/MDN-sent-automatically;
// processed" (RFC 8098, 3.2.6). InvalidArgument if `unique` is empty.
// Thread safety: a pure function.
absl::StatusOr<AutomaticMessage> BuildReceipt(const ReceiptRequest& request,
                                              absl::Time now);

}  // namespace mailsec::autoreply

#endif  // MAILCORE_AUTOREPLY_RECEIPT_H_
