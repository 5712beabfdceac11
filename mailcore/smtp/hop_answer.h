// hop_answer.h: what do we tell our client when the next hop says this?
//
// A next hop that is asked while our client waits speaks of the recipient, of
// the message, or of its own dialogue with us. Only the first two are our
// client's business: the 421 of a hop would end the client's session, and 535
// is about our password and not about the client's.
//
//   AnswerForHop(Reply(421, {4, 3, 2}, "closing"))
//       == Reply(451, {4, 4, 2}, "closing");
//   AnswerForHop(Reply(550, {5, 1, 1}, "no such user"))
//       == Reply(550, {5, 1, 1}, "no such user");

#ifndef MAILCORE_SMTP_HOP_ANSWER_H_
#define MAILCORE_SMTP_HOP_ANSWER_H_

#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Our reply about one recipient, to RCPT or after the content. The second digit
// of the hop's code decides (RFC 5321, 4.2.1), and for codes that other
// documents have given another meaning, a table:
//
//   the hop says                                   our answer
//   250, 251, 252                                  250
//   450, 451, 452, 550 to 554, 556 (RFC 7504)      the same
//   552 X.5.3, too many recipients (4.5.3.1.10)    452 4.5.3
//   421, 521, 221, every other x2z: the channel    451 4.4.2
//   432, 454, 530 to 538, every x3z: credentials   451 4.7.0
//   500 to 504, 455, 555, every x0z: our commands  451 4.5.0; with a status
//                                                  X.1.x, X.2.x or X.6.x of the
//                                                  recipient or the content 450
//                                                  or 550, and that status
//   all other 4yz and 5yz                          451 or 550
//   all other 2yz and 3yz                          451 4.5.0
//
// The text is the hop's, in one line and cut at 1000 octets (ours).
// Thread safety: a pure function.
Reply AnswerForHop(const Reply& said);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_HOP_ANSWER_H_
