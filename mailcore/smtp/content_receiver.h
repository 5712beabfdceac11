// content_receiver.h: may this content be taken?
//
// Decodes one message's content as it comes and holds it against the limits. A
// message that is refused is read to its true end all the same, so that none of
// it is ever taken for a command; only what goes far beyond the limit ends the
// session.

#ifndef MAILCORE_SMTP_CONTENT_RECEIVER_H_
#define MAILCORE_SMTP_CONTENT_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/data_decoder.h"
#include "mailcore/smtp/protocol.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::smtp {

// Why a message is refused by the session itself.
struct ContentRefusal {
  Reply reply;
  std::string reason;  // For the log.
  bool close;          // Nothing after the content may be read.
};

// Thread safety: none.
class ContentReceiver {
 public:
  struct Options {
    Framing framing;
    LineEndPolicy line_ends;
    bool binary;  // BODY=BINARYMIME: any octets.
    uint64_t max_message_octets;
    size_t max_header_octets;
    size_t max_text_line_octets;  // 0: no bound.
  };

  explicit ContentReceiver(const Options& options);

  // As DataDecoder::Next(); the content is empty once the message is refused.
  DataDecoder::Piece Next(absl::string_view input);

  // Framing::kCounted: no more chunks. Returns what is still to be stored.
  absl::string_view Finish();

  bool done() const { return decoder_.done(); }
  uint64_t octets() const { return content_octets_; }
  bool has_8bit() const { return options_.binary || decoder_.has_8bit(); }

  // What is wrong with all that has come so far; nothing if it is well. Where
  // several things are, line ends come before size, size before the header
  // section, and that before a line's length, however the octets were cut.
  std::optional<ContentRefusal> refusal() const;

  // True if so many octets are so much more than a limit of `max_octets` that
  // waiting for their end is no use: over four times the limit, and 64 MiB more
  // than it. Ours.
  static bool IsHopeless(uint64_t octets, uint64_t max_octets);

  // True if the octets that came are hopelessly many, or were so with `more`.
  bool IsHopelessWith(uint64_t more) const;

 private:
  bool IsUnclean() const;
  absl::string_view Judge(absl::string_view content);
  void WatchHeader(absl::string_view content);
  void WatchLines(absl::string_view content);

  Options options_;
  DataDecoder decoder_;
  uint64_t received_octets_ = 0;
  uint64_t content_octets_ = 0;
  uint64_t header_octets_ = 0;
  uint64_t line_octets_ = 0;
  int blank_line_octets_ = 2;  // How much of CRLF CRLF was just seen.
  bool in_header_ = true;
  bool long_line_ = false;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_CONTENT_RECEIVER_H_
