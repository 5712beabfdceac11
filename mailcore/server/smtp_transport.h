// smtp_transport.h: does the next hop take this message?
//
// Hands one message to one destination by SMTP or LMTP: connects, runs an
// smtp::ClientSession with the time limits of RFC 5321, 4.5.3.2, and says what
// became of each recipient. Whatever goes wrong before the answer is a
// transient outcome; nothing throws.

#ifndef MAILCORE_SERVER_SMTP_TRANSPORT_H_
#define MAILCORE_SERVER_SMTP_TRANSPORT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "mailcore/io/worker_pool.h"
#include "mailcore/policy/resolver.h"
#include "mailcore/server/route_table.h"
#include "mailcore/smtp/client_session.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// What transports share. All of it outlives them.
struct TransportContext {
  policy::Resolver* resolver;
  io::WorkerPool* pool;  // Resolving and reading may block.
  spool::Spool* spool;
  std::string hostname;                             // Said in EHLO.
  absl::Duration connect_time = absl::Seconds(30);  // Each address. Ours.
};

// The result has one outcome for each of transaction.recipients, in order.
// `answered` tells whether the destination greeted us and was ready for mail:
// if not, the next message will fare no better.
boost::asio::awaitable<std::vector<smtp::RecipientOutcome>> SendMessage(
    TransportContext context, Destination destination,
    smtp::Transaction transaction, spool::QueueId id, bool* answered);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SMTP_TRANSPORT_H_
