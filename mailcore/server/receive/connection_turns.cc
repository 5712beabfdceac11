// Whose turn is it to speak? Greeting, early talkers, pauses and last words of a
// Connection.

#include <chrono>
#include <utility>

#include "mailcore/server/receive/connection.h"
#include "mailcore/server/receive/read_buffer.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;
using boost::system::error_code;

// How long, and for how much more of its octets, a client is waited for that
// has our last words. Both ours.
constexpr std::chrono::seconds kLinger(1);
constexpr size_t kLingerOctets = 1024 * 1024;

}  // namespace

// A bot that spams talks at once; a mail server waits for the greeting (RFC
// 5321, 4.3.1).
asio::awaitable<bool> Connection::AwaitSilence() {
  if (!IsAuthorised()) {
    co_await Pause(settings().greeting_delay);
  }
  char octet;
  error_code error;
  const size_t seen = socket_.receive(
      asio::buffer(&octet, 1), asio::ip::tcp::socket::message_peek, error);
  if (error || seen == 0) co_return true;
  TellEarlyTalker("greeting");
  co_return may_be_early_;
}

asio::awaitable<void> Connection::Pause(absl::Duration duration) {
  if (duration <= absl::ZeroDuration() || stop_) co_return;
  asio::steady_timer timer(socket_.get_executor(),
                           absl::ToChronoNanoseconds(duration));
  pause_ = &timer;
  co_await timer.async_wait(kNoThrow);
  pause_ = nullptr;
}

asio::awaitable<bool> Connection::SlowDown() {
  AddRefusals();
  const absl::Duration pause = session_->TakePause();
  if (pause <= absl::ZeroDuration()) co_return true;
  if (!co_await Flush()) co_return false;
  busy_ = true;
  co_await Pause(pause);
  busy_ = false;
  RestartTime();
  co_return true;
}

// A close resets the connection if octets of the client's are unread or still
// on their way, and with it goes what the client has not read: why it is
// refused. So they are taken, and forgotten, for a while.
asio::awaitable<void> Connection::Linger() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error || stop_) co_return;
  busy_ = true;  // CheckTime() has nothing more to say.
  asio::steady_timer timer(socket_.get_executor(), kLinger);
  // It may have been on its way already when the connection ends.
  timer.async_wait([self = shared_from_this()](const error_code& cancelled) {
    error_code ignored;
    if (!cancelled) self->socket_.cancel(ignored);
  });
  for (size_t taken = 0; taken < kLingerOctets;) {
    std::vector<char>& buffer = ReadBuffer();
    const size_t n = socket_.read_some(asio::buffer(buffer), error);
    taken += n;
    if (!error) continue;
    if (error != asio::error::would_block) break;
    const auto [wait_error] =
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, kNoThrow);
    if (wait_error) break;
  }
}

bool Connection::TakeEarlyInput() {
  if (!session_->peer_must_wait() || session_->spoke_out_of_turn()) {
    return false;
  }
  std::vector<char>& buffer = ReadBuffer();
  error_code error;
  const size_t n = socket_.read_some(asio::buffer(buffer), error);
  if (error || n == 0) return false;  // Receive() finds out more.
  more_input_ = n == buffer.size();
  heard_ = true;
  session_->Receive(absl::string_view(buffer.data(), n));
  return true;
}

// Once a session.
void Connection::TellEarlyTalker(const char* before) {
  if (std::exchange(told_early_, true)) return;
  parts_.events->Record(Event(events::kEarlyTalker, parts_.clock->Now())
                            .With("session", info_.id)
                            .With("client", info_.client.ToString())
                            .With("before", before)
                            .With("refused", may_be_early_ ? "no" : "yes"));
}

}  // namespace mailsec::server
