// slow_data_decoder.h: what would the obvious decoder make of it?
//
// The twin of DataDecoder: the whole input at once, with nothing but searching
// and replacing.

#ifndef TESTS_SMTP_SLOW_DATA_DECODER_H_
#define TESTS_SMTP_SLOW_DATA_DECODER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/data_decoder.h"

namespace mailsec::smtp {

// Thread safety: a value.
struct SlowDecoded {
  bool done = false;
  size_t consumed = 0;  // Up to the end, or all of it.
  std::string content;  // Dots removed; CRLF as sent, faults left in.
  ContentFaults faults;
};

// Every CR and LF that has no partner, made a CRLF.
inline std::string SlowNormalise(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\r\n") {
      out += "\r\n";
      ++i;
    } else if (text[i] == '\r' || text[i] == '\n') {
      out += "\r\n";
    } else {
      out += text[i];
    }
  }
  return out;
}

inline ContentFaults SlowFaults(absl::string_view text) {
  ContentFaults faults;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') faults.nul = true;
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) {
      faults.bare_lf = true;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n') {
      faults.bare_cr = true;
    }
  }
  return faults;
}

// RFC 5321, 4.5.2, on text whose end is known only if it is in it.
inline SlowDecoded SlowDecode(absl::string_view input) {
  const std::string text = "\r\n" + std::string(input);
  const size_t end = text.find("\r\n.\r\n");
  SlowDecoded out;
  out.done = end != std::string::npos;
  out.consumed = out.done ? end + 3 : input.size();
  const std::string lines = text.substr(0, out.done ? end + 2 : end);
  for (size_t i = 2; i < lines.size(); ++i) {
    const bool at_start = lines[i - 1] == '\n' && lines[i - 2] == '\r';
    if (!(lines[i] == '.' && at_start)) out.content += lines[i];
  }
  out.faults = SlowFaults(
      absl::string_view(text).substr(2, out.done ? end : std::string::npos));
  return out;
}

}  // namespace mailsec::smtp

#endif  // TESTS_SMTP_SLOW_DATA_DECODER_H_
