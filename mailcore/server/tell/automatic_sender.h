// automatic_sender.h: what does a delivered message cause by itself?
//
// When a message has come into a mailbox of ours, its owner may be absent, may
// have it sent on, or its sender may want a receipt. Whatever of it the rules
// (autoreply), the governor (R22 to R24) and the memory allow becomes a message
// in the spool. None of it can fail the delivery, which has been made: it is
// best effort, and each no is an event with its rule.
//
//   if (sender.Concerns(envelope, arrived)) sender.Send(message);  // Blocks.

#ifndef MAILCORE_SERVER_TELL_AUTOMATIC_SENDER_H_
#define MAILCORE_SERVER_TELL_AUTOMATIC_SENDER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"
#include "mailcore/server/tell/absences.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// A message that came into mailboxes. Thread safety: a value.
struct ArrivedMail {
  spool::QueueId id;
  const spool::Envelope* envelope;
  std::vector<size_t> recipients;              // Whose mailboxes; indices.
  std::shared_ptr<const std::string> content;  // If it is in memory.
  // What is known of the delivery: a forward becomes durable together with it,
  // so that a crash does not make another one.
  spool::Progress progress;
};

// Goes by the snapshot that is in force when it is asked, and not by that of the
// attempt: what an operator has switched off ends at once.
//
// Thread safety: all methods may be called concurrently.
class AutomaticSender {
 public:
  // None is owned; all must outlive the sender. Without `parts->resolver`
  // nobody asks who a target's exchangers are.
  AutomaticSender(const Parts* parts, const Current<Snapshot>* current,
                  Absences* absences, autoreply::ReplyMemory* memory)
      : parts_(parts),
        current_(current),
        absences_(absences),
        memory_(memory) {}

  // False: there is nothing to do about it. Does not block.
  bool Concerns(const spool::Envelope& envelope,
                const std::vector<size_t>& recipients) const;

  // Blocks on the disk, the memory and the DNS.
  void Send(const ArrivedMail& mail) const;

 private:
  class Sending;

  const Parts* const parts_;
  const Current<Snapshot>* const current_;
  Absences* const absences_;
  autoreply::ReplyMemory* const memory_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_AUTOMATIC_SENDER_H_
