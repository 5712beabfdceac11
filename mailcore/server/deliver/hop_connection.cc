#include "mailcore/server/deliver/hop_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/asio/write.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using ip::IpAddress;
using smtp::Reply;

constexpr size_t kReadOctets = 8192;
constexpr size_t kMaxHosts = 5;  // Tried in one attempt. Ours.
constexpr absl::Duration kQuitTime = absl::Seconds(2);  // Ours.

// RFC 5321, 4.5.3.2.
absl::Duration TimeLimit(smtp::Stage stage) {
  switch (stage) {
    case smtp::Stage::kConnect:
    case smtp::Stage::kGreeting:
    case smtp::Stage::kHello:
    case smtp::Stage::kMail:
    case smtp::Stage::kRcpt:
      return absl::Minutes(5);
    case smtp::Stage::kData:
      return absl::Minutes(3);
    case smtp::Stage::kContent:
      return absl::Minutes(10);
  }
  return absl::Minutes(5);
}

asio::ip::address ToAsio(const IpAddress& ip) {
  error_code ignored;
  return asio::ip::make_address(ip.ToString(), ignored);
}

}  // namespace

HopConnection::HopConnection(const HopContext* context, smtp::Protocol protocol,
                             asio::any_io_executor executor,
                             absl::Duration patience)
    : context_(context),
      protocol_(protocol),
      patience_(patience),
      socket_(std::move(executor)) {
  context_->open->insert(this);
}

HopConnection::~HopConnection() { context_->open->erase(this); }

void HopConnection::StartLimit(absl::Duration limit) {
  deadline_ = context_->clock->Uptime() + std::min(limit, patience_);
}

// One limit for each answer, in however many pieces it comes.
void HopConnection::CheckTime(absl::Duration uptime) {
  if (uptime < deadline_ || expired_) return;
  expired_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

asio::awaitable<absl::Status> HopConnection::Connect(
    const route::NextHops& hops,
    const std::function<bool(const IpAddress&)>& may_connect) {
  if (!hops.unix_path.empty()) {
    peer_ = hops.unix_path;
    co_return co_await ConnectTo(
        asio::local::stream_protocol::endpoint(hops.unix_path), false);
  }
  absl::Status status = absl::UnavailableError("there is no host to try");
  size_t tried = 0;
  for (const route::NextHop& hop : hops.hops) {
    if (tried++ == kMaxHosts) break;
    const std::string ip = hop.address.ToString();
    peer_ = hop.host == ip ? absl::StrCat("[", ip, "]")
                           : absl::StrCat(hop.host, " [", ip, "]");
    if (!may_connect(hop.address)) {
      status = absl::PermissionDeniedError(
          absl::StrCat(peer_, " is outside; this mail stays inside"));
      continue;
    }
    status = co_await ConnectTo(
        asio::ip::tcp::endpoint(ToAsio(hop.address), hop.port), true);
    if (status.ok()) co_return status;
  }
  co_return status;
}

asio::awaitable<absl::Status> HopConnection::ConnectTo(const Endpoint& endpoint,
                                                       bool tcp) {
  error_code ignored;
  socket_.close(ignored);
  expired_ = ready_ = stale_ = cut_ = false;
  messages_ = 0;
  StartLimit(context_->connect_time);
  const auto [error] = co_await socket_.async_connect(endpoint, kNoThrow);
  StopLimit();
  if (error) {
    co_return absl::UnavailableError(
        absl::StrCat("cannot connect to ", peer_, ": ",
                     expired_ ? "timed out" : error.message()));
  }
  socket_.non_blocking(true, ignored);
  if (tcp) socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  connected_at_ = context_->clock->Uptime();
  smtp::ClientOptions options;
  options.hostname = context_->hostname;
  options.protocol = protocol_;
  session_.emplace(std::move(options));
  replies_ = 0;
  StartLimit(TimeLimit(smtp::Stage::kGreeting));
  co_return co_await AwaitReady();
}

asio::awaitable<absl::Status> HopConnection::AwaitReady() {
  for (;;) {
    const smtp::ClientEvent event = session_->NextEvent();
    if (std::holds_alternative<smtp::Ready>(event)) {
      ready_ = true;
      StopLimit();
      co_return absl::OkStatus();
    }
    if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
      // A 554 greeting speaks of this host, not of the mail (RFC 5321, 3.1).
      co_await Flush();
      co_return absl::UnavailableError(absl::StrCat(
          peer_,
          " is not ready for mail: ", base::LogSafe(closed->reply.ToString())));
    }
    co_await Exchange();
  }
}

asio::awaitable<std::vector<smtp::RecipientOutcome>> HopConnection::Send(
    smtp::Transaction transaction, HopContent content) {
  stale_ = cut_ = false;
  const size_t recipients = transaction.recipients.size();
  bool answered = false;  // The peer has said something in this transaction.
  std::vector<smtp::RecipientOutcome> outcomes;
  (void)session_->Begin(std::move(transaction));
  for (;;) {
    const smtp::ClientEvent event = session_->NextEvent();
    if (std::holds_alternative<smtp::NeedInput>(event)) {
      answered |= session_->stage() > smtp::Stage::kMail;
      co_await Exchange();
    } else if (std::holds_alternative<smtp::Ready>(event)) {
      ++messages_;
      StopLimit();
      co_return outcomes;
    } else if (std::holds_alternative<smtp::ContentWanted>(event)) {
      answered = true;
      co_await SendContent(content);
    } else if (auto* done = std::get_if<smtp::TransactionDone>(&event)) {
      outcomes = done->outcomes;
    } else if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
      ready_ = false;
      cut_ = true;
      // Nothing was said since the connection lay idle: it was dead already.
      stale_ = !answered && messages_ > 0 && !expired_ &&
               (outcomes.empty() || !outcomes[0].from_peer);
      if (outcomes.empty()) {
        outcomes.assign(recipients, {.reply = closed->reply,
                                     .stage = closed->stage,
                                     .from_peer = false});
      }
      co_return outcomes;
    }
  }
}

bool HopConnection::ready() {
  if (!ready_) return false;
  char octet;
  error_code error;
  const size_t seen = socket_.receive(asio::buffer(&octet, 1),
                                      asio::socket_base::message_peek, error);
  // Nobody speaks unasked: 421, or the end.
  ready_ = error == asio::error::would_block && seen == 0;
  return ready_;
}

const smtp::ServerCapabilities& HopConnection::capabilities() const {
  return session_->capabilities();
}

asio::awaitable<void> HopConnection::Quit() {
  if (ready_) {
    session_->Quit();
    (void)session_->NextEvent();
    StartLimit(kQuitTime);
    if (co_await Flush()) {
      (void)co_await socket_.async_wait(Socket::wait_read, kNoThrow);
    }
    StopLimit();
  }
  ready_ = false;
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<bool> HopConnection::Flush() {
  if (!session_->HasOutput()) co_return true;
  const std::string output = session_->TakeOutput();
  absl::string_view octets = output;
  error_code error;
  const size_t sent =
      socket_.write_some(asio::buffer(octets.data(), octets.size()), error);
  if (sent == octets.size()) co_return true;
  if (error && error != asio::error::would_block) co_return false;
  octets.remove_prefix(sent);
  const auto [write_error, n] = co_await asio::async_write(
      socket_, asio::buffer(octets.data(), octets.size()), kNoThrow);
  co_return !write_error;
}

asio::awaitable<void> HopConnection::Exchange() {
  const uint64_t replies = session_->replies();
  if (std::exchange(replies_, replies) != replies || session_->HasOutput()) {
    StartLimit(TimeLimit(session_->stage()));
  }
  if (session_->HasOutput()) {
    // A server that refuses and hangs up while we write has said why: read on,
    // whether the write went through or not.
    co_await Flush();
  }
  (void)co_await socket_.async_wait(Socket::wait_read, kNoThrow);
  if (expired_) {
    session_->TimedOut();
  } else {
    ReadAvailable();
  }
}

// False: nothing was there.
bool HopConnection::ReadAvailable() {
  // One for all connections of a thread: nothing waits while it is in use.
  thread_local std::vector<char> buffer(kReadOctets);
  error_code error;
  const size_t n = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block) return false;
  session_->Receive(absl::string_view(buffer.data(), error ? 0 : n));
  return true;
}

asio::awaitable<void> HopConnection::SendContent(const HopContent& content) {
  if (content.octets != nullptr) {
    (void)session_->Content(*content.octets);
    (void)session_->ContentEnd();
    co_return;  // Exchange() sends it.
  }
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
      context_->spool->OpenContent(content.id);
  while (reader.ok()) {
    const absl::StatusOr<absl::string_view> piece =
        co_await AwaitOnPool<absl::StatusOr<absl::string_view>>(
            *context_->pool, absl::UnavailableError("too busy to read"),
            [&] { return (*reader)->Next(); });
    if (!piece.ok()) break;
    if (piece->empty()) {
      (void)session_->ContentEnd();
      co_return;
    }
    if (!session_->Content(*piece).ok()) co_return;  // Refused meanwhile.
    StartLimit(TimeLimit(smtp::Stage::kData));       // RFC 5321, 4.5.3.2.5.
    const bool sent = co_await Flush();
    if (expired_) {
      session_->TimedOut();
      co_return;
    }
    // The server may have answered already, and hung up: what it said decides,
    // and it gets no more.
    while (ReadAvailable()) {
      if (std::holds_alternative<smtp::ClientClosed>(session_->NextEvent())) {
        co_return;
      }
      if (sent) break;
    }
    if (!sent) {
      session_->Receive({});
      co_return;
    }
  }
  session_->AbandonContent();
}

}  // namespace mailsec::server
