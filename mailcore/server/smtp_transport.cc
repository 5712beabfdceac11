#include "mailcore/server/smtp_transport.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/write.hpp"
#include "mailcore/base/log_safe.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/server/await_callback.h"
#include "mailcore/server/no_throw.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using smtp::Reply;
using Socket = asio::generic::stream_protocol::socket;
using Endpoint = asio::generic::stream_protocol::endpoint;

constexpr size_t kReadOctets = 8192;

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

// Cancels what the socket waits for when a time limit has passed. One reply
// has one limit, however many pieces it comes in.
class Watchdog {
 public:
  Watchdog(Socket* socket, asio::any_io_executor executor)
      : state_(std::make_shared<State>(State{socket, false})),
        timer_(std::move(executor)) {}
  ~Watchdog() { state_->socket = nullptr; }

  void Start(absl::Duration limit) {
    timer_.expires_after(absl::ToChronoMilliseconds(limit));
    timer_.async_wait([state = state_](error_code error) {
      if (error || state->socket == nullptr) return;
      state->expired = true;
      error_code ignored;
      state->socket->cancel(ignored);
    });
  }
  bool expired() const { return state_->expired; }

 private:
  struct State {
    Socket* socket;  // Null once the watchdog is gone.
    bool expired;
  };
  std::shared_ptr<State> state_;
  asio::steady_timer timer_;
};

asio::ip::address ToAsio(const IpAddress& ip) {
  error_code ignored;
  return asio::ip::make_address(ip.ToString(), ignored);
}

// Where to connect to, in order; or the outcome for all recipients.
asio::awaitable<absl::StatusOr<std::vector<Endpoint>>> FindEndpoints(
    const TransportContext& context, const Destination& destination) {
  std::vector<Endpoint> endpoints;
  absl::string_view path = destination.host;
  if (absl::ConsumePrefix(&path, "unix:")) {
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(
        std::string(path.data(), path.size())));
    co_return endpoints;
  }
  std::vector<IpAddress> addresses;
  const absl::StatusOr<IpAddress> literal = IpAddress::Parse(destination.host);
  if (literal.ok()) {
    addresses.push_back(*literal);
  } else {
    const absl::StatusOr<policy::AddressAnswer> answer =
        co_await AwaitOnPool<absl::StatusOr<policy::AddressAnswer>>(
            *context.pool, absl::UnavailableError("too busy to ask the DNS"),
            [&] {
              return context.resolver->LookUpAddresses(destination.host);
            });
    if (!answer.ok()) co_return answer.status();
    addresses = answer->addresses;
  }
  for (const IpAddress& ip : addresses) {
    endpoints.emplace_back(
        asio::ip::tcp::endpoint(ToAsio(ip), destination.port));
  }
  co_return endpoints;
}

// One message over one connection.
class Attempt {
 public:
  Attempt(const TransportContext& context, const Destination& destination,
          smtp::Transaction transaction, spool::QueueId id,
          asio::any_io_executor executor)
      : context_(context),
        destination_(destination),
        transaction_(std::move(transaction)),
        id_(id),
        recipients_(transaction_.recipients.size()),
        socket_(executor),
        watchdog_(&socket_, executor),
        session_(Options()) {}

  asio::awaitable<absl::Status> Connect() {
    absl::StatusOr<std::vector<Endpoint>> endpoints =
        co_await FindEndpoints(context_, destination_);
    if (!endpoints.ok()) co_return endpoints.status();
    absl::Status status =
        absl::NotFoundError(absl::StrCat(destination_.host, " has no address"));
    for (const Endpoint& endpoint : *endpoints) {
      error_code ignored;
      socket_.close(ignored);
      watchdog_.Start(context_.connect_time);
      const auto [error] = co_await socket_.async_connect(endpoint, kNoThrow);
      if (!error) {
        socket_.non_blocking(true, ignored);
        if (!absl::StartsWith(destination_.host, "unix:")) {
          socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
        }
        co_return absl::OkStatus();
      }
      status = absl::UnavailableError(
          absl::StrCat("cannot connect to ", destination_.ToString(), ": ",
                       watchdog_.expired() ? "timed out" : error.message()));
    }
    co_return status;
  }

  asio::awaitable<std::vector<smtp::RecipientOutcome>> Run() {
    watchdog_.Start(TimeLimit(session_.stage()));
    std::vector<smtp::RecipientOutcome> outcomes;
    for (;;) {
      const smtp::ClientEvent event = session_.NextEvent();
      if (std::holds_alternative<smtp::NeedInput>(event)) {
        co_await Exchange();
      } else if (std::holds_alternative<smtp::Ready>(event)) {
        answered_ = true;
        if (outcomes.empty()) {
          (void)session_.Begin(std::move(transaction_));
        } else {
          session_.Quit();
        }
      } else if (std::holds_alternative<smtp::ContentWanted>(event)) {
        co_await SendContent();
      } else if (const auto* done =
                     std::get_if<smtp::TransactionDone>(&event)) {
        outcomes = done->outcomes;
      } else if (const auto* closed = std::get_if<smtp::ClientClosed>(&event)) {
        co_await Send();  // Our QUIT, or a last word.
        if (outcomes.empty()) {
          outcomes.assign(recipients_, {.reply = Transient(closed->reply),
                                        .stage = closed->stage,
                                        .from_peer = false});
        }
        co_return outcomes;
      }
    }
  }

  // The other side has greeted us and is ready for mail.
  bool answered() const { return answered_; }

 private:
  smtp::ClientOptions Options() const {
    smtp::ClientOptions options;
    options.hostname = context_.hostname;
    options.protocol = destination_.kind == Destination::Kind::kLmtp
                           ? smtp::Protocol::kLmtp
                           : smtp::Protocol::kSmtp;
    return options;
  }

  // A session that ends before the message was begun decides nothing for good:
  // a 554 greeting speaks of this host, not of the mail (RFC 5321, 3.1).
  static Reply Transient(const Reply& reply) {
    if (!reply.IsPermanent() && !reply.IsPositive()) return reply;
    return Reply(451, {4, 4, 0}, reply.ToString());
  }

  asio::awaitable<bool> Send() {
    while (session_.HasOutput()) {
      const std::string output = session_.TakeOutput();
      const auto [error, n] =
          co_await asio::async_write(socket_, asio::buffer(output), kNoThrow);
      if (error) co_return false;
    }
    co_return true;
  }

  asio::awaitable<void> Exchange() {
    if (session_.HasOutput()) {
      watchdog_.Start(TimeLimit(session_.stage()));
      // A server that refuses and hangs up while we write has said why: read
      // on, whether the write went through or not.
      co_await Send();
    }
    char buffer[kReadOctets];
    const auto [error, n] =
        co_await socket_.async_read_some(asio::buffer(buffer), kNoThrow);
    if (watchdog_.expired()) {
      session_.TimedOut();
    } else {
      session_.Receive(absl::string_view(buffer, error ? 0 : n));
    }
  }

  asio::awaitable<void> SendContent() {
    absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
        context_.spool->OpenContent(id_);
    while (reader.ok()) {
      const absl::StatusOr<absl::string_view> piece =
          co_await AwaitOnPool<absl::StatusOr<absl::string_view>>(
              *context_.pool, absl::UnavailableError("too busy to read"),
              [&] { return (*reader)->Next(); });
      if (!piece.ok()) break;
      if (piece->empty()) {
        (void)session_.ContentEnd();
        co_return;
      }
      if (!session_.Content(*piece).ok()) co_return;  // Refused meanwhile.
      watchdog_.Start(TimeLimit(session_.stage()));
      if (!co_await Send()) co_return;
    }
    session_.AbandonContent();
  }

  const TransportContext& context_;
  const Destination& destination_;
  smtp::Transaction transaction_;
  const spool::QueueId id_;
  const size_t recipients_;
  Socket socket_;
  Watchdog watchdog_;
  smtp::ClientSession session_;
  bool answered_ = false;
};

}  // namespace

asio::awaitable<std::vector<smtp::RecipientOutcome>> SendMessage(
    TransportContext context, Destination destination,
    smtp::Transaction transaction, spool::QueueId id, bool* answered) {
  const size_t recipients = transaction.recipients.size();
  Attempt attempt(context, destination, std::move(transaction), id,
                  co_await asio::this_coro::executor);
  const absl::Status status = co_await attempt.Connect();
  if (status.ok()) {
    std::vector<smtp::RecipientOutcome> outcomes = co_await attempt.Run();
    *answered = attempt.answered();
    co_return outcomes;
  }
  *answered = false;
  const smtp::EnhancedStatus code = absl::IsNotFound(status)
                                        ? smtp::EnhancedStatus{4, 4, 4}
                                        : smtp::EnhancedStatus{4, 4, 1};
  co_return std::vector<smtp::RecipientOutcome>(
      recipients, {.reply = Reply(451, code, status.message()),
                   .stage = smtp::Stage::kConnect,
                   .from_peer = false});
}

}  // namespace mailsec::server
