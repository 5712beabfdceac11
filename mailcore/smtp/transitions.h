// transitions.h: which command may come in which state, and what is then?
//
// The whole state machine of a server session but for the content itself (RFC
// 5321, 4.1.4; RFC 3030; RFC 3207, 4; RFC 4954, 4). Only this table says what
// is legal, and only SessionState changes a state; ServerSession asks for every
// command.
//
//   SessionState state;
//   const Transition* row = FindTransition(Verb::kMail);
//   if (!state.Allows(*row)) return "503 5.5.1 Say hello first";
//   state.Advance(*row);  // The command was answered 2yz.

#ifndef MAILCORE_SMTP_TRANSITIONS_H_
#define MAILCORE_SMTP_TRANSITIONS_H_

#include <cstddef>

#include "mailcore/smtp/command.h"

namespace mailsec::smtp {

// Thread safety: values, and constants.
enum class ServerState {
  kGreeted,   // No HELO or EHLO yet.
  kReady,     // May begin a transaction.
  kMail,      // MAIL was accepted.
  kRcpt,      // And at least one RCPT.
  kChunking,  // And a BDAT without LAST: only BDAT goes on.
};
inline constexpr size_t kServerStates = 5;

// A set of states, for a row of the table.
using StateSet = unsigned;
constexpr StateSet In(ServerState state) {
  return 1u << static_cast<unsigned>(state);
}
inline constexpr StateSet kAnyState = (1u << kServerStates) - 1;

// What becomes of the state once the command is answered 2yz.
enum class Effect {
  kStay,
  kToReady,  // A transaction that was open is void.
  kReset,    // Likewise, but a session not greeted stays so.
  kToMail,
  kToRcpt,
  kToContent,  // DATA: the content, then kReady by Reset().
  kToChunk,    // BDAT: the chunk, then kChunking; kReady by Reset() after LAST.
  kToGreeted,  // STARTTLS: everything is forgotten.
  kClose,
};

struct Transition {
  Verb verb;
  StateSet from;  // Elsewhere: 503 5.5.1.
  Effect effect;
  bool idle;  // Counts towards max_idle_commands.
  bool last;  // The client waits for the answer before it says anything more
              // (RFC 2920, 3.1).
};

// One row for each verb but kForeign and kUnknown.
extern const Transition kTransitions[15];

// The row of `verb`, or null if it has none. Static lifetime.
const Transition* FindTransition(Verb verb);

// Where a session is. Thread safety: none while it is being changed.
class SessionState {
 public:
  ServerState value() const { return value_; }
  bool in_transaction() const { return value_ >= ServerState::kMail; }
  bool Allows(const Transition& row) const {
    return (row.from & In(value_)) != 0;
  }

  // The command of `row` was answered 2yz; for content, 354 or its like.
  void Advance(const Transition& row);

  // The transaction, if one is open, is over: its content was answered, or it
  // is void. A session not greeted stays so.
  void Reset();

 private:
  ServerState value_ = ServerState::kGreeted;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_TRANSITIONS_H_
