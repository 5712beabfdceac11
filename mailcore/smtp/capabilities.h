// capabilities.h: what does the server say that it can do?

#ifndef MAILCORE_SMTP_CAPABILITIES_H_
#define MAILCORE_SMTP_CAPABILITIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mailsec::smtp {

// What the server offered in its last EHLO. Thread safety: a value.
struct ServerCapabilities {
  bool extended = false;  // Answered EHLO at all.
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool chunking = false;
  bool binary_mime = false;
  bool smtputf8 = false;
  bool dsn = false;
  bool enhanced_status_codes = false;
  bool starttls = false;
  bool prdr = false;
  bool size = false;            // SIZE was offered;
  uint64_t max_size = 0;        // 0: no limit stated.
  uint64_t max_recipients = 0;  // LIMITS RCPTMAX; 0: none stated.
  uint64_t max_messages = 0;    // LIMITS MAILMAX; 0: none stated.
};

// Reads the lines of a 250 reply to EHLO (RFC 5321, 4.1.1.1), the first of
// which is the greeting. Unknown keywords and values that make no sense are
// ignored.
ServerCapabilities ParseCapabilities(const std::vector<std::string>& lines);

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_CAPABILITIES_H_
