// data_encoder.h: how does content go over the wire?
//
// The counterpart of DataDecoder: lines that begin with a dot get a second one,
// a bare CR or LF becomes CRLF, and CRLF.CRLF stands at the end and nowhere
// else (RFC 5321, 2.3.8 and 4.5.2), whatever the content was.
//
//   DataEncoder encoder;
//   std::string wire;
//   encoder.Encode("a\n.b", &wire);
//   encoder.Finish(&wire);  // wire == "a\r\n..b\r\n.\r\n"

#ifndef MAILCORE_SMTP_DATA_ENCODER_H_
#define MAILCORE_SMTP_DATA_ENCODER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/data_decoder.h"
#include "mailcore/smtp/line_scanner.h"

namespace mailsec::smtp {

// Thread safety: none. Holds no memory of its own.
class DataEncoder {
 public:
  // Framing::kCounted, for BDAT, makes line ends CRLF and adds nothing else.
  explicit DataEncoder(Framing framing = Framing::kDotStuffed,
                       ScanEngine engine = BestScanEngine());

  // Appends the wire form of `content`, a piece cut anywhere, to *wire.
  void Encode(absl::string_view content, std::string* wire);

  // Appends what the end needs: the LF of a last bare CR; and with dots, the
  // CRLF of an unfinished line, and the final `.CRLF`.
  void Finish(std::string* wire);

 private:
  enum class State {
    kLineStart,
    kMid,
    kCr,  // After a CR, which is on the wire.
  };

  void Look(char c, std::string* wire);

  Framing framing_;
  ScanEngine engine_;
  State state_ = State::kLineStart;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_DATA_ENCODER_H_
