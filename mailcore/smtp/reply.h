// reply.h: what do we answer, and what was answered?
//
// A Reply is an SMTP reply (RFC 5321, 4.2) with its enhanced status code (RFC
// 3463, 2034) and text. What goes out is always well formed: at most 512
// octets a line with its CRLF, printable ASCII, code and enhanced class agree.
//
//   Reply(550, {5, 7, 1}, "Relaying is not permitted").ToWire()
//       == "550 5.7.1 Relaying is not permitted\r\n";

#ifndef MAILCORE_SMTP_REPLY_H_
#define MAILCORE_SMTP_REPLY_H_

#include <string>
#include <utility>
#include <vector>

#include "mailcore/base/string_view.h"

namespace mailsec::smtp {

// RFC 3463. class_code 0 means: none (greeting, 3yz, HELO and EHLO).
// Thread safety: a value.
struct EnhancedStatus {
  int class_code = 0;  // 2, 4 or 5.
  int subject = 0;     // 0 to 999.
  int detail = 0;      // 0 to 999.
  bool IsNone() const { return class_code == 0; }
  std::string ToString() const;  // "5.7.1"; empty if none.
  friend bool operator==(const EnhancedStatus&,
                         const EnhancedStatus&) = default;
};

// Thread safety: a value.
class Reply {
 public:
  // `code` is 200 to 599. An enhanced class that disagrees with the code is
  // corrected to it; so is a class given with 3yz (RFC 2034, 4: none).
  // `text` may hold several lines, parted by '\n'; other controls and octets
  // above 0x7E are replaced (PrintableAscii), long lines are folded into
  // several reply lines.
  Reply(int code, EnhancedStatus status, base::StringView text);
  Reply(int code, base::StringView text) : Reply(code, {}, text) {}

  int code() const { return code_; }
  const EnhancedStatus& status() const { return status_; }
  const std::string& text() const { return text_; }  // Lines parted by '\n'.

  bool IsPositive() const { return code_ / 100 == 2; }      // 2yz
  bool IsIntermediate() const { return code_ / 100 == 3; }  // 3yz
  bool IsTransient() const { return code_ / 100 == 4; }     // 4yz
  bool IsPermanent() const { return code_ / 100 == 5; }     // 5yz

  // "550 5.7.1 text", several lines parted by '\n': for logs and people.
  std::string ToString() const;

  // The octets to send, each line with its CRLF.
  std::string ToWire() const;

  friend bool operator==(const Reply&, const Reply&) = default;

 private:
  int code_;
  EnhancedStatus status_;
  std::string text_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_REPLY_H_
