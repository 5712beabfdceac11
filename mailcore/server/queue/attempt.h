// attempt.h: how far is this try to deliver a message?

#ifndef MAILCORE_SERVER_QUEUE_ATTEMPT_H_
#define MAILCORE_SERVER_QUEUE_ATTEMPT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/server/queue/cut_through.h"
#include "mailcore/smtp/reply.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/spool.h"

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

// Who waits for the end of an attempt (cut_through.h).
struct CutThroughWaiter {
  std::vector<size_t> origins;  // Of each recipient of the envelope.
  size_t origin_count = 1;
  std::function<void(std::vector<smtp::Reply>)> done;  // Called once.
};

// One attempt to deliver one message.
// Thread safety: none; belongs to the thread of the delivery.
struct Attempt {
  spool::QueueId id;
  spool::Envelope envelope;
  uint64_t octets = 0;
  std::shared_ptr<const std::string> content;  // Null: it is too large.
  size_t open = 0;     // Groups of recipients that are still under way.
  bool tried = false;  // Somebody was really asked.
  // Recipients that nobody waits for come afterwards, at once.
  bool leaves_out = false;
  absl::Duration age;    // When it began (spool::Envelope::age).
  absl::Duration begun;  // The uptime when it did.
  absl::Duration pause = absl::InfiniteDuration();  // Until the next one.
  std::vector<RecipientFate> fates;                 // Decided in this attempt.
  std::vector<size_t> arrived;                  // In mailboxes of ours, by it.
  std::vector<std::string> sender_exchangers;   // If he may have to be told.
  std::vector<spool::RecipientChange> changes;  // Not recorded yet.
  // Who waits; null if nobody does, or does not any more.
  std::unique_ptr<CutThroughWaiter> waiter;
  std::unique_ptr<boost::asio::steady_timer> patience;  // The waiter's.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_QUEUE_ATTEMPT_H_
