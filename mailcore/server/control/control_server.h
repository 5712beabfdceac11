// control_server.h: what does the operator want to know or change?
//
// Answers the command `mailsec` over a Unix socket that only the server's own
// user may open (mode 0600). The protocol is control.proto, framed by
// control_protocol.h.

#ifndef MAILCORE_SERVER_CONTROL_CONTROL_SERVER_H_
#define MAILCORE_SERVER_CONTROL_CONTROL_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "mailcore/io/worker_pool.h"
#include "mailcore/server/control/control.pb.h"

namespace mailsec::server {

// Thread safety: Listen() and Close() from one thread at a time.
class ControlServer {
 public:
  // Who asks, as the kernel knows it.
  struct Peer {
    uint32_t uid = 0;
    int32_t pid = 0;
  };

  // Answers one request: calls `send` for each response. Runs on the pool; may
  // block.
  using Answer = std::function<void(
      const control::Request& request, const Peer& peer,
      const std::function<void(const control::Response&)>& send)>;

  // All must outlive this; `context` runs on one thread.
  ControlServer(boost::asio::io_context* context, io::WorkerPool* pool,
                Answer answer);
  ~ControlServer();

  // Takes the place of a socket that no server listens on any more.
  // FailedPrecondition if another server answers there.
  absl::Status Listen(const std::string& path);

  // Accepts no more and removes the socket.
  void Close();

 private:
  boost::asio::awaitable<void> AcceptLoop();
  boost::asio::awaitable<void> Serve(
      boost::asio::local::stream_protocol::socket socket);

  boost::asio::io_context* context_;
  io::WorkerPool* pool_;
  const Answer answer_;
  std::string path_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_CONTROL_CONTROL_SERVER_H_
