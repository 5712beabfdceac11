// server.h: the rooms put together into a running server.
//
//   Settings settings;  // From LoadSettings(), without errors.
//   absl::StatusOr<std::unique_ptr<Server>> server =
//       Server::Start(settings, {.events = &log});
//   Show((*server)->port(0));
//   (*server)->Stop();

#ifndef MAILCORE_SERVER_SERVER_H_
#define MAILCORE_SERVER_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailcore/base/event.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/server/config/config_error.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/receive/mail_handler.h"
#include "mailcore/server/runtime/stats.h"
#include "mailcore/spool/spool.h"

namespace mailsec::server {

// Thread safety: all methods may be called from any thread, Reload() and
// Stop() from one at a time, and RetryNow() not after Stop().
class Server {
 public:
  struct Options {
    base::EventSink* events = nullptr;  // Not owned; must outlive the server.
    // Wraps the server's own handler (policies and spool), which it is given
    // and which outlives the result. Default: that handler itself.
    std::function<std::unique_ptr<MailHandler>(MailHandler* own)> wrap_handler =
        {};
    // Look at content before those of the configuration. Not owned; must
    // outlive the server. Default: none.
    std::vector<policy::Scanner*> scanners = {};
  };

  // Opens the spool, recovers it, and accepts mail on return. `settings` must
  // come from ParseSettings() without errors; the files it names are read.
  // InvalidArgument lists their errors, one a line; FailedPrecondition if the
  // spool is not private or another server has it; ResourceExhausted, with what
  // to raise, if there are too few threads or file descriptors.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Settings settings,
                                                       Options options);
  // Stop()s.
  virtual ~Server() = default;

  // The port of the n-th listener.
  virtual uint16_t port(size_t n) const = 0;

  // Puts a new configuration in force, all of it or nothing. Each message is
  // decided by one configuration: one that is being received, delivered or
  // looked at keeps the one it began with. Sessions that are open keep what
  // their greeting said until they end. InvalidArgument as Start();
  // FailedPrecondition if it changes what needs a restart (listeners, spool,
  // threads, sockets).
  virtual absl::Status Reload(Settings settings) = 0;

  // The messages it has, also those of which an attempt is under way. Lives as
  // long as the server. After a Release() or a Flush() call RetryNow().
  virtual spool::Spool& spool() = 0;
  // Attempts what is due now.
  virtual void RetryNow() = 0;

  // What it did since the start.
  virtual const Stats& stats() const = 0;

  // Records that a new configuration could not be read (LoadSettings()), as an
  // alarm like one that Reload() refuses.
  virtual void RefuseReload(const std::vector<ConfigError>& errors) = 0;

  // Takes no new connections, lets messages and deliveries under way finish
  // for limits.stop_seconds, then ends. Nothing accepted is lost, with or
  // without it.
  virtual void Stop() = 0;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SERVER_H_
