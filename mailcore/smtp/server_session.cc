#include "mailcore/smtp/server_session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/smtp/command.h"
#include "mailcore/smtp/content_receiver.h"
#include "mailcore/smtp/line_buffer.h"
#include "mailcore/smtp/transitions.h"

namespace mailsec::smtp {
namespace {

constexpr size_t kMaxAuthLineOctets = 12288;  // RFC 4954, 4.
// Recipients over max_recipients that are answered 452 before they count as
// bad commands (RFC 5321, 4.5.3.1.10 wants them answered). Ours.
constexpr size_t kRecipientOvershoot = 1000;
// An octet that begins a TLS or RDP handshake and no command.
bool IsBinary(unsigned char c) {
  return c > 0x7F || (c < 0x20 && c != '\r' && c != '\n' && c != '\t');
}

Reply Ok(absl::string_view text) { return Reply(250, {2, 0, 0}, text); }
Reply OutOfOrder(absl::string_view text) { return Reply(503, {5, 5, 1}, text); }

}  // namespace

class ServerSession::Impl {
 public:
  explicit Impl(ServerOptions options);

  void Receive(absl::string_view octets);
  ServerEvent NextEvent();
  absl::Status Respond(const Reply& reply);
  void Refuse(const Reply& reply);
  void TlsEstablished();
  std::string TakeOutput();

  bool HasOutput() const { return !out_.empty(); }
  bool secured() const { return secured_; }
  bool extended() const { return extended_; }
  bool authenticated() const { return authenticated_; }
  const std::string& peer_name() const { return peer_name_; }
  bool in_transaction() const { return state_ >= ServerState::kMail; }
  bool receiving_content() const {
    return mode_ == Mode::kData || mode_ == Mode::kChunk;
  }
  uint64_t content_octets() const { return content_ ? content_->octets() : 0; }
  size_t buffered_octets() const { return in_.size(); }

 private:
  enum class Mode {
    kCommand,
    kAuthLine,   // After 334.
    kData,       // Content up to CRLF.CRLF.
    kChunk,      // Content of a BDAT.
    kSkipChunk,  // Of a BDAT that is refused.
    kAwaitTls,   // After 220 to STARTTLS: nothing is read.
    kClosed,
  };
  using MaybeEvent = std::optional<ServerEvent>;  // Nothing: go on.

  void Say(const Reply& reply) { out_ += reply.ToWire(); }
  void SayBad(const Reply& reply);
  void SayAndClose(const Reply& reply, absl::string_view reason);
  void Close(absl::string_view reason);
  void EndTransaction(absl::string_view abort_reason);
  void Advance(Verb verb);

  MaybeEvent Step();
  ServerEvent NeedMore();
  MaybeEvent ReadLine();
  MaybeEvent TakeLine(absl::string_view line);
  MaybeEvent ReadData();
  MaybeEvent ReadChunk();
  MaybeEvent SkipChunk();
  MaybeEvent EndContent();
  MaybeEvent Decode(absl::string_view input);

  bool IsOffered(Verb verb) const;
  MaybeEvent Execute(const CommandLine& command);
  MaybeEvent RefuseOrder(const CommandLine& command);
  MaybeEvent Dispatch(const CommandLine& command);
  MaybeEvent DoHello(Verb verb, absl::string_view argument);
  MaybeEvent DoMail(absl::string_view argument);
  MaybeEvent DoRcpt(absl::string_view argument);
  MaybeEvent DoData(absl::string_view argument);
  MaybeEvent DoBdat(absl::string_view argument);
  MaybeEvent DoAuth(absl::string_view argument);
  MaybeEvent DoWithoutArgument(Verb verb, absl::string_view argument);
  MaybeEvent Ask(Verb verb, ServerEvent event);

  void Answered(Verb verb, const Reply& reply);
  void AnsweredHello(const Reply& reply);
  void AnsweredEnd(const Reply& reply);
  void AnsweredContent(bool chunked, const Reply& reply);
  void AnsweredAuth(const Reply& reply);
  void BeginContent(bool chunked);
  std::string Capabilities() const;

  ServerOptions options_;
  Mode mode_ = Mode::kCommand;
  ServerState state_ = ServerState::kGreeted;
  LineBuffer in_;
  std::string out_;
  bool eof_ = false;
  bool greeting_waits_ = true;  // Nothing but the greeting is in out_.
  bool spoken_ = false;         // One command was recognised.

  // The [R] event that waits for Respond(): its verb, and whether it is the
  // DataEnd of it.
  std::optional<Verb> pending_;
  bool pending_end_ = false;
  size_t replies_owed_ = 0;
  std::optional<std::string> aborted_;  // TransactionAborted is to be told.
  std::string close_reason_;

  bool secured_ = false;
  bool extended_ = false;
  bool authenticated_ = false;
  std::string peer_name_;
  std::string new_peer_name_;  // Until Hello is answered.
  bool new_extended_ = false;

  // The transaction.
  bool smtputf8_ = false;
  bool binary_ = false;
  size_t recipients_ = 0;
  size_t excess_recipients_ = 0;
  std::optional<ContentReceiver> content_;
  bool finished_ = false;  // content_->Finish() was called.
  bool positive_end_ = false;
  uint64_t chunk_left_ = 0;
  bool chunk_last_ = false;
  std::optional<Reply> chunk_refusal_;

  size_t bad_commands_ = 0;
  size_t idle_commands_ = 0;
  size_t messages_ = 0;
};

ServerSession::Impl::Impl(ServerOptions options)
    : options_(std::move(options)) {
  Say(Reply(
      220,
      absl::StrCat(options_.hostname,
                   options_.protocol == Protocol::kLmtp ? " LMTP" : " ESMTP")));
}

void ServerSession::Impl::Receive(absl::string_view octets) {
  if (octets.empty()) {
    eof_ = true;
  } else if (mode_ != Mode::kClosed) {
    in_.Append(octets);
  }
}

std::string ServerSession::Impl::TakeOutput() {
  greeting_waits_ = false;
  return std::exchange(out_, std::string());
}

// ---------------------------------------------------------------------------
// Speaking and ending

void ServerSession::Impl::SayBad(const Reply& reply) {
  if (++bad_commands_ > options_.limits.max_bad_commands) {
    SayAndClose(Reply(421, {4, 7, 0}, "Too many errors; closing connection"),
                "too many bad commands");
    return;
  }
  Say(reply);
}

void ServerSession::Impl::SayAndClose(const Reply& reply,
                                      absl::string_view reason) {
  Say(reply);
  Close(reason);
}

void ServerSession::Impl::Close(absl::string_view reason) {
  if (mode_ == Mode::kClosed) return;
  EndTransaction(reason);
  mode_ = Mode::kClosed;
  close_reason_ = std::string(reason);
  pending_.reset();
  in_.Clear();
  in_.Shrink();
}

// `abort_reason` is told to the caller if a transaction was open.
void ServerSession::Impl::EndTransaction(absl::string_view abort_reason) {
  if (in_transaction()) {
    if (!aborted_ && !(content_ && content_->refusal())) {
      aborted_ = std::string(abort_reason);
    }
    state_ = ServerState::kReady;
  }
  content_.reset();
  finished_ = false;
  smtputf8_ = binary_ = false;
  recipients_ = excess_recipients_ = 0;
}

void ServerSession::Impl::Advance(Verb verb) {
  state_ = After(FindTransition(verb)->effect, state_);
}

void ServerSession::Impl::Refuse(const Reply& reply) {
  if (mode_ == Mode::kClosed) return;
  if (greeting_waits_) out_.clear();
  SayAndClose(reply, "refused");
}

void ServerSession::Impl::TlsEstablished() {
  EndTransaction("STARTTLS");
  in_.Clear();
  pending_.reset();
  mode_ = Mode::kCommand;
  state_ = ServerState::kGreeted;
  secured_ = true;
  extended_ = authenticated_ = false;
  peer_name_.clear();
}

// ---------------------------------------------------------------------------
// Reading

ServerEvent ServerSession::Impl::NextEvent() {
  if (pending_) return ReplyOwed{};
  for (;;) {
    if (aborted_) {
      TransactionAborted event{*std::move(aborted_)};
      aborted_.reset();
      return event;
    }
    if (mode_ == Mode::kClosed) return Closed{close_reason_};
    if (MaybeEvent event = Step()) return *std::move(event);
  }
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::Step() {
  switch (mode_) {
    case Mode::kCommand:
    case Mode::kAuthLine:
      return ReadLine();
    case Mode::kData:
      return ReadData();
    case Mode::kChunk:
      return ReadChunk();
    case Mode::kSkipChunk:
      return SkipChunk();
    case Mode::kAwaitTls:
      if (!eof_) return NeedInput{};
      Close("peer closed the connection");
      return std::nullopt;
    case Mode::kClosed:
      break;
  }
  return std::nullopt;
}

ServerEvent ServerSession::Impl::NeedMore() {
  if (eof_) {
    Close("peer closed the connection");
    return NextEvent();
  }
  if (mode_ == Mode::kCommand) in_.Shrink();
  return NeedInput{};
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::ReadLine() {
  if (!spoken_ && in_.size() > 0 && IsBinary(in_.unread()[0])) {
    SayAndClose(Reply(500, {5, 5, 2}, "This is an SMTP server"),
                "binary octets instead of a command");
    return std::nullopt;
  }
  const size_t max_octets =
      mode_ == Mode::kAuthLine
          ? std::max(kMaxAuthLineOctets, options_.limits.max_command_octets)
          : options_.limits.max_command_octets;
  const LineBuffer::Line line = in_.Next(max_octets);
  switch (line.status) {
    case LineBuffer::Status::kNone:
      return NeedMore();
    case LineBuffer::Status::kEndless:
      SayAndClose(Reply(500, {5, 5, 2}, "Line too long; closing connection"),
                  "endless command line");
      return std::nullopt;
    case LineBuffer::Status::kTooLong:
    case LineBuffer::Status::kLine:
      break;
  }
  // What follows a bare LF may be meant for another reader than us.
  if (line.bare_lf && options_.line_ends == LineEndPolicy::kRefuse) {
    SayAndClose(Reply(500, {5, 5, 2}, "Lines end in CRLF; closing connection"),
                "bare LF in a command");
    return std::nullopt;
  }
  if (line.status == LineBuffer::Status::kLine) return TakeLine(line.text);
  mode_ = Mode::kCommand;
  SayBad(Reply(500, {5, 5, 2}, "Line too long"));
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::TakeLine(
    absl::string_view line) {
  if (mode_ == Mode::kAuthLine) {
    mode_ = Mode::kCommand;
    return Ask(Verb::kAuth, AuthResponse{std::string(line)});
  }
  if (line.find('\r') != absl::string_view::npos ||
      line.find('\0') != absl::string_view::npos) {
    SayBad(Reply(500, {5, 5, 2}, "A bare <CR> or NUL is no part of a command"));
    return std::nullopt;
  }
  return Execute(SplitCommand(line));
}

// Takes one piece of content. Nothing if there is none to hand on.
ServerSession::Impl::MaybeEvent ServerSession::Impl::Decode(
    absl::string_view input) {
  const bool was_refused = content_->refusal().has_value();
  const DataDecoder::Piece piece = content_->Next(input);
  in_.Consume(piece.consumed);
  if (mode_ == Mode::kChunk) chunk_left_ -= piece.consumed;
  if (!was_refused && content_->refusal()) {
    aborted_ = content_->refusal()->reason;
  }
  if (content_->IsHopeless()) {
    SayAndClose(Reply(552, {5, 3, 4}, "Far too large; closing connection"),
                "content far beyond the limit");
    return std::nullopt;
  }
  if (piece.content.empty()) return std::nullopt;
  return DataChunk{piece.content};
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::ReadData() {
  if (content_->done()) return EndContent();
  if (in_.size() == 0) return NeedMore();
  return Decode(in_.unread());
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::ReadChunk() {
  const absl::string_view input =
      in_.unread().substr(0, std::min<uint64_t>(chunk_left_, in_.size()));
  if (!input.empty()) return Decode(input);
  if (chunk_left_ > 0) return NeedMore();
  if (chunk_last_ && !finished_) {
    finished_ = true;
    const bool was_refused = content_->refusal().has_value();
    const absl::string_view rest = content_->Finish();
    if (!was_refused && content_->refusal()) {
      aborted_ = content_->refusal()->reason;
    }
    if (!rest.empty()) return DataChunk{rest};
    return std::nullopt;
  }
  if (chunk_last_ || content_->refusal()) return EndContent();
  mode_ = Mode::kCommand;
  Say(Ok("Chunk received"));
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::SkipChunk() {
  const size_t octets = std::min<uint64_t>(chunk_left_, in_.size());
  in_.Consume(octets);
  chunk_left_ -= octets;
  if (chunk_left_ > 0) return NeedMore();
  mode_ = Mode::kCommand;
  Say(*chunk_refusal_);
  chunk_refusal_.reset();
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::EndContent() {
  const bool per_recipient = options_.protocol == Protocol::kLmtp &&
                             (mode_ == Mode::kData || chunk_last_);
  const size_t replies = per_recipient ? recipients_ : 1;
  const Verb verb = mode_ == Mode::kData ? Verb::kData : Verb::kBdat;
  mode_ = Mode::kCommand;
  if (!content_->refusal()) {
    replies_owed_ = replies;
    pending_end_ = true;
    positive_end_ = false;
    return Ask(verb, DataEnd{});
  }
  const ContentRefusal refusal = *content_->refusal();
  for (size_t i = 0; i < replies; ++i) Say(refusal.reply);
  EndTransaction(refusal.reason);
  if (refusal.close) Close(refusal.reason);
  return std::nullopt;
}

// ---------------------------------------------------------------------------
// Commands

ServerSession::Impl::MaybeEvent ServerSession::Impl::Ask(Verb verb,
                                                         ServerEvent event) {
  pending_ = verb;
  return event;
}

bool ServerSession::Impl::IsOffered(Verb verb) const {
  const bool lmtp = options_.protocol == Protocol::kLmtp;
  switch (verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
      return !lmtp;  // RFC 2033, 4.1.
    case Verb::kLhlo:
      return lmtp;
    case Verb::kStartTls:
      return options_.offer_starttls;
    case Verb::kAuth:
      return !options_.auth_mechanisms.empty();
    case Verb::kMail:
    case Verb::kRcpt:
    case Verb::kData:
    case Verb::kBdat:
    case Verb::kRset:
    case Verb::kNoop:
    case Verb::kQuit:
    case Verb::kVrfy:
    case Verb::kExpn:
    case Verb::kHelp:
    case Verb::kForeign:
    case Verb::kUnknown:
      return true;
  }
  return true;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::Execute(
    const CommandLine& command) {
  if (command.verb == Verb::kForeign) {
    SayAndClose(Reply(500, {5, 5, 1}, "This is an SMTP server"),
                "another protocol's command");
    return std::nullopt;
  }
  const Transition* row = FindTransition(command.verb);
  if (row == nullptr) {
    SayBad(Reply(500, {5, 5, 1}, "Command not recognised"));
    return std::nullopt;
  }
  spoken_ = true;
  if (!IsOffered(command.verb)) {
    SayBad(Reply(502, {5, 5, 1}, "Command not implemented"));
    return std::nullopt;
  }
  if (row->idle && ++idle_commands_ > options_.limits.max_idle_commands) {
    SayAndClose(Reply(421, {4, 7, 0}, "Too many commands without mail"),
                "too many idle commands");
    return std::nullopt;
  }
  if ((row->from & In(state_)) == 0) return RefuseOrder(command);
  return Dispatch(command);
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::RefuseOrder(
    const CommandLine& command) {
  const Reply reply =
      OutOfOrder(state_ == ServerState::kGreeted ? "Say hello first"
                 : command.verb == Verb::kMail ? "A transaction is open already"
                 : state_ == ServerState::kMail  ? "No valid recipients"
                 : state_ == ServerState::kReady ? "Say MAIL first"
                                                 : "Not now");
  if (command.verb == Verb::kBdat) {
    // The chunk comes all the same, and is no command (RFC 3030, 2).
    const auto bdat = ParseBdat(command.argument);
    if (const auto* chunk = std::get_if<BdatCommand>(&bdat)) {
      chunk_left_ = chunk->octets;
      chunk_refusal_ = reply;
      mode_ = Mode::kSkipChunk;
      return std::nullopt;
    }
  }
  // A client that pipelines sends these before it knows that MAIL was refused
  // (RFC 2920, 3.1), so they are no fault of its own.
  const bool pipelined = command.verb == Verb::kRcpt ||
                         command.verb == Verb::kData ||
                         command.verb == Verb::kBdat;
  if (pipelined && state_ != ServerState::kGreeted) {
    Say(reply);
  } else {
    SayBad(reply);
  }
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::Dispatch(
    const CommandLine& command) {
  switch (command.verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
    case Verb::kLhlo:
      return DoHello(command.verb, command.argument);
    case Verb::kMail:
      return DoMail(command.argument);
    case Verb::kRcpt:
      return DoRcpt(command.argument);
    case Verb::kData:
      return DoData(command.argument);
    case Verb::kBdat:
      return DoBdat(command.argument);
    case Verb::kAuth:
      return DoAuth(command.argument);
    case Verb::kNoop:
      Say(Ok("OK"));
      return std::nullopt;
    case Verb::kHelp:
      Say(Reply(214, {2, 0, 0}, "See RFC 5321"));
      return std::nullopt;
    case Verb::kVrfy:
    case Verb::kExpn:
      if (command.argument.empty()) {
        SayBad(Reply(501, {5, 5, 4}, "An argument is missing"));
      } else {
        // RFC 5321, 3.5.3: neither yes nor no.
        Say(Reply(252, {2, 0, 0}, "Send mail, and it will be tried"));
      }
      return std::nullopt;
    case Verb::kRset:
    case Verb::kQuit:
    case Verb::kStartTls:
      return DoWithoutArgument(command.verb, command.argument);
    case Verb::kForeign:
    case Verb::kUnknown:
      break;
  }
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoWithoutArgument(
    Verb verb, absl::string_view argument) {
  if (!argument.empty()) {
    SayBad(Reply(501, {5, 5, 4}, "This command has no argument"));
    return std::nullopt;
  }
  if (verb == Verb::kStartTls) {
    if (!secured_) return Ask(verb, StartTls{});
    SayBad(OutOfOrder("TLS is active already"));
  } else if (verb == Verb::kQuit) {
    SayAndClose(Reply(221, {2, 0, 0}, "Goodbye"), "QUIT");
  } else {
    const ServerState next = After(FindTransition(verb)->effect, state_);
    EndTransaction("RSET");
    state_ = next;
    Say(Ok("OK"));
  }
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoHello(
    Verb verb, absl::string_view argument) {
  Parsed<std::string> name = ParseHello(argument);
  if (const auto* refusal = std::get_if<Reply>(&name)) {
    SayBad(*refusal);
    return std::nullopt;
  }
  new_peer_name_ = std::get<std::string>(name);
  new_extended_ = verb != Verb::kHelo;
  return Ask(verb, Hello{new_peer_name_, new_extended_});
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoMail(
    absl::string_view argument) {
  const ServerLimits& limits = options_.limits;
  if (limits.max_messages > 0 && messages_ >= limits.max_messages) {
    SayAndClose(Reply(421, {4, 7, 0}, "Enough messages for one session"),
                "message limit reached");
    return std::nullopt;
  }
  Parsed<MailCommand> parsed = ParseMail(argument, extended_);
  if (const auto* refusal = std::get_if<Reply>(&parsed)) {
    SayBad(*refusal);
    return std::nullopt;
  }
  auto& mail = std::get<MailCommand>(parsed);
  if (mail.parameters.auth && options_.auth_mechanisms.empty()) {
    SayBad(Reply(555, {5, 5, 4}, "Parameter AUTH is not supported"));
    return std::nullopt;
  }
  if (mail.parameters.declared_size > limits.max_message_octets) {
    Say(Reply(552, {5, 3, 4},
              absl::StrCat("At most ", limits.max_message_octets, " octets")));
    return std::nullopt;
  }
  smtputf8_ = mail.parameters.smtputf8;
  binary_ = mail.parameters.body == BodyType::kBinaryMime;
  return Ask(Verb::kMail,
             MailFrom{std::move(mail.path), std::move(mail.parameters)});
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoRcpt(
    absl::string_view argument) {
  if (recipients_ >= options_.limits.max_recipients) {
    const Reply reply(452, {4, 5, 3}, "Too many recipients");
    if (++excess_recipients_ > kRecipientOvershoot) {
      SayBad(reply);
    } else {
      Say(reply);
    }
    return std::nullopt;
  }
  Parsed<RcptCommand> parsed = ParseRcpt(argument, extended_, smtputf8_);
  if (const auto* refusal = std::get_if<Reply>(&parsed)) {
    SayBad(*refusal);
    return std::nullopt;
  }
  auto& rcpt = std::get<RcptCommand>(parsed);
  return Ask(Verb::kRcpt,
             RcptTo{std::move(rcpt.path), std::move(rcpt.parameters)});
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoData(
    absl::string_view argument) {
  if (!argument.empty()) {
    SayBad(Reply(501, {5, 5, 4}, "This command has no argument"));
    return std::nullopt;
  }
  if (binary_) {
    SayBad(OutOfOrder("BODY=BINARYMIME needs BDAT"));  // RFC 3030, 3.
    return std::nullopt;
  }
  return Ask(Verb::kData, DataBegin{false});
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoBdat(
    absl::string_view argument) {
  const Parsed<BdatCommand> parsed = ParseBdat(argument);
  if (const auto* refusal = std::get_if<Reply>(&parsed)) {
    SayBad(*refusal);
    return std::nullopt;
  }
  chunk_left_ = std::get<BdatCommand>(parsed).octets;
  chunk_last_ = std::get<BdatCommand>(parsed).last;
  if (state_ == ServerState::kRcpt) {
    return Ask(Verb::kBdat, DataBegin{true});
  }
  mode_ = Mode::kChunk;
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoAuth(
    absl::string_view argument) {
  if (!extended_ || authenticated_) {
    SayBad(OutOfOrder(authenticated_ ? "Already authenticated"
                                     : "Say EHLO first"));
    return std::nullopt;
  }
  Parsed<AuthCommand> parsed = ParseAuth(argument);
  if (const auto* refusal = std::get_if<Reply>(&parsed)) {
    SayBad(*refusal);
    return std::nullopt;
  }
  auto& auth = std::get<AuthCommand>(parsed);
  const auto& known = options_.auth_mechanisms;
  if (std::find(known.begin(), known.end(), auth.mechanism) == known.end()) {
    SayBad(Reply(504, {5, 5, 4}, "Mechanism not supported"));
    return std::nullopt;
  }
  return Ask(Verb::kAuth,
             Auth{std::move(auth.mechanism), std::move(auth.initial_response),
                  auth.has_initial_response});
}

// ---------------------------------------------------------------------------
// Answers

absl::Status ServerSession::Impl::Respond(const Reply& reply) {
  if (!pending_) {
    return absl::FailedPreconditionError("no event waits for a reply");
  }
  const Verb verb = *pending_;
  if (pending_end_) {
    AnsweredEnd(reply);
    return absl::OkStatus();
  }
  pending_.reset();
  if (reply.code() == 421) {
    SayAndClose(reply, "421");
  } else {
    Answered(verb, reply);
  }
  return absl::OkStatus();
}

void ServerSession::Impl::Answered(Verb verb, const Reply& reply) {
  switch (verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
    case Verb::kLhlo:
      return AnsweredHello(reply);
    case Verb::kData:
    case Verb::kBdat:
      return AnsweredContent(verb == Verb::kBdat, reply);
    case Verb::kAuth:
      return AnsweredAuth(reply);
    case Verb::kRcpt:
      if (reply.IsPositive()) ++recipients_;
      break;
    case Verb::kStartTls:
      if (reply.IsPositive()) mode_ = Mode::kAwaitTls;
      break;
    case Verb::kMail:
    case Verb::kRset:
    case Verb::kNoop:
    case Verb::kQuit:
    case Verb::kVrfy:
    case Verb::kExpn:
    case Verb::kHelp:
    case Verb::kForeign:
    case Verb::kUnknown:
      break;
  }
  Say(reply);
  if (reply.IsPositive()) Advance(verb);
}

void ServerSession::Impl::AnsweredHello(const Reply& reply) {
  if (!reply.IsPositive()) return Say(reply);  // RFC 5321, 4.1.1.1: no change.
  EndTransaction("a new EHLO");
  extended_ = new_extended_;
  peer_name_ = std::move(new_peer_name_);
  new_peer_name_.clear();
  Advance(Verb::kEhlo);
  Say(Reply(250, extended_ ? Capabilities() : options_.hostname));
}

void ServerSession::Impl::AnsweredContent(bool chunked, const Reply& reply) {
  if (reply.IsPositive() || reply.IsIntermediate()) {
    if (!chunked) {
      Say(reply.IsIntermediate() ? reply
                                 : Reply(354, "End data with <CRLF>.<CRLF>"));
    }
    return BeginContent(chunked);
  }
  if (!chunked) return Say(reply);
  EndTransaction("refused");
  chunk_refusal_ = reply;
  mode_ = Mode::kSkipChunk;
}

void ServerSession::Impl::BeginContent(bool chunked) {
  content_.emplace(ContentReceiver::Options{
      chunked ? Framing::kCounted : Framing::kDotStuffed, options_.line_ends,
      binary_, options_.limits.max_message_octets,
      options_.limits.max_header_octets, options_.limits.max_text_line_octets});
  finished_ = false;
  if (chunked) Advance(Verb::kBdat);
  mode_ = chunked ? Mode::kChunk : Mode::kData;
}

void ServerSession::Impl::AnsweredEnd(const Reply& reply) {
  Say(reply);
  if (reply.IsPositive()) positive_end_ = true;
  if (--replies_owed_ > 0 && reply.code() != 421) return;
  pending_.reset();
  pending_end_ = false;
  if (positive_end_) {
    ++messages_;
    idle_commands_ = 0;
  }
  EndTransaction("");
  aborted_.reset();  // The caller knows: it has just answered.
  if (reply.code() == 421) Close("421");
}

void ServerSession::Impl::AnsweredAuth(const Reply& reply) {
  Say(reply);
  if (reply.IsIntermediate()) mode_ = Mode::kAuthLine;
  if (reply.IsPositive()) authenticated_ = true;
}

// Only what is really done is said.
std::string ServerSession::Impl::Capabilities() const {
  const ServerLimits& limits = options_.limits;
  std::string out = absl::StrCat(
      options_.hostname, "\nPIPELINING\nSIZE ", limits.max_message_octets,
      "\n8BITMIME\nCHUNKING\nBINARYMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nDSN");
  absl::StrAppend(&out, "\nLIMITS RCPTMAX=", limits.max_recipients);
  if (limits.max_messages > 0) {
    absl::StrAppend(&out, " MAILMAX=", limits.max_messages);
  }
  if (options_.offer_starttls && !secured_) out += "\nSTARTTLS";
  if (!options_.auth_mechanisms.empty()) {
    absl::StrAppend(&out, "\nAUTH ",
                    absl::StrJoin(options_.auth_mechanisms, " "));
  }
  return out;
}

// ---------------------------------------------------------------------------

ServerSession::ServerSession(ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ServerSession::ServerSession(ServerSession&&) noexcept = default;
ServerSession& ServerSession::operator=(ServerSession&&) noexcept = default;
ServerSession::~ServerSession() = default;

void ServerSession::Receive(absl::string_view octets) {
  impl_->Receive(octets);
}
ServerEvent ServerSession::NextEvent() { return impl_->NextEvent(); }
absl::Status ServerSession::Respond(const Reply& reply) {
  return impl_->Respond(reply);
}
void ServerSession::Refuse(const Reply& reply) { impl_->Refuse(reply); }
void ServerSession::TlsEstablished() { impl_->TlsEstablished(); }
std::string ServerSession::TakeOutput() { return impl_->TakeOutput(); }
bool ServerSession::HasOutput() const { return impl_->HasOutput(); }
bool ServerSession::secured() const { return impl_->secured(); }
bool ServerSession::extended() const { return impl_->extended(); }
bool ServerSession::authenticated() const { return impl_->authenticated(); }
const std::string& ServerSession::peer_name() const {
  return impl_->peer_name();
}
bool ServerSession::in_transaction() const { return impl_->in_transaction(); }
bool ServerSession::receiving_content() const {
  return impl_->receiving_content();
}
uint64_t ServerSession::content_octets() const {
  return impl_->content_octets();
}
size_t ServerSession::buffered_octets() const {
  return impl_->buffered_octets();
}

}  // namespace mailsec::smtp
