#include "mailcore/smtp/server_session.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/smtp/server_session_impl.h"

namespace mailsec::smtp {

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
  if (in_transaction()) aborted_ = std::string(abort_reason);
  state_.Reset();
  content_.reset();
  finished_ = false;
  smtputf8_ = binary_ = prdr_ = false;
  recipients_ = excess_recipients_ = 0;
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
bool ServerSession::content_has_8bit() const {
  return impl_->content_has_8bit();
}
size_t ServerSession::buffered_octets() const {
  return impl_->buffered_octets();
}

}  // namespace mailsec::smtp
