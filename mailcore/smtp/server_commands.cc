// Executes commands for a ServerSession, and takes the answers to them.

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/smtp/server_session_impl.h"

namespace mailsec::smtp {
namespace {

// SASL mechanisms of which an eavesdropper learns neither a password nor a
// token. All others need TLS where it is to be had (RFC 4954, 4).
constexpr absl::string_view kSafeInClear[] = {
    "ANONYMOUS",   "CRAM-MD5",      "DIGEST-MD5",   "GSSAPI",
    "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"};

Reply Ok(absl::string_view text) { return Reply(250, {2, 0, 0}, text); }

Reply OutOfOrder(absl::string_view text) { return Reply(503, {5, 5, 1}, text); }

}  // namespace

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
  if (refusals_.IsSpent() && command.verb != Verb::kQuit) {
    CloseExhausted();
    return std::nullopt;
  }
  const Transition* row = FindTransition(command.verb);
  // A chunk follows its BDAT in any case.
  const bool last = row == nullptr || row->last ||
                    (!extended_ && command.verb != Verb::kBdat &&
                     command.verb != Verb::kQuit);
  if (last && !AwaitAnswer()) return std::nullopt;
  if (row == nullptr) {
    SayBad(Reply(500, {5, 5, 1}, "Command not recognised"));
    return std::nullopt;
  }
  spoken_ = true;
  if (command.verb == Verb::kBdat && !TakeChunkSize(command.argument)) {
    return std::nullopt;
  }
  if (!IsOffered(command.verb)) {
    SayBad(Reply(502, {5, 5, 1}, "Command not implemented"));
    return std::nullopt;
  }
  if (row->idle && !CountIdle()) return std::nullopt;
  if (!state_.Allows(*row)) return RefuseOrder(command);
  return Dispatch(command);
}

// Counts a command that brings no mail nearer. False: the session is at its
// end, as there were too many.
bool ServerSession::Impl::CountIdle() {
  if (++idle_commands_ <= options_.limits.max_idle_commands) return true;
  SayAndClose(Reply(421, {4, 7, 0}, "Too many commands without mail"),
              "too many idle commands");
  return false;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::RefuseOrder(
    const CommandLine& command) {
  const ServerState state = state_.value();
  const Reply reply =
      OutOfOrder(state == ServerState::kGreeted ? "Say hello first"
                 : command.verb == Verb::kMail ? "A transaction is open already"
                 : state == ServerState::kMail ? "No valid recipients"
                 : state == ServerState::kReady ? "Say MAIL first"
                                                : "Not now");
  const bool pipelined =
      state != ServerState::kGreeted &&
      (command.verb == Verb::kRcpt || command.verb == Verb::kData ||
       command.verb == Verb::kBdat);
  const RefusalKind kind =
      pipelined ? RefusalKind::kPipelined : RefusalKind::kCommand;
  if (!pipelined) NoteRefused(reply);
  if (command.verb == Verb::kBdat) {
    BeginSkip(kind, reply);
  } else {
    SayRefusal(kind, reply);
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
      return DoBdat();
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
    EndTransaction("RSET");
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
  if (mail.parameters.prdr && !options_.offer_prdr) {
    SayBad(Reply(555, {5, 5, 4}, "Parameter PRDR is not supported"));
    return std::nullopt;
  }
  if (mail.parameters.declared_size > limits.max_message_octets) {
    RefuseLine(
        RefusalKind::kSender,
        Reply(552, {5, 3, 4},
              absl::StrCat("At most ", limits.max_message_octets, " octets")));
    return std::nullopt;
  }
  smtputf8_ = mail.parameters.smtputf8;
  binary_ = mail.parameters.body == BodyType::kBinaryMime;
  prdr_ = mail.parameters.prdr;
  return Ask(Verb::kMail,
             MailFrom{std::move(mail.path), std::move(mail.parameters)});
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoRcpt(
    absl::string_view argument) {
  if (recipients_ >= options_.limits.max_recipients) {
    const Reply reply(452, {4, 5, 3}, "Too many recipients");
    if (!std::exchange(excess_noted_, true)) NoteRefused(reply);
    SayRefusal(RefusalKind::kExcessRecipient, reply);
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

// Before all else that may be said about a BDAT: the chunk follows whatever the
// answer is. False: the session is at its end, as nobody knows where the chunk
// would have its own, or as there are too many without an octet.
bool ServerSession::Impl::TakeChunkSize(absl::string_view argument) {
  const Parsed<BdatCommand> parsed = ParseBdat(argument);
  const auto* chunk = std::get_if<BdatCommand>(&parsed);
  if (chunk == nullptr) {
    SayAndClose(UnknownSize(), kUnknownSize);
    return false;
  }
  chunk_left_ = chunk->octets;
  chunk_last_ = chunk->last;
  if (chunk_left_ > 0 || chunk_last_) return true;
  return CountIdle();
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::DoBdat() {
  const uint64_t limit = options_.limits.max_message_octets;
  if (content_ ? content_->IsHopelessWith(chunk_left_)
               : ContentReceiver::IsHopeless(chunk_left_, limit)) {
    SayAndClose(FarTooLarge(), kFarTooLarge);
    return std::nullopt;
  }
  if (state_.value() == ServerState::kRcpt) {
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
  if (IsWithheld(auth.mechanism)) {
    SayBad(Reply(538, {5, 7, 11}, "This mechanism needs TLS: say STARTTLS"));
    return std::nullopt;
  }
  return Ask(Verb::kAuth,
             Auth{std::move(auth.mechanism), std::move(auth.initial_response),
                  auth.has_initial_response});
}

absl::Status ServerSession::Impl::Respond(const Reply& reply) {
  if (!pending_) {
    return absl::FailedPreconditionError("no event waits for a reply");
  }
  if (interrupted_) {
    pending_.reset();
    (void)SpeaksOutOfTurn();
    return absl::OkStatus();
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
  if (reply.IsTransient() || reply.IsPermanent()) {
    return AnsweredBadly(verb, reply);
  }
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

// 4yz or 5yz: the state stays as it is (of EHLO, RFC 5321, 4.1.4).
void ServerSession::Impl::AnsweredBadly(Verb verb, const Reply& reply) {
  switch (verb) {
    case Verb::kMail:
      return SayRefusal(RefusalKind::kSender, reply);
    case Verb::kRcpt:
      return SayRefusal(reply.IsTransient() ? RefusalKind::kRecipientForNow
                                            : RefusalKind::kRecipient,
                        reply);
    case Verb::kData:
      return SayRefusal(RefusalKind::kContent, reply);
    case Verb::kBdat:
      EndTransaction("refused");
      return BeginSkip(RefusalKind::kContent, reply);
    case Verb::kAuth:
      return SayRefusal(RefusalKind::kLogin, reply);
    case Verb::kHelo:
    case Verb::kEhlo:
    case Verb::kLhlo:
    case Verb::kStartTls:
    case Verb::kRset:
    case Verb::kNoop:
    case Verb::kQuit:
    case Verb::kVrfy:
    case Verb::kExpn:
    case Verb::kHelp:
    case Verb::kForeign:
    case Verb::kUnknown:
      return SayRefusal(RefusalKind::kCommand, reply);
  }
}

void ServerSession::Impl::AnsweredHello(const Reply& reply) {
  if (!reply.IsPositive()) return Say(reply);
  EndTransaction("a new EHLO");
  extended_ = new_extended_;
  peer_name_ = std::move(new_peer_name_);
  new_peer_name_.clear();
  Advance(Verb::kEhlo);
  Say(Reply(250, extended_ ? Capabilities() : options_.hostname));
}

void ServerSession::Impl::AnsweredContent(bool chunked, const Reply& reply) {
  if (!chunked) {
    Say(reply.IsIntermediate() ? reply
                               : Reply(354, "End data with <CRLF>.<CRLF>"));
  }
  BeginContent(chunked);
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
  // 2yz before 4yz before 5yz.
  if (!best_end_ || reply.code() / 100 < best_end_->code() / 100) {
    best_end_ = reply;
  }
  if (--replies_owed_ > 0 && reply.code() != 421) return;
  // The last answer of PRDR is about the whole message: if it is bad, nobody
  // has it.
  if (prdr_ && reply.code() != 421) Say(*best_end_);
  pending_.reset();
  pending_end_ = false;
  if (best_end_->IsPositive()) {
    ++messages_;
    idle_commands_ = 0;
    skipped_octets_ = 0;
    refusals_.Forgive();
  } else {
    (void)refusals_.Spend(RefusalKind::kContent);
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

// A password or a token that would be sent in the clear, though there is TLS.
bool ServerSession::Impl::IsWithheld(absl::string_view mechanism) const {
  return options_.offer_starttls && !secured_ &&
         std::find(std::begin(kSafeInClear), std::end(kSafeInClear),
                   mechanism) == std::end(kSafeInClear);
}

// Only what is really done is said.
std::string ServerSession::Impl::Capabilities() const {
  const ServerLimits& limits = options_.limits;
  std::string out = absl::StrCat(
      options_.hostname, "\nPIPELINING\nSIZE ", limits.max_message_octets,
      "\n8BITMIME\nCHUNKING\nBINARYMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nDSN");
  if (options_.offer_prdr) out += "\nPRDR";
  absl::StrAppend(&out, "\nLIMITS RCPTMAX=", limits.max_recipients);
  if (limits.max_messages > 0) {
    absl::StrAppend(&out, " MAILMAX=", limits.max_messages);
  }
  if (options_.offer_starttls && !secured_) out += "\nSTARTTLS";
  std::string mechanisms;
  for (const std::string& mechanism : options_.auth_mechanisms) {
    if (!IsWithheld(mechanism)) absl::StrAppend(&mechanisms, " ", mechanism);
  }
  if (!mechanisms.empty()) absl::StrAppend(&out, "\nAUTH", mechanisms);
  return out;
}

}  // namespace mailsec::smtp
