// transitions.h: which command may come in which state, and what is then?
//
// The whole state machine of a server session but for the content itself (RFC
// 5321, 4.1.4; RFC 3030; RFC 3207, 4; RFC 4954, 4). Only this table says what
// is legal; ServerSession asks it for every command.
//
// Thread safety: constants.

#ifndef MAILCORE_SMTP_TRANSITIONS_H_
#define MAILCORE_SMTP_TRANSITIONS_H_

#include <cstddef>

#include "mailcore/smtp/command.h"

namespace mailsec::smtp {

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
  kToContent,  // DATA: the content, then kReady.
  kToChunk,    // BDAT: the chunk, then kChunking, or kReady after LAST.
  kToGreeted,  // STARTTLS: everything is forgotten.
  kClose,
};

struct Transition {
  Verb verb;
  StateSet from;  // Elsewhere: 503 5.5.1.
  Effect effect;
  bool idle;  // Counts towards max_idle_commands.
};

// One row for each verb but kForeign and kUnknown.
extern const Transition kTransitions[15];

// The row of `verb`, or null if it has none. Static lifetime.
const Transition* FindTransition(Verb verb);

// The state after `effect`, from `state`; for content, after all of it.
ServerState After(Effect effect, ServerState state);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_TRANSITIONS_H_
