// listeners.h: where do all connections live?
//
// The server's event loops, each with a thread of its own, and the listeners
// that spread connections over them.
//
//   Listeners listeners(settings.limits.threads, &parts);
//   absl::Status status = listeners.Open(settings, &current, &handler);
//   listeners.Close();               // Accepts no more.
//   listeners.EndSessions(end);      // Asks those that are open to end.
//   listeners.StopThreads();

#ifndef MAILCORE_SERVER_RECEIVE_LISTENERS_H_
#define MAILCORE_SERVER_RECEIVE_LISTENERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "boost/asio/io_context.hpp"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/receive/client_limiter.h"
#include "mailcore/server/receive/listener.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/receive/refusal_ledger.h"
#include "mailcore/server/runtime/current.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/snapshot.h"

namespace mailsec::server {

// Thread safety: belongs to the owner, whose thread is none of these.
class Listeners {
 public:
  // Makes `threads` event loops (0: one for each core) that do not run yet.
  // `parts` is not owned and must outlive the result.
  Listeners(size_t threads, const Parts* parts);
  ~Listeners();

  // The first event loop, for what else is served beside connections.
  boost::asio::io_context& context() {
    return threads_.front()->thread.context();
  }

  // Listens as `settings` say and starts the threads. `current` and `handler`
  // must outlive StopThreads(). Errors as Listener::Listen().
  absl::Status Open(const Settings& settings, const Current<Snapshot>* current,
                    MailHandler* handler);

  uint16_t port(size_t n) const { return listeners_.at(n)->port(); }

  // Accepts no more. The ports are free on return.
  void Close();

  // Asks all sessions to end after the message under way. Those that are left
  // shortly before `end`, an uptime, are told at once. Returns when there is
  // none, or at `end`.
  void EndSessions(absl::Duration end);

  void StopThreads();

 private:
  class Sweeper;  // Ends sessions whose time is over.

  const Parts& parts_;
  ClientLimiter limiter_;  // Its tickets live in the threads' coroutines.
  RefusalLedger refusals_;
  std::vector<std::unique_ptr<ThreadConnections>> threads_;
  std::vector<std::unique_ptr<Sweeper>> sweepers_;  // One for each thread.
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_LISTENERS_H_
