#include "mailcore/server/receive/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <future>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/asio/post.hpp"
#include "mailcore/io/errno_status.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ip::IpAddress;

// A proxy is only counted in all, until it says for whom it speaks.
ClientLimiter::Limits LimitsOfPeer(const Snapshot& snapshot, size_t listener,
                                   const IpAddress& peer) {
  if (snapshot.sessions[listener].proxy_networks.Contains(peer)) {
    return {.all = snapshot.settings.limits.connections};
  }
  return LimitsOf(snapshot, listener, peer);
}

constexpr int kBacklog = 4096;

// After accept() has failed (no file descriptors left), the time to wait.
constexpr std::chrono::milliseconds kAcceptPause(100);

IpAddress FromAsio(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::FromV4(address.to_v4().to_bytes());
  return IpAddress::FromV6(address.to_v6().to_bytes());
}

absl::Status ListenError(const ListenerSettings& listener,
                         const error_code& error) {
  std::string what =
      absl::StrCat("cannot listen on ", listener.address.ToString(), " port ",
                   listener.port);
  if (error.value() == EACCES) {
    what += " (ports below 1024 need CAP_NET_BIND_SERVICE)";
  } else if (error.value() == EADDRINUSE) {
    what += " (another server has it)";
  }
  return io::ErrnoStatus(error.value(), what);
}

}  // namespace

Listener::Listener(std::vector<std::unique_ptr<ThreadConnections>>* threads,
                   ClientLimiter* limiter, ListenerContext context)
    : threads_(threads),
      limiter_(limiter),
      context_(context),
      acceptor_(threads->front()->thread.context()) {}

absl::Status Listener::Listen(const ListenerSettings& listener) {
  error_code error;
  const asio::ip::address address =
      asio::ip::make_address(listener.address.ToString(), error);
  const tcp::endpoint endpoint(address, listener.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.is_v6()) {
    acceptor_.set_option(asio::ip::v6_only(true), error);
  }
  if (!error && !listener.interface.empty() &&
      setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_BINDTODEVICE,
                 listener.interface.data(),
                 static_cast<socklen_t>(listener.interface.size())) != 0) {
    return io::ErrnoStatus(
        errno, absl::StrCat("cannot bind to interface ", listener.interface));
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) return ListenError(listener, error);
  port_ = acceptor_.local_endpoint().port();
  return absl::OkStatus();
}

void Listener::Accept() {
  asio::co_spawn(acceptor_.get_executor(), AcceptLoop(), asio::detached);
}

void Listener::Close() {
  std::promise<void> closed;
  asio::post(acceptor_.get_executor(), [&] {
    error_code ignored;
    acceptor_.close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
}

asio::awaitable<void> Listener::AcceptLoop() {
  for (size_t next = 0;; ++next) {
    ThreadConnections* thread = (*threads_)[next % threads_->size()].get();
    auto [error, socket] =
        co_await acceptor_.async_accept(thread->thread.context(), kNoThrow);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      asio::steady_timer pause(acceptor_.get_executor(), kAcceptPause);
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    asio::post(thread->thread.context(),
               [this, thread, s = std::move(socket)]() mutable {
                 Serve(std::move(s), thread);
               });
  }
}

// On the connection's own thread.
void Listener::Serve(tcp::socket socket, ThreadConnections* thread) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // Gone already.
  const IpAddress peer = FromAsio(remote.address());
  std::shared_ptr<const Snapshot> snapshot = context_.current->Get();
  std::optional<ClientLimiter::Ticket> ticket =
      limiter_->Admit(peer, LimitsOfPeer(*snapshot, context_.index, peer));
  if (!ticket) {
    context_.parts->events->Record(
        base::Event(events::kTooMany, context_.parts->clock->Now())
            .With("client", peer.ToString()));
    constexpr char kRefusal[] = "421 4.7.0 Too many connections\r\n";
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(kRefusal, sizeof(kRefusal) - 1), error);
    return;
  }
  auto connection =
      std::make_shared<Connection>(std::move(socket), peer, *std::move(ticket),
                                   std::move(snapshot), context_);
  thread->open.insert(connection.get());
  ++context_.parts->stats->connections;
  context_.parts->events->Record(
      base::Event(events::kConnected, context_.parts->clock->Now())
          .With("session", connection->session_id())
          .With("client", peer.ToString()));
  auto run = [](std::shared_ptr<Connection> c, ThreadConnections* of,
                Stats* stats) -> asio::awaitable<void> {
    co_await c->Run();
    of->open.erase(c.get());
    --stats->connections;
  };
  asio::co_spawn(thread->thread.context(),
                 run(std::move(connection), thread, context_.parts->stats),
                 asio::detached);
}

}  // namespace mailsec::server
