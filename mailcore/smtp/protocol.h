// protocol.h: which dialect is spoken, and what is made of its faults?

#ifndef MAILCORE_SMTP_PROTOCOL_H_
#define MAILCORE_SMTP_PROTOCOL_H_

namespace mailsec::smtp {

enum class Protocol {
  kSmtp,
  kLmtp,  // RFC 2033: LHLO, and one reply for each recipient after the data.
};

enum class LineEndPolicy {
  kRefuse,     // Bare CR, bare LF, NUL: refused at the end of data, and closed.
  kNormalise,  // Bare CR or LF becomes CRLF; NUL is still refused.
};

// What becomes of a client that goes on where it has to wait for our answer:
// after DATA, EHLO, NOOP and all else that is the last of a group of pipelined
// commands (RFC 2920, 3.1), and after every command unless PIPELINING was
// offered to it. Mail servers wait; who does not may be a program that only
// shouts, or the other half of a smuggled message.
enum class OutOfTurnPolicy {
  kRefuse,  // 503 5.5.0 in place of the answer that it did not wait for; then
            // the session ends, and nothing of what came early is read.
  kNote,    // Served as if it had waited; spoke_out_of_turn() tells it.
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_PROTOCOL_H_
