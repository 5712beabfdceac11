// listener.h: who is at the door?
//
// Accepts connections on one address, keeps to the limits, and spreads the
// connections over the server's event loops.

#ifndef MAILCORE_SERVER_RECEIVE_LISTENER_H_
#define MAILCORE_SERVER_RECEIVE_LISTENER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "mailcore/server/config/listener_settings.h"
#include "mailcore/server/receive/client_limiter.h"
#include "mailcore/server/receive/connection.h"
#include "mailcore/server/runtime/io_thread.h"

namespace mailsec::server {

// The connections that live on one thread. Thread safety: none, but for
// Post…() of its thread.
struct ThreadConnections {
  IoThread thread;
  absl::flat_hash_set<Connection*> open;
};

// Thread safety: Listen(), Accept() and Close() from any one thread at a time;
// the rest runs on the event loops.
class Listener {
 public:
  // `threads` and `limiter` must outlive the listener. Connections are
  // accepted on the first thread.
  Listener(std::vector<std::unique_ptr<ThreadConnections>>* threads,
           ClientLimiter* limiter, ListenerContext context);

  // Binds and listens. Unavailable or PermissionDenied, with the address and
  // what to do.
  absl::Status Listen(const ListenerSettings& listener);

  // Lets clients in, once Listen() was OK.
  void Accept();

  // Accepts no more. The port is free on return.
  void Close();

  uint16_t port() const { return port_; }

 private:
  boost::asio::awaitable<void> AcceptLoop();
  void Serve(boost::asio::ip::tcp::socket socket, ThreadConnections* thread);

  std::vector<std::unique_ptr<ThreadConnections>>* threads_;
  ClientLimiter* limiter_;
  const ListenerContext context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_ = 0;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_LISTENER_H_
