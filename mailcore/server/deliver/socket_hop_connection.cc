#include "mailcore/server/deliver/socket_hop_connection.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/asio/write.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/deliver/hop_limits.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using ip::IpAddress;

constexpr size_t kReadOctets = 8192;
constexpr int kTakesNoMail = 521;                       // RFC 7504, 3.
constexpr absl::Duration kQuitTime = absl::Seconds(2);  // Ours.

asio::ip::address ToAsio(const IpAddress& ip) {
  error_code ignored;
  return asio::ip::make_address(ip.ToString(), ignored);
}

}  // namespace

SocketHopConnection::SocketHopConnection(const HopContext* context,
                                         smtp::Protocol protocol,
                                         asio::any_io_executor executor)
    : HopConnection(context),
      protocol_(protocol),
      socket_(std::move(executor)) {}

void SocketHopConnection::StartLimit(absl::Duration limit) {
  waits_since_ = context().clock->Uptime();
  deadline_ =
      std::min(waits_since_ + std::min(limit, patience_), transaction_end_);
}

void SocketHopConnection::StopLimit() {
  waits_since_ = deadline_ = absl::InfiniteDuration();
}

// One limit for each answer, in however many pieces it comes.
void SocketHopConnection::CheckTime(absl::Duration uptime) {
  if (uptime >= deadline_) Expire();
}

void SocketHopConnection::GiveUp() {
  given_up_ = true;
  Expire();
}

void SocketHopConnection::Expire() {
  if (std::exchange(expired_, true)) return;
  error_code ignored;
  socket_.cancel(ignored);
}

// ---------------------------------------------------------------------------
// Connecting

asio::awaitable<std::optional<HostFault>> SocketHopConnection::ConnectTo(
    Host host, bool others_left) {
  error_code error;
  socket_.close(error);
  host_ = std::move(host);
  expired_ = given_up_ = ready_ = has_carried_ = false;
  messages_ = 0;
  fault_.reset();
  Endpoint endpoint;
  if (host_.unix_path.empty()) {
    endpoint = asio::ip::tcp::endpoint(ToAsio(host_.address), host_.port);
  } else {
    endpoint = asio::local::stream_protocol::endpoint(host_.unix_path);
  }
  StartLimit(HopTimeLimit(smtp::Stage::kConnect, others_left));
  std::tie(error) = co_await socket_.async_connect(endpoint, kNoThrow);
  if (error) {
    StopLimit();
    co_return HostFault{.why =
                            absl::StrCat("cannot connect to ", host_.name, ": ",
                                         given_up_  ? "given up, as others wait"
                                         : expired_ ? "timed out"
                                                    : error.message())};
  }
  StartSession();
  co_return co_await AwaitReady(others_left);
}

void SocketHopConnection::StartSession() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  if (host_.unix_path.empty()) {
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  connected_at_ = context().clock->Uptime();
  smtp::ClientOptions options;
  options.hostname = context().hostname;
  options.protocol = protocol_;
  session_.emplace(std::move(options));
  replies_ = 0;
  all_sent_ = true;
}

asio::awaitable<std::optional<HostFault>> SocketHopConnection::AwaitReady(
    bool others_left) {
  others_left_ = others_left;
  StartLimit(HopTimeLimit(smtp::Stage::kGreeting, others_left));
  for (;;) {
    const smtp::ClientEvent event = session_->NextEvent();
    if (std::holds_alternative<smtp::Ready>(event)) {
      ready_ = true;
      StopLimit();
      co_return std::nullopt;
    }
    if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
      co_await Flush();
      StopLimit();
      co_return HostFault{
          .why =
              absl::StrCat(host_.name, " is not ready for mail: ",
                           given_up_ ? "given up, as others wait"
                                     : base::LogSafe(closed->reply.ToString())),
          .takes_no_mail = closed->stage == smtp::Stage::kGreeting &&
                           closed->reply.code() == kTakesNoMail};
    }
    co_await Exchange();
  }
}

// ---------------------------------------------------------------------------
// Sending

asio::awaitable<std::vector<smtp::RecipientOutcome>> SocketHopConnection::Send(
    smtp::Transaction transaction, HopContent content) {
  fault_.reset();
  const size_t recipients = transaction.recipients.size();
  transaction_end_ = context().clock->Uptime() + kTransactionTime;
  std::vector<smtp::RecipientOutcome> outcomes;
  (void)session_->Begin(std::move(transaction));
  for (;;) {
    const smtp::ClientEvent event = session_->NextEvent();
    if (std::holds_alternative<smtp::NeedInput>(event)) {
      co_await Exchange();
    } else if (std::holds_alternative<smtp::Ready>(event)) {
      ++messages_;
      has_carried_ = true;
      transaction_end_ = absl::InfiniteDuration();
      StopLimit();
      co_return outcomes;
    } else if (std::holds_alternative<smtp::ContentWanted>(event)) {
      co_await SendContent(content);
    } else if (auto* done = std::get_if<smtp::TransactionDone>(&event)) {
      outcomes = std::move(done->outcomes);
    } else if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
      co_return BreakOff(*closed, std::move(outcomes), recipients);
    }
  }
}

std::vector<smtp::RecipientOutcome> SocketHopConnection::BreakOff(
    const smtp::ClientClosed& closed,
    std::vector<smtp::RecipientOutcome> outcomes, size_t recipients) {
  ready_ = false;
  transaction_end_ = absl::InfiniteDuration();
  StopLimit();
  fault_ = HostFault{
      .why = absl::StrCat(
          host_.name, " broke off: ", base::LogSafe(closed.reply.ToString()))};
  if (outcomes.empty()) {
    outcomes.assign(recipients, {.reply = closed.reply,
                                 .stage = closed.stage,
                                 .from_peer = false,
                                 .about = smtp::About::kHost});
  }
  for (smtp::RecipientOutcome& outcome : outcomes) {
    // Who was not sent the end of the content cannot have the message.
    const bool may_have_it = outcome.about == smtp::About::kUnclear;
    if (may_have_it && !all_sent_) outcome.about = smtp::About::kHost;
  }
  return outcomes;
}

bool SocketHopConnection::ready() {
  if (!ready_) return false;
  char octet;
  error_code error;
  const size_t seen = socket_.receive(asio::buffer(&octet, 1),
                                      asio::socket_base::message_peek, error);
  // Nobody speaks unasked: 421, or the end.
  ready_ = error == asio::error::would_block && seen == 0;
  return ready_;
}

const smtp::ServerCapabilities& SocketHopConnection::capabilities() const {
  return session_->capabilities();
}

asio::awaitable<void> SocketHopConnection::Quit() {
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

asio::awaitable<bool> SocketHopConnection::Flush() {
  if (!session_->HasOutput()) co_return all_sent_;
  all_sent_ = false;
  const std::string output = session_->TakeOutput();
  absl::string_view octets = output;
  error_code error;
  const size_t sent =
      socket_.write_some(asio::buffer(octets.data(), octets.size()), error);
  if (sent == octets.size()) co_return all_sent_ = true;
  if (error && error != asio::error::would_block) co_return false;
  octets.remove_prefix(sent);
  const auto [write_error, n] = co_await asio::async_write(
      socket_, asio::buffer(octets.data(), octets.size()), kNoThrow);
  co_return all_sent_ = !write_error;
}

asio::awaitable<void> SocketHopConnection::Exchange() {
  const uint64_t replies = session_->replies();
  if (std::exchange(replies_, replies) != replies || session_->HasOutput()) {
    StartLimit(HopTimeLimit(session_->stage(), others_left_));
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
bool SocketHopConnection::ReadAvailable() {
  // One for all connections of a thread: nothing waits while it is in use.
  thread_local std::vector<char> buffer(kReadOctets);
  error_code error;
  const size_t n = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block) return false;
  session_->Receive(absl::string_view(buffer.data(), error ? 0 : n));
  return true;
}

// False: it was refused meanwhile.
bool SocketHopConnection::SendPiece(
    absl::string_view piece, std::optional<message::FieldRemover>& remover) {
  if (!remover) return session_->Content(piece).ok();
  bool goes_on = true;
  remover->Feed(piece, [&](absl::string_view kept) {
    goes_on = goes_on && session_->Content(kept).ok();
  });
  return goes_on;
}

void SocketHopConnection::EndContent(
    std::optional<message::FieldRemover>& remover) {
  if (remover) {
    remover->Finish(
        [&](absl::string_view kept) { (void)session_->Content(kept); });
  }
  (void)session_->ContentEnd();
}

asio::awaitable<void> SocketHopConnection::SendContent(
    const HopContent& content) {
  // Over LMTP it is delivered: the mailbox server writes its own Return-Path,
  // and it is to be the only one (RFC 5321, 4.4).
  std::optional<message::FieldRemover> remover;
  if (protocol_ == smtp::Protocol::kLmtp) {
    remover.emplace(message::FieldRemover::Options{.names = {"Return-Path"},
                                                   .keeps_ours = true});
  }
  if (content.octets != nullptr) {
    (void)SendPiece(*content.octets, remover);
    EndContent(remover);
    co_return;  // Exchange() sends it.
  }
  absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
      context().spool->OpenContent(content.id);
  while (reader.ok()) {
    const absl::StatusOr<absl::string_view> piece =
        co_await AwaitOnPool<absl::StatusOr<absl::string_view>>(
            *context().pool, absl::UnavailableError("too busy to read"),
            [&] { return (*reader)->Next(); });
    if (!piece.ok()) break;
    if (piece->empty()) {
      EndContent(remover);
      co_return;
    }
    if (!SendPiece(*piece, remover)) co_return;  // Refused meanwhile.
    // RFC 5321, 4.5.3.2.5.
    StartLimit(HopTimeLimit(smtp::Stage::kData, others_left_));
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

std::shared_ptr<HopConnection> ConnectBySocket(const HopContext* context,
                                               smtp::Protocol protocol,
                                               asio::any_io_executor executor) {
  return std::make_shared<SocketHopConnection>(context, protocol,
                                               std::move(executor));
}

}  // namespace mailsec::server
