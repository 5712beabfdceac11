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
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/autoreply/reply_memory.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/policy/governor.h"
#include "mailcore/route/forward_table.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/server/snapshot/own_addresses.h"
#include "mailcore/server/snapshot/policies.h"
#include "mailcore/server/tell/absences.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What may change with a reload. Thread safety: immutable once shared; what is
// pointed to allows concurrent calls.
struct AutomaticSettings {
  std::shared_ptr<const Policies> policies;
  std::shared_ptr<policy::Governor> governor;
  std::string hostname;
  bool off = false;
  autoreply::Autoresponder responder;
  bool receipts_on = false;
  autoreply::ReceiptPolicy receipts;
};

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

// Thread safety: all methods may be called concurrently.
class AutomaticSender {
 public:
  // All of it must outlive the sender; `resolver` may be null: then nobody
  // asks who a target's exchangers are.
  struct Context {
    spool::Spool* spool;
    io::SpoolWriter* writer;
    const base::Clock* clock;
    base::EventSink* events;
    Stats* stats;
    Absences* absences;
    autoreply::ReplyMemory* memory;
    dns::Resolver* resolver;
    std::function<void()> wake;  // There is something to deliver.
  };

  AutomaticSender(Context context,
                  std::shared_ptr<const AutomaticSettings> settings);

  void SetSettings(std::shared_ptr<const AutomaticSettings> settings);

  // False: there is nothing to do about it. Does not block.
  bool Concerns(const spool::Envelope& envelope,
                const std::vector<size_t>& recipients) const;

  // Blocks on the disk, the memory and the DNS.
  void Send(const ArrivedMail& mail) const;

 private:
  class Sending;
  std::shared_ptr<const AutomaticSettings> settings() const;

  const Context context_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::shared_ptr<const AutomaticSettings> settings_;
  std::shared_ptr<const OwnAddresses> own_addresses_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_TELL_AUTOMATIC_SENDER_H_
