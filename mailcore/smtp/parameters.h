// parameters.h: what did MAIL and RCPT ask for beside their paths?
//
// The ESMTP parameters that we support, as values, decoded and checked. They
// are kept with the message (spool/envelope.h) and handed on by ClientSession.

#ifndef MAILCORE_SMTP_PARAMETERS_H_
#define MAILCORE_SMTP_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>

namespace mailsec::smtp {

enum class BodyType {
  k7Bit,        // BODY=7BIT, or none given.
  k8BitMime,    // RFC 6152.
  kBinaryMime,  // RFC 3030; only by BDAT.
};

enum class DsnReturn {
  kUnspecified,
  kFull,     // RET=FULL, RFC 3461, 4.3.
  kHeaders,  // RET=HDRS.
};

// The parameters of MAIL. Thread safety: a value.
struct MailParameters {
  // SIZE, RFC 1870, octets. 0 or absent: unknown. A value that exceeds 64 bits
  // is kept as UINT64_MAX.
  uint64_t declared_size = 0;
  BodyType body = BodyType::k7Bit;
  bool smtputf8 = false;  // RFC 6531.
  // PRDR: a reply for each recipient after the content (draft-hall-prdr-00).
  // It concerns this hop only and is not kept with the message.
  bool prdr = false;
  DsnReturn dsn_return = DsnReturn::kUnspecified;
  // ENVID, xtext decoded, printable; RFC 3461, 4.4.
  std::string envelope_id = {};
  // AUTH=, decoded; RFC 4954, 5. "<>": none.
  std::optional<std::string> auth = {};
  friend bool operator==(const MailParameters&,
                         const MailParameters&) = default;
};

// NOTIFY, RFC 3461, 4.1. Nothing set: not given, the default applies.
// Thread safety: a value.
struct DsnNotify {
  bool never = false;  // Then none of the others.
  bool success = false;
  bool failure = false;
  bool delay = false;
  bool IsDefault() const { return !never && !success && !failure && !delay; }
  friend bool operator==(const DsnNotify&, const DsnNotify&) = default;
};

// The parameters of RCPT. Thread safety: a value.
struct RcptParameters {
  DsnNotify notify = {};
  // ORCPT, RFC 3461, 4.2 and 6533: address type ("rfc822", "utf-8") and the
  // address, decoded. Both empty: not given. A type of anything but letters,
  // digits and hyphens is not handed on.
  std::string original_type = {};
  std::string original_recipient = {};
  friend bool operator==(const RcptParameters&,
                         const RcptParameters&) = default;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_PARAMETERS_H_
