#include "mailcore/server/receive/connection.h"

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/write.hpp"
#include "mailcore/policy/decision_event.h"
#include "mailcore/server/receive/read_buffer.h"
#include "mailcore/server/runtime/await_callback.h"
#include "mailcore/server/runtime/no_throw.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

namespace asio = boost::asio;
using base::Event;
using boost::system::error_code;

constexpr policy::Rule kBusy = {"server.busy", "R12",
                                "asked with fewer questions at once, or more "
                                "threads"};

// Never the same again, not even after a restart.
std::string NewSessionId(absl::Time now) {
  static std::atomic<uint16_t> next = 0;
  return absl::StrCat(absl::Hex(absl::ToUnixMicros(now)),
                      absl::Hex(++next, absl::kZeroPad4));
}

// The answer when the pool has too much to do.
policy::Decision Busy() {
  return {.verdict = policy::Verdict::kCannotTell,
          .reply = smtp::Reply(451, {4, 3, 2}, "Too busy; please try again"),
          .rule = &kBusy};
}

smtp::Reply NoAnswer() {
  return smtp::Reply(451, {4, 3, 0}, "There was no answer; please try again");
}

}  // namespace

ClientLimiter::Limits LimitsOf(const Snapshot& snapshot, size_t listener,
                               const ip::IpAddress& client) {
  const LimitSettings& limits = snapshot.settings.limits;
  ClientLimiter::Limits made = {.all = limits.connections};
  if (!snapshot.sessions[listener].authorised_networks.Contains(client)) {
    made.of_client = limits.connections_per_client;
  }
  return made;
}

Connection::Connection(asio::ip::tcp::socket socket, ip::IpAddress peer,
                       ClientLimiter::Ticket place,
                       std::shared_ptr<const Snapshot> snapshot,
                       ListenerContext context)
    : socket_(std::move(socket)),
      context_(context),
      parts_(*context.parts),
      place_(std::move(place)) {
  info_.id = NewSessionId(parts_.clock->Now());
  info_.client = peer;
  info_.snapshot = std::move(snapshot);
  info_.protocol = settings().options.protocol;
  RestartTime();
  message_start_ = command_start_;
}

asio::awaitable<void> Connection::Run() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const bool ready = !settings().proxy_networks.Contains(info_.client) ||
                     co_await ReadProxyHeader();
  if (ready && !stop_) {
    smtp::ServerOptions options = settings().options;
    if (settings().normalise_networks.Contains(info_.client)) {
      options.line_ends = smtp::LineEndPolicy::kNormalise;
    }
    may_be_early_ = settings().early_networks.Contains(info_.client);
    if (may_be_early_) options.out_of_turn = smtp::OutOfTurnPolicy::kNote;
    if (!IsAuthorised()) {
      options.refusals_before = context_.refusals->Spent(
          info_.client, options.limits.max_bad_commands,
          parts_.clock->Uptime());
    }
    session_.emplace(std::move(options));
    if (!TakePlace()) {
      session_->Refuse(smtp::Reply(421, {4, 7, 0}, "Too many connections"));
    } else if (!co_await AwaitSilence()) {
      session_->Refuse(smtp::Reply(
          554, {5, 5, 1}, "You must wait for the greeting before you speak"));
    }
    co_await Talk();
    AddRefusals();
  }
  message_.reset();
  LogClosed();
  // Who says QUIT says nothing more.
  if (session_ && close_reason_ != "QUIT") co_await Linger();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

asio::awaitable<void> Connection::Talk() {
  for (;;) {
    if (!co_await SlowDown()) co_return NoteGone();
    smtp::ServerEvent event = session_->NextEvent();
    if (session_->spoke_out_of_turn()) TellEarlyTalker("answer");
    TellRefused();
    if (std::holds_alternative<smtp::NeedInput>(event)) {
      if (TakeEarlyInput()) continue;
      if (!co_await Flush()) co_return NoteGone();
      co_await Receive();
      continue;
    }
    if (auto* chunk = std::get_if<smtp::DataChunk>(&event)) {
      co_await OnDataChunk(chunk->octets);
      continue;
    }
    busy_ = true;
    if (auto* mail = std::get_if<smtp::MailFrom>(&event)) {
      co_await OnMail(std::move(*mail));
    } else if (auto* rcpt = std::get_if<smtp::RcptTo>(&event)) {
      co_await OnRcpt(std::move(*rcpt));
    } else if (std::holds_alternative<smtp::DataBegin>(event)) {
      OnDataBegin();
    } else if (const auto* end = std::get_if<smtp::DataEnd>(&event)) {
      const size_t replies = end->replies;
      co_await OnDataEnd(replies);
    } else if (!OnOther(event)) {
      busy_ = false;
      co_await Flush();
      co_return;
    }
    busy_ = false;
    RestartTime();
  }
}

asio::awaitable<bool> Connection::Flush() {
  if (!session_->HasOutput()) co_return true;
  RestartTime();  // Whoever gets an answer has finished a command.
  const std::string output = session_->TakeOutput();
  error_code error;
  const size_t sent = socket_.write_some(asio::buffer(output), error);
  if (sent == output.size()) co_return true;
  if (error && error != asio::error::would_block) co_return false;
  const auto [write_error, n] = co_await asio::async_write(
      socket_, asio::buffer(output.data() + sent, output.size() - sent),
      kNoThrow);
  co_return !write_error;
}

asio::awaitable<void> Connection::Receive() {
  waiting_for_ = session_->receiving_content() ? "content" : "command";
  if (StopIsDue()) {
    session_->Refuse(*stop_);
    co_return;
  }
  if (!more_input_) {
    const auto [error] =
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, kNoThrow);
    if (StopIsDue() || timed_out_) {
      session_->Refuse(
          timed_out_
              ? smtp::Reply(421, {4, 4, 2}, "Too slow; closing the connection")
              : *stop_);
      co_return;
    }
    if (error && error != asio::error::operation_aborted) {
      gone_ = true;
      session_->Receive({});
      co_return;
    }
  }
  std::vector<char>& buffer = ReadBuffer();
  error_code error;
  const size_t n = socket_.read_some(asio::buffer(buffer), error);
  more_input_ = n == buffer.size();
  if (error == asio::error::would_block) co_return;
  (error || n == 0 ? gone_ : heard_) = true;
  session_->Receive(absl::string_view(buffer.data(), error ? 0 : n));
}

// Puts a question to the handler: here, or on the pool if it may block.
template <typename Question>
asio::awaitable<policy::Decision> Connection::Ask(Question question) {
  if (!context_.handler->MayBlock(info_)) co_return question();
  co_return co_await AwaitOnPool(*parts_.pool, Busy(), std::move(question));
}

asio::awaitable<void> Connection::OnMail(smtp::MailFrom mail) {
  message_.reset();
  info_.snapshot = context_.current->Get();
  const policy::Decision decision =
      co_await Ask([&] { return context_.handler->DecideMail(info_, mail); });
  if (decision.accepted()) {
    message_ = std::make_unique<ArrivingMessage>(std::move(mail));
  }
  Respond(decision);
}

asio::awaitable<void> Connection::OnRcpt(smtp::RcptTo rcpt) {
  const policy::Decision decision = co_await Ask([&] {
    return context_.handler->DecideRcpt(info_, message_->envelope(), rcpt);
  });
  if (decision.accepted()) {
    message_->AddRecipient(std::move(rcpt), decision.rule->name);
  }
  Respond(decision);
}

void Connection::OnDataBegin() {
  message_->BeginContent(
      context_.handler->NewMessage(), info_,
      {.hostname = settings().options.hostname,
       .removed_fields = settings().removed_fields,
       .adds_missing_fields =
           settings().adds_missing_fields &&
           (info_.authenticated ||
            settings().authorised_networks.Contains(info_.client)),
       .now = parts_.clock->Now()});
  (void)session_->Respond(
      smtp::Reply(354, "Start mail input; end with <CRLF>.<CRLF>"));
}

// Calls `work`, which may wait for the disk, on the pool.
template <typename Work>
asio::awaitable<void> Connection::WorkOnMessage(Work work) {
  message_->Fail(co_await AwaitOnPool<absl::Status>(
      *parts_.pool, absl::ResourceExhaustedError("too much to do"), [&] {
        work();
        return absl::OkStatus();
      }));
}

// An error is told at the end of the content.
asio::awaitable<void> Connection::OnDataChunk(absl::string_view octets) {
  if (!message_->MayBlock(octets.size())) {
    message_->Append(octets);
    co_return;
  }
  busy_ = true;  // The client waits for our disk.
  co_await WorkOnMessage([&] { message_->Append(octets); });
  busy_ = false;
}

asio::awaitable<void> Connection::OnDataEnd(size_t replies) {
  message_start_ = parts_.clock->Uptime();
  message_->EndContent(session_->content_has_8bit());
  if (message_->MayBlock(0)) {
    co_await WorkOnMessage([&] { message_->Finish(); });
  }
  std::vector<smtp::Reply> answers;
  if (!message_->status().ok()) {
    answers = {smtp::Reply(
        452, {4, 3, 1}, "The message cannot be stored now; please try again")};
    parts_.events->Record(Event(events::kNotStored, parts_.clock->Now())
                              .With("session", info_.id)
                              .With("client", info_.client.ToString())
                              .With("error", message_->status().message()));
  } else if (message_->IsLooping()) {
    answers = {
        smtp::Reply(554, {5, 4, 6}, "Too many hops: this mail is looping")};
    parts_.events->Record(
        Event(events::kLoop, parts_.clock->Now())
            .With("session", info_.id)
            .With("client", info_.client.ToString())
            .With("sender", message_->envelope().sender.ToString()));
  } else {
    answers = co_await HandOver(replies);
  }
  message_.reset();
  // One answer is for all recipients; of several, each has its own.
  if (answers.size() == 1) answers.resize(replies, answers[0]);
  answers.resize(replies, NoAnswer());
  for (const smtp::Reply& answer : answers) (void)session_->Respond(answer);
}

// Gives the message to the handler and waits for its answer.
asio::awaitable<std::vector<smtp::Reply>> Connection::HandOver(size_t replies) {
  IncomingMessage message = std::move(*message_).Take(replies > 1);
  std::vector<smtp::Reply> answers =
      co_await AwaitCallback<std::vector<smtp::Reply>>(
          [&](std::function<void(std::vector<smtp::Reply>)> done) {
            context_.handler->Accept(info_, std::move(message),
                                     std::move(done));
          });
  if (answers.empty()) answers.push_back(NoAnswer());
  co_return answers;
}

bool Connection::OnOther(const smtp::ServerEvent& event) {
  if (const auto* hello = std::get_if<smtp::Hello>(&event)) {
    info_.client_name = hello->name;
    info_.extended = hello->extended;
    (void)session_->Respond(smtp::Reply(250, settings().options.hostname));
  } else if (const auto* aborted =
                 std::get_if<smtp::TransactionAborted>(&event)) {
    parts_.events->Record(Event(events::kAborted, parts_.clock->Now())
                              .With("session", info_.id)
                              .With("client", info_.client.ToString())
                              .With("reason", aborted->reason));
    message_.reset();
  } else if (const auto* closed = std::get_if<smtp::Closed>(&event)) {
    close_reason_ = closed->reason;
    return false;
  } else {
    // STARTTLS and AUTH are not offered, so the session answers them itself.
    (void)session_->Respond(
        smtp::Reply(502, {5, 5, 1}, "Command not implemented"));
  }
  return true;
}

void Connection::Respond(const policy::Decision& decision) {
  (void)session_->Respond(decision.reply);
  std::optional<Event> event = policy::EventOf(decision, parts_.clock->Now());
  if (!event) return;
  ++parts_.stats->refused;
  parts_.events->Record((*std::move(event)).With("session", info_.id));
}

void Connection::AddRefusals() {
  const int64_t spent = session_->TakeRefusalsSpent();
  if (spent == 0 || IsAuthorised()) return;
  context_.refusals->Add(info_.client, spent,
                         settings().options.limits.max_bad_commands,
                         parts_.clock->Uptime());
}

void Connection::TellRefused() {
  for (const smtp::CommandRefused& refused : session_->TakeRefused()) {
    parts_.events->Record(Event(events::kCommandRefused, parts_.clock->Now())
                              .With("session", info_.id)
                              .With("client", info_.client.ToString())
                              .With("command", refused.command)
                              .With("line", refused.line)
                              .With("reply", refused.reply.ToString()));
  }
}

void Connection::RestartTime() { command_start_ = parts_.clock->Uptime(); }

bool Connection::StopIsDue() const {
  return stop_ && (stop_now_ || !session_ || !session_->in_transaction());
}

void Connection::Stop(const smtp::Reply& reply, bool now) {
  stop_ = reply;
  stop_now_ = stop_now_ || now;
  error_code ignored;
  if (pause_ != nullptr) pause_->cancel();
  if (StopIsDue()) socket_.cancel(ignored);
}

void Connection::CheckTime(absl::Duration uptime) {
  // Whoever waits between two messages does not keep an old snapshot alive.
  if (!busy_ && message_ == nullptr) info_.snapshot = context_.current->Get();
  absl::Duration limit = settings().command_time;
  if (session_ && session_->receiving_content()) {
    limit += absl::Seconds(
        static_cast<double>(session_->content_octets()) /
        static_cast<double>(settings().content_octets_per_second));
  }
  const bool idle_too_long =
      uptime - message_start_ > settings().session_time &&
      !(session_ && session_->in_transaction());
  if (timed_out_ || busy_ ||
      (uptime - command_start_ <= limit && !idle_too_long)) {
    return;
  }
  timed_out_ = true;
  parts_.events->Record(Event(events::kTimedOut, parts_.clock->Now())
                            .With("session", info_.id)
                            .With("client", info_.client.ToString())
                            .With("waiting_for", waiting_for_));
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::NoteGone() {
  gone_ = true;
  close_reason_ = "the client is gone";
}

void Connection::LogClosed() {
  const base::EventType& type =
      gone_ && !heard_ ? events::kSilent : events::kClosed;
  parts_.events->Record(Event(type, parts_.clock->Now())
                            .With("session", info_.id)
                            .With("client", info_.client.ToString())
                            .With("proxy", proxy_ ? proxy_->ToString() : "")
                            .With("helo", info_.client_name)
                            .With("reason", close_reason_)
                            .With("stage", waiting_for_));
}

}  // namespace mailsec::server
