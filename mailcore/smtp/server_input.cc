// Reads command lines and content for a ServerSession.

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "mailcore/smtp/server_session_impl.h"

namespace mailsec::smtp {
namespace {

constexpr size_t kMaxAuthLineOctets = 12288;  // RFC 4954, 4.

// An octet that begins a TLS or RDP handshake and no command.
bool IsBinary(unsigned char c) {
  return c > 0x7F || (c < 0x20 && c != '\r' && c != '\n' && c != '\t');
}

// Base64, and the "*" that ends an exchange, are no more than this.
bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

ServerEvent ServerSession::Impl::NextEvent() {
  if (pending_) return ReplyOwed{};
  if (interrupted_) (void)SpeaksOutOfTurn();
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
  line_ = mode_ == Mode::kAuthLine ? "AUTH" : line.text;
  if (mode_ == Mode::kCommand && BeginsWithBdat(line.text)) {
    SayAndClose(UnknownSize(), kUnknownSize);
    return std::nullopt;
  }
  mode_ = Mode::kCommand;
  SayBad(Reply(500, {5, 5, 2}, "Line too long"));
  return std::nullopt;
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::TakeLine(
    absl::string_view line) {
  line_ = line;
  if (mode_ == Mode::kAuthLine) {
    line_ = "AUTH";
    mode_ = Mode::kCommand;
    if (!AwaitAnswer()) return std::nullopt;
    if (!IsPrintable(line)) {
      SayBad(Reply(501, {5, 5, 2}, "This is not base64"));
      return std::nullopt;
    }
    return Ask(Verb::kAuth, AuthResponse{std::string(line)});
  }
  const bool has_control = line.find('\r') != absl::string_view::npos ||
                           line.find('\0') != absl::string_view::npos;
  const CommandLine command = SplitCommand(line);
  if (BeginsWithBdat(line) && (has_control || command.verb != Verb::kBdat)) {
    SayAndClose(UnknownSize(), kUnknownSize);
  } else if (has_control) {
    SayBad(Reply(500, {5, 5, 2}, "A bare <CR> or NUL is no part of a command"));
  } else {
    return Execute(command);
  }
  return std::nullopt;
}

// Takes one piece of content. Nothing if there is none to hand on.
ServerSession::Impl::MaybeEvent ServerSession::Impl::Decode(
    absl::string_view input) {
  const DataDecoder::Piece piece = content_->Next(input);
  in_.Consume(piece.consumed);
  if (mode_ == Mode::kChunk) chunk_left_ -= piece.consumed;
  if (content_->IsHopelessWith(0)) {
    SayAndClose(FarTooLarge(), kFarTooLarge);
    return std::nullopt;
  }
  if (piece.content.empty()) return std::nullopt;
  return DataChunk{piece.content};
}

ServerSession::Impl::MaybeEvent ServerSession::Impl::ReadData() {
  if (content_->done()) {
    // Once the content is handed on, its answer is what counts.
    answer_begin_ = out_.size();
    if (!extended_ && in_.size() > 0 && SpeaksOutOfTurn()) return std::nullopt;
    return EndContent();
  }
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
    const absl::string_view rest = content_->Finish();
    if (!rest.empty()) return DataChunk{rest};
    return std::nullopt;
  }
  if (chunk_last_ || content_->refusal()) return EndContent();
  mode_ = Mode::kCommand;
  Say(Reply(250, {2, 0, 0}, "Chunk received"));
  return std::nullopt;
}

// The chunk of a BDAT that is answered `reply` comes all the same, and is no
// command (RFC 3030, 2); but not for ever.
void ServerSession::Impl::BeginSkip(RefusalKind kind, const Reply& reply) {
  if (!refusals_.Spend(kind)) return CloseExhausted();
  const uint64_t room = std::numeric_limits<uint64_t>::max() - skipped_octets_;
  skipped_octets_ += std::min(chunk_left_, room);
  if (ContentReceiver::IsHopeless(skipped_octets_,
                                  options_.limits.max_message_octets)) {
    SayAndClose(FarTooLarge(), kFarTooLarge);
    return;
  }
  chunk_refusal_ = reply;
  mode_ = Mode::kSkipChunk;
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
  const bool whole = mode_ == Mode::kData || chunk_last_;
  const bool lmtp = options_.protocol == Protocol::kLmtp;
  const size_t replies = lmtp && whole ? recipients_ : 1;
  const Verb verb = mode_ == Mode::kData ? Verb::kData : Verb::kBdat;
  mode_ = Mode::kCommand;
  const std::optional<ContentRefusal> refusal = content_->refusal();
  if (!refusal) {
    // One recipient's answer is the message's, which a client must be ready
    // for (draft-hall-prdr-00, 3).
    prdr_ = prdr_ && !lmtp && recipients_ > 1;
    if (prdr_) Say(Reply(353, "Each recipient's answer follows"));
    replies_owed_ = prdr_ ? recipients_ : replies;
    pending_end_ = true;
    best_end_.reset();
    return Ask(verb, DataEnd{replies_owed_});
  }
  for (size_t i = 0; i < replies; ++i) Say(refusal->reply);
  (void)refusals_.Spend(RefusalKind::kContent);
  EndTransaction(refusal->reason);
  if (refusal->close) Close(refusal->reason);
  return std::nullopt;
}

}  // namespace mailsec::smtp
