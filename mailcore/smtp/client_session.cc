#include "mailcore/smtp/client_session.h"

#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/smtp/data_encoder.h"
#include "mailcore/smtp/esmtp_parameters.h"
#include "mailcore/smtp/outgoing.h"
#include "mailcore/smtp/reply_parser.h"

namespace mailsec::smtp {
namespace {

using base::PrintableAscii;

// Commands that may wait for their replies at once, so that neither side's
// socket buffers fill up (RFC 2920, 3.1). Ours.
constexpr size_t kMaxCommandsInFlight = 100;
// Octets in one BDAT. Ours.
constexpr size_t kChunkOctets = 64 * 1024;

Reply LostReply() { return Reply(451, {4, 4, 2}, "Connection lost"); }
Reply ProtocolErrorReply(absl::string_view what) {
  return Reply(451, {4, 5, 0}, absl::StrCat("Protocol error: ", what));
}

}  // namespace

absl::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kConnect:
      return "connect";
    case Stage::kGreeting:
      return "greeting";
    case Stage::kHello:
      return "hello";
    case Stage::kMail:
      return "mail";
    case Stage::kRcpt:
      return "rcpt";
    case Stage::kData:
      return "data";
    case Stage::kContent:
      return "content";
  }
  return "";
}

class ClientSession::Impl {
 public:
  explicit Impl(ClientOptions options)
      : options_(std::move(options)), parser_(options_.max_reply_octets) {
    expected_.push_back({Kind::kGreeting, 0});
  }

  void Receive(absl::string_view octets) {
    if (octets.empty()) {
      eof_ = true;
    } else if (!closed_) {
      parser_.Append(octets);
    }
  }
  ClientEvent NextEvent();
  absl::Status Begin(Transaction transaction);
  absl::Status Content(absl::string_view octets);
  absl::Status ContentEnd();
  void AbandonContent();
  void Quit();
  void TimedOut();
  std::string TakeOutput() { return std::exchange(out_, std::string()); }
  bool HasOutput() const { return !out_.empty(); }
  const ServerCapabilities& capabilities() const { return capabilities_; }
  Stage stage() const;
  uint64_t replies() const { return replies_; }

 private:
  // Which reply is due.
  enum class Kind {
    kGreeting,
    kEhlo,
    kHelo,
    kMail,
    kRcpt,  // `index`: of the recipient.
    kData,
    kChunk,   // BDAT without LAST.
    kFinal,   // After all content; `index`: of the recipient, with LMTP.
    kEach,    // PRDR: of the recipient `index`, between 353 and kFinal.
    kIgnore,  // After an empty message that nobody shall have, and RSET.
    kQuit,
  };
  struct Expected {
    Kind kind;
    size_t index;
  };
  enum class Mode {
    kBusy,     // Waits for replies.
    kReady,    // Waits for Begin() or Quit().
    kContent,  // Waits for Content().
  };

  void Handle(const ReplyParser::Result& result);
  bool CloseIfOutOfTurn(const Reply& reply);
  void HandleExpected(Expected expected, const ReplyParser::Result& result);
  void HandleGreeting(const Reply& reply);
  void HandleHello(Kind kind, const ReplyParser::Result& result);
  void HandleMail(const Reply& reply);
  void HandleRcpt(size_t index, const Reply& reply);
  void HandleData(const Reply& reply);
  void HandleFinal(size_t index, const Reply& reply);
  // 353 in place of the answer to the content: each recipient's follows.
  bool MayBegin353(const Reply& reply) const;

  void Send(Kind kind, size_t index, absl::string_view line);
  void SendEnvelope();
  void EnvelopeDone();
  void SendChunk(bool last);
  void ExpectFinal();

  void Decide(size_t index, const Reply& reply, bool from_peer,
              About about = About::kMail);
  void DecideRest(const Reply& reply, bool from_peer);
  void DecideBrokenOff(const Reply& reply, bool from_peer);
  void FinishTransaction();
  void Close(const Reply& reply, bool from_peer, bool clean);
  size_t AcceptedCount() const;

  ClientOptions options_;
  ReplyParser parser_;
  std::string out_;
  uint64_t replies_ = 0;
  bool eof_ = false;
  Mode mode_ = Mode::kBusy;
  std::deque<Expected> expected_;
  ServerCapabilities capabilities_;

  std::optional<Transaction> transaction_;
  std::vector<std::optional<RecipientOutcome>> outcomes_;
  std::vector<bool> accepted_;
  size_t next_recipient_ = 0;  // The next to be named in RCPT.
  bool mail_refused_ = false;
  bool use_bdat_ = false;
  bool prdr_ = false;
  std::vector<std::optional<Reply>> each_;  // After 353.
  bool data_sent_ = false;
  bool content_ended_ = false;
  DataEncoder encoder_;
  std::string chunk_;

  std::optional<TransactionDone> done_;
  std::optional<ClientClosed> closed_;
};

// ---------------------------------------------------------------------------
// Events

ClientEvent ClientSession::Impl::NextEvent() {
  for (;;) {
    if (done_) {
      TransactionDone event = *std::move(done_);
      done_.reset();
      return event;
    }
    if (closed_) return *closed_;
    const ReplyParser::Result result = parser_.Next();
    switch (result.status) {
      case ReplyParser::Status::kReply:
        ++replies_;
        Handle(result);
        continue;
      case ReplyParser::Status::kMalformed:
        Close(
            ProtocolErrorReply(absl::StrCat(
                "malformed reply \"",
                base::LogSafe(result.lines.empty() ? "" : result.lines[0], 80),
                "\"")),
            false, false);
        continue;
      case ReplyParser::Status::kTooLong:
        Close(ProtocolErrorReply("a reply without end"), false, false);
        continue;
      case ReplyParser::Status::kNeedInput:
        break;
    }
    if (eof_) {
      const bool quitting =
          !expected_.empty() && expected_.front().kind == Kind::kQuit;
      Close(LostReply(), false, quitting);
      continue;
    }
    if (mode_ == Mode::kReady) return Ready{};
    if (mode_ == Mode::kContent) return ContentWanted{};
    return NeedInput{};
  }
}

Stage ClientSession::Impl::stage() const {
  if (mode_ == Mode::kContent) return Stage::kContent;
  if (expected_.empty()) return Stage::kHello;
  switch (expected_.front().kind) {
    case Kind::kGreeting:
      return Stage::kGreeting;
    case Kind::kEhlo:
    case Kind::kHelo:
    case Kind::kIgnore:
    case Kind::kQuit:
      return Stage::kHello;
    case Kind::kMail:
      return Stage::kMail;
    case Kind::kRcpt:
      return Stage::kRcpt;
    case Kind::kData:
      return Stage::kData;
    case Kind::kChunk:
    case Kind::kFinal:
    case Kind::kEach:
      return Stage::kContent;
  }
  return Stage::kHello;
}

// ---------------------------------------------------------------------------
// Replies

void ClientSession::Impl::Handle(const ReplyParser::Result& result) {
  const Reply& reply = *result.reply;
  if (CloseIfOutOfTurn(reply)) return;
  // Decide() asks stage(), so the entry goes only afterwards.
  HandleExpected(expected_.front(), result);
  if (closed_) return;
  expected_.pop_front();
  if (transaction_ && !data_sent_) return SendEnvelope();
  if (!expected_.empty() || mode_ == Mode::kContent) return;
  if (transaction_) FinishTransaction();
  mode_ = Mode::kReady;
}

// A reply that ends the dialogue, wherever it stands.
bool ClientSession::Impl::CloseIfOutOfTurn(const Reply& reply) {
  const bool quitting =
      !expected_.empty() && expected_.front().kind == Kind::kQuit;
  if (quitting && !reply.IsIntermediate()) {
    Close(reply, true, true);
  } else if (reply.code() == 421) {
    // RFC 5321, 3.8: whatever was asked, the server is going away.
    Close(reply, true, false);
  } else if (mode_ == Mode::kContent &&
             (expected_.empty() || !reply.IsPositive())) {
    // A verdict before the content's end. What the server makes of the rest is
    // not known, so the connection ends here.
    if (reply.IsTransient() || reply.IsPermanent()) {
      Close(reply, true, false);
    } else {
      Close(ProtocolErrorReply("a reply amid the content"), false, false);
    }
  } else if (expected_.empty()) {
    Close(ProtocolErrorReply("a reply to nothing"), false, false);
  } else if (reply.IsIntermediate() && expected_.front().kind != Kind::kData &&
             !(expected_.front().kind == Kind::kFinal && MayBegin353(reply))) {
    Close(ProtocolErrorReply("an unexpected 3yz reply"), false, false);
  }
  return closed_.has_value();
}

void ClientSession::Impl::HandleExpected(Expected expected,
                                         const ReplyParser::Result& result) {
  const Reply& reply = *result.reply;
  switch (expected.kind) {
    case Kind::kGreeting:
      return HandleGreeting(reply);
    case Kind::kEhlo:
    case Kind::kHelo:
      return HandleHello(expected.kind, result);
    case Kind::kMail:
      return HandleMail(reply);
    case Kind::kRcpt:
      return HandleRcpt(expected.index, reply);
    case Kind::kData:
      return HandleData(reply);
    case Kind::kChunk:
      if (!reply.IsPositive()) Close(reply, true, false);
      return;
    case Kind::kFinal:
      return HandleFinal(expected.index, reply);
    case Kind::kEach:
      each_[expected.index] = reply;
      return;
    case Kind::kIgnore:
    case Kind::kQuit:
      return;
  }
}

void ClientSession::Impl::HandleGreeting(const Reply& reply) {
  if (reply.code() != 220) {
    if (!reply.IsPositive()) return Close(reply, true, false);
    return Close(ProtocolErrorReply("an odd greeting"), false, false);
  }
  const bool lmtp = options_.protocol == Protocol::kLmtp;
  Send(Kind::kEhlo, 0,
       absl::StrCat(lmtp ? "LHLO " : "EHLO ",
                    PrintableAscii(options_.hostname, 255)));
}

void ClientSession::Impl::HandleHello(Kind kind,
                                      const ReplyParser::Result& result) {
  const Reply& reply = *result.reply;
  if (reply.code() == 250) {
    if (kind == Kind::kEhlo) capabilities_ = ParseCapabilities(result.lines);
    return;
  }
  // RFC 5321, 3.2 and 4.1.1.1: a server of old knows HELO only.
  if (kind == Kind::kEhlo && reply.IsPermanent() &&
      options_.protocol == Protocol::kSmtp) {
    return Send(Kind::kHelo, 0,
                absl::StrCat("HELO ", PrintableAscii(options_.hostname, 255)));
  }
  if (!reply.IsPositive()) return Close(reply, true, false);
  Close(ProtocolErrorReply("an odd reply to EHLO"), false, false);
}

void ClientSession::Impl::HandleMail(const Reply& reply) {
  if (reply.IsPositive()) return;
  mail_refused_ = true;
  DecideRest(reply, true);
}

void ClientSession::Impl::HandleRcpt(size_t index, const Reply& reply) {
  if (mail_refused_) return;
  if (reply.IsPositive() && !transaction_->probe) {
    accepted_[index] = true;
  } else {
    Decide(index, reply, true);
  }
}

void ClientSession::Impl::HandleData(const Reply& reply) {
  if (reply.IsPositive()) {
    return Close(ProtocolErrorReply("2yz to DATA"), false, false);
  }
  if (!reply.IsIntermediate()) {
    DecideRest(reply, true);
    // The server may still hold the envelope.
    if (!mail_refused_) Send(Kind::kIgnore, 0, "RSET");
    return;
  }
  if (AcceptedCount() > 0) {
    mode_ = Mode::kContent;
    return;
  }
  // RFC 2920, 3.1: nobody was accepted, so nothing is sent. LMTP leaves open
  // how many replies that has.
  if (options_.protocol == Protocol::kLmtp) {
    return Close(ProtocolErrorReply("354 without a recipient"), false, false);
  }
  Send(Kind::kIgnore, 0, ".");
}

bool ClientSession::Impl::MayBegin353(const Reply& reply) const {
  return reply.code() == 353 && prdr_ && each_.empty();
}

void ClientSession::Impl::HandleFinal(size_t index, const Reply& reply) {
  if (options_.protocol == Protocol::kLmtp) return Decide(index, reply, true);
  if (MayBegin353(reply)) {
    for (size_t i = 0; i < accepted_.size(); ++i) {
      if (accepted_[i]) expected_.push_back({Kind::kEach, i});
    }
    each_.assign(accepted_.size(), std::nullopt);
    expected_.push_back({Kind::kFinal, 0});
    return;
  }
  // If the last answer is bad, nobody has the message (draft-hall-prdr-00, 3).
  for (size_t i = 0; i < each_.size() && reply.IsPositive(); ++i) {
    if (each_[i]) Decide(i, *each_[i], true);
  }
  DecideRest(reply, true);
}

// ---------------------------------------------------------------------------
// Sending

void ClientSession::Impl::Send(Kind kind, size_t index,
                               absl::string_view line) {
  absl::StrAppend(&out_, line, "\r\n");
  expected_.push_back({kind, index});
}

absl::Status ClientSession::Impl::Begin(Transaction transaction) {
  if (mode_ != Mode::kReady || closed_) {
    return absl::FailedPreconditionError("the session is not ready");
  }
  if (transaction.recipients.empty()) {
    return absl::InvalidArgumentError("no recipient");
  }
  const size_t count = transaction.recipients.size();
  transaction_ = std::move(transaction);
  outcomes_.assign(count, std::nullopt);
  accepted_.assign(count, false);
  next_recipient_ = 0;
  mail_refused_ = data_sent_ = content_ended_ = false;
  chunk_.clear();
  if (auto refusal = RefuseLocally(*transaction_, capabilities_)) {
    for (auto& outcome : outcomes_) {
      outcome = RecipientOutcome{*refusal, Stage::kMail, false};
    }
    FinishTransaction();
    return absl::OkStatus();
  }
  size_t sent = 0;
  for (size_t i = 0; i < count; ++i) {
    const OutgoingRecipient& recipient = transaction_->recipients[i];
    if (auto refusal = RefuseLocally(recipient, sent, capabilities_)) {
      outcomes_[i] = RecipientOutcome{*refusal, Stage::kRcpt, false};
    } else {
      ++sent;
    }
  }
  if (sent == 0) {
    FinishTransaction();
    return absl::OkStatus();
  }
  use_bdat_ = WantsBdat(*transaction_, capabilities_);
  prdr_ = WantsPrdr(*transaction_, capabilities_);
  each_.clear();
  encoder_ = DataEncoder(use_bdat_ ? Framing::kCounted : Framing::kDotStuffed);
  mode_ = Mode::kBusy;
  Send(Kind::kMail, 0, FormatMail(*transaction_, capabilities_));
  SendEnvelope();
  return absl::OkStatus();
}

// Says as much of the envelope as may be said before the next reply.
void ClientSession::Impl::SendEnvelope() {
  const size_t window = capabilities_.pipelining ? kMaxCommandsInFlight : 1;
  const auto& recipients = transaction_->recipients;
  while (expected_.size() < window && !mail_refused_ &&
         next_recipient_ < recipients.size()) {
    const size_t index = next_recipient_++;
    if (outcomes_[index]) continue;
    Send(Kind::kRcpt, index, FormatRcpt(recipients[index], capabilities_));
  }
  const bool all_named = mail_refused_ || next_recipient_ == recipients.size();
  if (!all_named) return;
  if (expected_.empty()) return EnvelopeDone();
  if (expected_.size() < window && !use_bdat_ && !mail_refused_ &&
      !transaction_->probe) {
    data_sent_ = true;
    Send(Kind::kData, 0, "DATA");
  }
}

// Every reply to MAIL and RCPT is there, and nothing was said after them.
void ClientSession::Impl::EnvelopeDone() {
  data_sent_ = true;
  if (AcceptedCount() == 0) {
    if (mail_refused_) {
      FinishTransaction();
      mode_ = Mode::kReady;
    } else {
      Send(Kind::kIgnore, 0, "RSET");
    }
  } else if (use_bdat_) {
    mode_ = Mode::kContent;
  } else {
    Send(Kind::kData, 0, "DATA");
  }
}

absl::Status ClientSession::Impl::Content(absl::string_view octets) {
  if (mode_ != Mode::kContent || closed_) {
    return absl::FailedPreconditionError("no content is wanted");
  }
  if (!use_bdat_) {
    encoder_.Encode(octets, &out_);
    return absl::OkStatus();
  }
  if (transaction_->parameters.body == BodyType::kBinaryMime) {
    absl::StrAppend(&chunk_, octets);
  } else {
    encoder_.Encode(octets, &chunk_);
  }
  if (chunk_.size() >= kChunkOctets) SendChunk(false);
  return absl::OkStatus();
}

void ClientSession::Impl::SendChunk(bool last) {
  absl::StrAppend(&out_, "BDAT ", chunk_.size(), last ? " LAST\r\n" : "\r\n",
                  chunk_);
  chunk_.clear();
  if (!last) expected_.push_back({Kind::kChunk, 0});
}

absl::Status ClientSession::Impl::ContentEnd() {
  if (mode_ != Mode::kContent || closed_) {
    return absl::FailedPreconditionError("no content is wanted");
  }
  if (!use_bdat_) {
    encoder_.Finish(&out_);
  } else {
    if (transaction_->parameters.body != BodyType::kBinaryMime) {
      encoder_.Finish(&chunk_);
    }
    SendChunk(true);
    std::string().swap(chunk_);
  }
  mode_ = Mode::kBusy;
  content_ended_ = true;
  ExpectFinal();
  return absl::OkStatus();
}

void ClientSession::Impl::ExpectFinal() {
  if (options_.protocol == Protocol::kSmtp) {
    expected_.push_back({Kind::kFinal, 0});
    return;
  }
  for (size_t i = 0; i < accepted_.size(); ++i) {
    if (accepted_[i]) expected_.push_back({Kind::kFinal, i});
  }
}

// ---------------------------------------------------------------------------
// Ending

void ClientSession::Impl::Decide(size_t index, const Reply& reply,
                                 bool from_peer, About about) {
  if (!outcomes_[index]) {
    outcomes_[index] = RecipientOutcome{reply, stage(), from_peer, about};
  }
}

// The dialogue is over before everybody has an answer.
void ClientSession::Impl::DecideBrokenOff(const Reply& reply, bool from_peer) {
  const bool goes_away = from_peer && reply.code() == 421;
  if (from_peer && !goes_away) return DecideRest(reply, from_peer);
  // 421 after the content refuses it; with LMTP, for the one recipient whose
  // answer it is.
  bool refused = goes_away;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i]) continue;
    const bool has_content = content_ended_ && accepted_[i];
    Decide(i, reply, from_peer,
           has_content && !refused ? About::kUnclear : About::kHost);
    if (has_content && options_.protocol == Protocol::kLmtp) refused = false;
  }
}

void ClientSession::Impl::DecideRest(const Reply& reply, bool from_peer) {
  for (size_t i = 0; i < outcomes_.size(); ++i) Decide(i, reply, from_peer);
}

size_t ClientSession::Impl::AcceptedCount() const {
  size_t count = 0;
  for (bool accepted : accepted_) count += accepted;
  return count;
}

void ClientSession::Impl::FinishTransaction() {
  DecideRest(LostReply(), false);
  TransactionDone done;
  for (auto& outcome : outcomes_) done.outcomes.push_back(*std::move(outcome));
  done_ = std::move(done);
  transaction_.reset();
  outcomes_.clear();
  accepted_.clear();
}

void ClientSession::Impl::Close(const Reply& reply, bool from_peer,
                                bool clean) {
  if (closed_) return;
  const Stage where = stage();
  if (transaction_) {
    DecideBrokenOff(reply, from_peer);
    FinishTransaction();
  }
  closed_ = ClientClosed{reply, clean, where};
  mode_ = Mode::kBusy;
}

void ClientSession::Impl::AbandonContent() {
  out_.clear();
  const Reply reply(451, {4, 3, 0}, "The content could not be read");
  if (transaction_) DecideRest(reply, false);  // No other host would get it.
  Close(reply, false, false);
}

void ClientSession::Impl::Quit() {
  if (closed_) return;
  if (mode_ != Mode::kReady) {
    return Close(Reply(451, {4, 4, 2}, "Given up by us"), false, false);
  }
  mode_ = Mode::kBusy;
  Send(Kind::kQuit, 0, "QUIT");
}

void ClientSession::Impl::TimedOut() {
  Close(Reply(451, {4, 4, 2}, "The server did not answer in time"), false,
        false);
}

// ---------------------------------------------------------------------------

ClientSession::ClientSession(ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ClientSession::ClientSession(ClientSession&&) noexcept = default;
ClientSession& ClientSession::operator=(ClientSession&&) noexcept = default;
ClientSession::~ClientSession() = default;

void ClientSession::Receive(base::StringView octets) { impl_->Receive(octets); }
ClientEvent ClientSession::NextEvent() { return impl_->NextEvent(); }
absl::Status ClientSession::Begin(Transaction transaction) {
  return impl_->Begin(std::move(transaction));
}
absl::Status ClientSession::Content(base::StringView octets) {
  return impl_->Content(octets);
}
absl::Status ClientSession::ContentEnd() { return impl_->ContentEnd(); }
void ClientSession::AbandonContent() { impl_->AbandonContent(); }
void ClientSession::Quit() { impl_->Quit(); }
void ClientSession::TimedOut() { impl_->TimedOut(); }
std::string ClientSession::TakeOutput() { return impl_->TakeOutput(); }
bool ClientSession::HasOutput() const { return impl_->HasOutput(); }
const ServerCapabilities& ClientSession::capabilities() const {
  return impl_->capabilities();
}
Stage ClientSession::stage() const { return impl_->stage(); }
uint64_t ClientSession::replies() const { return impl_->replies(); }

}  // namespace mailsec::smtp
