#include "mailcore/server/control/control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/write.hpp"
#include "mailcore/io/errno_status.h"
#include "mailcore/server/control/control_protocol.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using boost::system::error_code;

// A request is short; who takes longer to send it is not `mailsec`.
constexpr std::chrono::seconds kRequestTime(10);
constexpr size_t kMaxRequestOctets = 1 << 20;

// A socket in a folder is used with the modes that bind() gives it, so the
// umask has to be right at that moment: no chmod after.
class PrivateUmask {
 public:
  PrivateUmask() : before_(umask(0177)) {}
  ~PrivateUmask() { umask(before_); }

 private:
  const mode_t before_;
};

ControlServer::Peer PeerOf(Local::socket& socket) {
  ucred peer = {};
  socklen_t length = sizeof(peer);
  (void)getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer,
                   &length);
  return {.uid = peer.uid, .pid = peer.pid};
}

std::string Error(const std::string& message) {
  control::Response response;
  response.set_error(message);
  return FrameControl(response);
}

}  // namespace

ControlServer::ControlServer(asio::io_context* context, io::WorkerPool* pool,
                             Answer answer)
    : context_(context),
      pool_(pool),
      answer_(std::move(answer)),
      acceptor_(*context) {}

ControlServer::~ControlServer() = default;

absl::Status ControlServer::Listen(const std::string& path) {
  const absl::StatusOr<ControlClient> other = ControlClient::Connect(path);
  if (other.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("another server listens on ", path));
  }
  if (absl::IsInvalidArgument(other.status())) return other.status();
  unlink(path.c_str());
  error_code error;
  acceptor_.open(Local(), error);
  if (!error) {
    const PrivateUmask umask;
    acceptor_.bind(Local::endpoint(path), error);
  }
  if (!error) acceptor_.listen(16, error);
  if (error) {
    return io::ErrnoStatus(error.value(),
                           absl::StrCat("cannot listen on ", path));
  }
  path_ = path;
  asio::co_spawn(*context_, AcceptLoop(), asio::detached);
  return absl::OkStatus();
}

void ControlServer::Close() {
  if (path_.empty()) return;
  std::promise<void> closed;
  asio::post(*context_, [&] {
    error_code ignored;
    acceptor_.close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
  unlink(path_.c_str());
  path_.clear();
}

asio::awaitable<void> ControlServer::AcceptLoop() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      asio::steady_timer pause(*context_, std::chrono::milliseconds(100));
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    asio::co_spawn(*context_, Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> ControlServer::Serve(Local::socket socket) {
  asio::steady_timer timer(*context_, kRequestTime);
  auto shared = std::make_shared<Local::socket>(std::move(socket));
  timer.async_wait([shared](error_code error) {
    error_code ignored;
    if (!error) shared->cancel(ignored);
  });
  std::string length(kControlLengthOctets, '\0');
  const auto [length_error, n] =
      co_await asio::async_read(*shared, asio::buffer(length), kNoThrow);
  if (length_error) co_return;
  std::string data(std::min(ControlLength(length), kMaxRequestOctets), '\0');
  const auto [data_error, m] =
      co_await asio::async_read(*shared, asio::buffer(data), kNoThrow);
  if (data_error) co_return;
  timer.cancel();
  const Peer peer = PeerOf(*shared);
  control::Request request;
  if (ControlLength(length) > kMaxRequestOctets ||
      !request.ParseFromString(data)) {
    const std::string refusal = Error("the request cannot be read");
    co_await asio::async_write(*shared, asio::buffer(refusal), kNoThrow);
    co_return;
  }
  const std::string answer = co_await AwaitOnPool<std::string>(
      *pool_, Error("the server is too busy; please try again"), [&] {
        std::string framed;
        answer_(request, peer, [&](const control::Response& response) {
          framed += FrameControl(response);
        });
        return framed;
      });
  co_await asio::async_write(*shared, asio::buffer(answer), kNoThrow);
}

}  // namespace mailsec::server
