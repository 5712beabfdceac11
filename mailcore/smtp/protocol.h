// protocol.h: which dialect is spoken, and how are its lines ended?

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

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_PROTOCOL_H_
