#include "mailcore/smtp/server_session.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/smtp/server_session_impl.h"

namespace mailsec::smtp {

namespace {

// Of a line that was refused, so much is kept for the log; and of so many lines
// if nobody takes them. Ours.
constexpr size_t kShownOctets = 200;
constexpr size_t kMaxRefusedKept = 50;

// Nothing that could end a word or a line.
bool IsGraphic(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
}

// RFC 4422, 3.1: sasl-mech = 1*20mech-char
//                mech-char = %x41-5A / DIGIT / "-" / "_"
bool IsMechanism(absl::string_view name) {
  return !name.empty() && name.size() <= 20 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) ||
                  c == '-' || c == '_';
         });
}

}  // namespace

absl::Status CheckOptions(const ServerOptions& options) {
  if (!IsGraphic(options.hostname) || options.hostname.size() > 255) {
    return absl::InvalidArgumentError(
        "hostname: must be 1 to 255 printable ASCII characters, no spaces");
  }
  for (const std::string& mechanism : options.auth_mechanisms) {
    if (!IsMechanism(mechanism)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "auth_mechanisms: \"", base::LogSafe(mechanism, 40),
          "\" is no SASL mechanism: 1 to 20 of A-Z, 0-9, '-' and '_'"));
    }
  }
  return absl::OkStatus();
}

ServerSession::Impl::Impl(ServerOptions options)
    : options_(std::move(options)),
      refusals_(options_.limits.max_bad_commands, options_.refusals_before) {
  if (const absl::Status checked = CheckOptions(options_); !checked.ok()) {
    SayAndClose(Reply(421, {4, 3, 5}, "The server is not configured properly"),
                absl::StrCat("bad options: ", checked.message()));
    return;
  }
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
    if (peer_must_wait_) {
      spoke_out_of_turn_ = true;
      interrupted_ = options_.out_of_turn == OutOfTurnPolicy::kRefuse;
    }
  }
}

std::string ServerSession::Impl::TakeOutput() {
  greeting_waits_ = false;
  if (!pending_) peer_must_wait_ = false;
  answer_begin_ = 0;
  return std::exchange(out_, std::string());
}

// ---------------------------------------------------------------------------
// Speaking and ending

void ServerSession::Impl::SayRefusal(RefusalKind kind, const Reply& reply) {
  if (refusals_.Spend(kind)) {
    Say(reply);
  } else {
    CloseExhausted();
  }
}

void ServerSession::Impl::RefuseLine(RefusalKind kind, const Reply& reply) {
  NoteRefused(reply);
  SayRefusal(kind, reply);
}

void ServerSession::Impl::NoteRefused(const Reply& reply) {
  if (refused_.size() >= kMaxRefusedKept) return;
  const absl::string_view command = VerbName(SplitCommand(line_).verb);
  absl::string_view shown = line_.substr(0, kShownOctets);
  // A mechanism and a password may follow in any form.
  if (absl::StartsWithIgnoreCase(shown, "AUTH")) {
    shown = shown.substr(0, shown.find_first_of(" \t="));
  }
  refused_.push_back({std::string(command), std::string(shown), reply});
}

void ServerSession::Impl::CloseExhausted() {
  SayAndClose(Reply(421, {4, 7, 0}, "Too many errors; closing connection"),
              "refused too often");
}

// The peer has to wait for the answer to the line that was just taken. False:
// it has not, and that is the end.
bool ServerSession::Impl::AwaitAnswer() {
  peer_must_wait_ = true;
  answer_begin_ = out_.size();
  return in_.size() == 0 || !SpeaksOutOfTurn();
}

// There is something to read before an answer that the peer has to wait for.
// True: that is the end.
bool ServerSession::Impl::SpeaksOutOfTurn() {
  spoke_out_of_turn_ = true;
  if (options_.out_of_turn == OutOfTurnPolicy::kNote) return false;
  out_.resize(answer_begin_);
  SayAndClose(
      Reply(503, {5, 5, 0}, "You must wait for the answer; closing connection"),
      "spoke out of turn");
  return true;
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
  pending_end_ = peer_must_wait_ = interrupted_ = false;
  in_.Clear();
  in_.Shrink();
}

// `abort_reason` is told to the caller if a transaction was open.
void ServerSession::Impl::EndTransaction(absl::string_view abort_reason) {
  if (in_transaction()) aborted_ = std::string(abort_reason);
  state_.Reset();
  content_.reset();
  finished_ = false;
  smtputf8_ = binary_ = prdr_ = false;
  excess_noted_ = false;
  recipients_ = 0;
}

void ServerSession::Impl::Advance(Verb verb) {
  state_.Advance(*FindTransition(verb));
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
  peer_must_wait_ = interrupted_ = false;
  mode_ = Mode::kCommand;
  Advance(Verb::kStartTls);
  secured_ = true;
  extended_ = authenticated_ = false;
  peer_name_.clear();
}

// ---------------------------------------------------------------------------

ServerSession::ServerSession(ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ServerSession::ServerSession(ServerSession&&) noexcept = default;
ServerSession& ServerSession::operator=(ServerSession&&) noexcept = default;
ServerSession::~ServerSession() = default;

void ServerSession::Receive(base::StringView octets) { impl_->Receive(octets); }
ServerEvent ServerSession::NextEvent() { return impl_->NextEvent(); }
absl::Status ServerSession::Respond(const Reply& reply) {
  return impl_->Respond(reply);
}
void ServerSession::Refuse(const Reply& reply) { impl_->Refuse(reply); }
void ServerSession::TlsEstablished() { impl_->TlsEstablished(); }
std::string ServerSession::TakeOutput() { return impl_->TakeOutput(); }
bool ServerSession::HasOutput() const { return impl_->HasOutput(); }
absl::Duration ServerSession::TakePause() { return impl_->TakePause(); }
int64_t ServerSession::TakeRefusalsSpent() {
  return impl_->TakeRefusalsSpent();
}
std::vector<CommandRefused> ServerSession::TakeRefused() {
  return impl_->TakeRefused();
}
bool ServerSession::peer_must_wait() const { return impl_->peer_must_wait(); }
bool ServerSession::spoke_out_of_turn() const {
  return impl_->spoke_out_of_turn();
}
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
bool ServerSession::content_has_8bit() const {
  return impl_->content_has_8bit();
}
size_t ServerSession::buffered_octets() const {
  return impl_->buffered_octets();
}

}  // namespace mailsec::smtp
