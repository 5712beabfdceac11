// parts.h: what do all rooms of the server work with?
//
//   const Parts parts = {.clock = &clock, .events = &log};
//   parts.events->Record(base::Event(events::kStarted, parts.clock->Now()));

#ifndef MAILCORE_SERVER_RUNTIME_PARTS_H_
#define MAILCORE_SERVER_RUNTIME_PARTS_H_

#include <functional>
#include <string>

#include "mailcore/base/clock.h"
#include "mailcore/base/event.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/io/spool_writer.h"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Every part is made once when the server starts and outlives all who use it;
// none is owned here. What a room does not need may be missing.
// Thread safety: immutable once shared; every part allows concurrent calls.
struct Parts {
  const base::Clock* clock = nullptr;
  base::EventSink* events = nullptr;
  Stats* stats = nullptr;
  spool::Spool* spool = nullptr;
  io::SpoolWriter* writer = nullptr;
  io::WorkerPool* pool = nullptr;      // The disk and the policies block it.
  io::WorkerPool* dns_pool = nullptr;  // Only the DNS does: it may be slow.
  // What strangers cause to be asked of the DNS blocks it, and nothing else:
  // their zones may be as slow as they like.
  io::WorkerPool* answer_pool = nullptr;
  io::WorkerPool* scan_pool = nullptr;  // Only scanners do.
  dns::Resolver* resolver = nullptr;
  std::string hostname = {};  // The server's own name.
  // There is something to deliver. It may be called from any thread.
  std::function<void()> wake = nullptr;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_PARTS_H_
