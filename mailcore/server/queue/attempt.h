// attempt.h: what has come of this try to deliver a message?

#ifndef MAILCORE_SERVER_QUEUE_ATTEMPT_H_
#define MAILCORE_SERVER_QUEUE_ATTEMPT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::server {

// What became of one recipient, for whoever may have to be told.
// Thread safety: a value.
struct RecipientFate {
  size_t recipient = 0;  // Its index in the envelope.
  notify::Action action = notify::Action::kFailed;
  smtp::Reply reply = smtp::Reply(250, "");
  bool from_peer = false;    // The reply is the next hop's.
  bool expired = false;      // Given up, as its time is over.
  bool kept_inside = false;  // Local mail would have left the house (R3).
  std::string hop;           // Who said so; empty: ourselves.
  absl::Time time;
};

// One attempt to deliver one message: what those need to know who tell people
// of it. Thread safety: a value.
struct Attempt {
  spool::QueueId id;
  spool::Envelope envelope;  // Its recipients' states are the newest.
  uint64_t octets = 0;
  std::shared_ptr<const std::string> content;  // Null: it is too large.
  absl::Duration age;  // The message's, by now (spool::Envelope::age).
  bool tried = false;  // Somebody was really asked.
  std::vector<RecipientFate> fates;  // Decided in this attempt.
  // The sender's exchangers, if the sender may have to be told.
  std::vector<std::string> sender_exchangers;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_ATTEMPT_H_
