// server_session_impl.h: how does a ServerSession remember where it is?
//
// The inside of ServerSession, in three sources: server_session.cc speaks and
// ends, server_input.cc reads lines and content, server_commands.cc executes
// commands and takes the caller's answers to them.

#ifndef MAILCORE_SMTP_SERVER_SESSION_IMPL_H_
#define MAILCORE_SMTP_SERVER_SESSION_IMPL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/smtp/command.h"
#include "mailcore/smtp/content_receiver.h"
#include "mailcore/smtp/line_buffer.h"
#include "mailcore/smtp/refusals.h"
#include "mailcore/smtp/server_session.h"
#include "mailcore/smtp/transitions.h"

namespace mailsec::smtp {

// The replies to content that cannot be waited for, and why the session ends
// then.
inline Reply UnknownSize() {
  return Reply(501, {5, 5, 4},
               "Syntax: BDAT chunk-size [LAST]; closing connection");
}
inline constexpr char kUnknownSize[] = "a chunk of unknown size";
inline Reply FarTooLarge() {
  return Reply(552, {5, 3, 4}, "Far too large; closing connection");
}
inline constexpr char kFarTooLarge[] = "content far beyond the limit";

// Thread safety: none.
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
  bool in_transaction() const { return state_.in_transaction(); }
  bool receiving_content() const {
    return mode_ == Mode::kData || mode_ == Mode::kChunk;
  }
  uint64_t content_octets() const { return content_ ? content_->octets() : 0; }
  bool content_has_8bit() const { return content_ && content_->has_8bit(); }
  size_t buffered_octets() const { return in_.size(); }
  bool peer_must_wait() const { return peer_must_wait_; }
  bool spoke_out_of_turn() const { return spoke_out_of_turn_; }
  absl::Duration TakePause() { return refusals_.TakePause(); }
  int64_t TakeRefusalsSpent() { return refusals_.TakeSpent(); }
  std::vector<CommandRefused> TakeRefused() {
    return std::exchange(refused_, {});
  }

 private:
  enum class Mode {
    kCommand,
    kAuthLine,   // After 334.
    kData,       // Content up to CRLF.CRLF.
    kChunk,      // Content of a BDAT.
    kSkipChunk,  // Content of a BDAT that is refused.
    kAwaitTls,   // After 220 to STARTTLS: nothing is read.
    kClosed,
  };
  using MaybeEvent = std::optional<ServerEvent>;  // Nothing: go on.

  void Say(const Reply& reply) { out_ += reply.ToWire(); }
  // A refusal that counts: the last one is 421 in its place.
  void SayRefusal(RefusalKind kind, const Reply& reply);
  // The session's own, of the line that was just taken.
  void RefuseLine(RefusalKind kind, const Reply& reply);
  void SayBad(const Reply& reply) { RefuseLine(RefusalKind::kCommand, reply); }
  void NoteRefused(const Reply& reply);
  void CloseExhausted();
  void SayAndClose(const Reply& reply, absl::string_view reason);
  void Close(absl::string_view reason);
  bool SpeaksOutOfTurn();
  bool AwaitAnswer();
  void EndTransaction(absl::string_view abort_reason);
  void Advance(Verb verb);

  MaybeEvent Step();
  ServerEvent NeedMore();
  MaybeEvent ReadLine();
  MaybeEvent TakeLine(absl::string_view line);
  MaybeEvent ReadData();
  MaybeEvent ReadChunk();
  void BeginSkip(RefusalKind kind, const Reply& reply);
  MaybeEvent SkipChunk();
  MaybeEvent EndContent();
  MaybeEvent Decode(absl::string_view input);

  bool IsOffered(Verb verb) const;
  MaybeEvent Execute(const CommandLine& command);
  bool CountIdle();
  MaybeEvent RefuseOrder(const CommandLine& command);
  MaybeEvent Dispatch(const CommandLine& command);
  MaybeEvent DoHello(Verb verb, absl::string_view argument);
  MaybeEvent DoMail(absl::string_view argument);
  MaybeEvent DoRcpt(absl::string_view argument);
  MaybeEvent DoData(absl::string_view argument);
  bool TakeChunkSize(absl::string_view argument);
  MaybeEvent DoBdat();
  MaybeEvent DoAuth(absl::string_view argument);
  MaybeEvent DoWithoutArgument(Verb verb, absl::string_view argument);
  MaybeEvent Ask(Verb verb, ServerEvent event);

  void Answered(Verb verb, const Reply& reply);
  void AnsweredBadly(Verb verb, const Reply& reply);
  void AnsweredHello(const Reply& reply);
  void AnsweredEnd(const Reply& reply);
  void AnsweredContent(bool chunked, const Reply& reply);
  void AnsweredAuth(const Reply& reply);
  void BeginContent(bool chunked);
  bool IsWithheld(absl::string_view mechanism) const;
  std::string Capabilities() const;

  ServerOptions options_;
  Mode mode_ = Mode::kCommand;
  SessionState state_;
  LineBuffer in_;
  std::string out_;
  bool eof_ = false;
  bool greeting_waits_ = true;  // Nothing but the greeting is in out_.
  bool spoken_ = false;         // One command was recognised.

  // The peer has to wait for an answer that was not taken yet; what comes
  // before that is out of turn. In out_, the answer begins at answer_begin_.
  bool peer_must_wait_ = false;
  size_t answer_begin_ = 0;
  bool spoke_out_of_turn_ = false;
  bool interrupted_ = false;  // By octets that came out of turn: refuse them.

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
  bool prdr_ = false;
  size_t recipients_ = 0;
  std::optional<ContentReceiver> content_;
  bool finished_ = false;          // content_->Finish() was called.
  std::optional<Reply> best_end_;  // The best answer to DataEnd so far.
  uint64_t chunk_left_ = 0;
  bool chunk_last_ = false;
  std::optional<Reply> chunk_refusal_;
  uint64_t skipped_octets_ = 0;  // Of refused chunks, since the last message.

  absl::string_view line_;  // That was taken last; only while it is executed.
  bool excess_noted_ = false;  // Of the transaction.
  std::vector<CommandRefused> refused_;
  RefusalBudget refusals_;
  size_t idle_commands_ = 0;
  size_t messages_ = 0;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_SERVER_SESSION_IMPL_H_
