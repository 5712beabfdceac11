// data_decoder.h: where does the content end, and what is it?
//
// After DATA the client sends lines; CRLF.CRLF ends them, and a dot at the
// start of a line that goes on is one too many (RFC 5321, 4.5.2). DataDecoder
// undoes this on a stream that is cut anywhere. There is one end only: no bare
// CR or LF, in whatever order, makes another (SMTP smuggling).
//
//   DataDecoder decoder;
//   while (!input.empty() && !decoder.done()) {
//     const DataDecoder::Piece piece = decoder.Next(input);
//     Store(piece.content);
//     input.remove_prefix(piece.consumed);
//   }
//
// The line that begins a dialogue's content follows the CRLF of DATA, so a dot
// may be its first octet, and `.CRLF` alone is an empty message.

#ifndef MAILCORE_SMTP_DATA_DECODER_H_
#define MAILCORE_SMTP_DATA_DECODER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "mailcore/smtp/line_scanner.h"
#include "mailcore/smtp/protocol.h"

namespace mailsec::smtp {

// How the content is wrapped.
enum class Framing {
  kDotStuffed,  // DATA: ends with CRLF.CRLF, dots doubled.
  kCounted,     // BDAT: no end of its own, dots as they are (RFC 3030, 2).
};

// What content may not hold (RFC 5321, 2.3.8 and 4.5.2). Thread safety: a
// value.
struct ContentFaults {
  bool bare_cr = false;
  bool bare_lf = false;
  bool nul = false;
  bool any() const { return bare_cr || bare_lf || nul; }
  friend bool operator==(const ContentFaults&, const ContentFaults&) = default;
};

// Thread safety: none. Holds no memory of its own.
class DataDecoder {
 public:
  struct Piece {
    // How many octets of the input are done with. May be 0 if there is content.
    size_t consumed;
    // Decoded octets; a view of the input or of a constant. May be empty.
    absl::string_view content;
  };

  // With kRefuse a bare CR or LF is a fault, and what comes out after a fault
  // has no meaning (but the end is still the true one). With kNormalise it
  // comes out as CRLF, and only a line after a true CRLF has its dot removed.
  explicit DataDecoder(LineEndPolicy policy = LineEndPolicy::kRefuse,
                       Framing framing = Framing::kDotStuffed,
                       ScanEngine engine = BestScanEngine());

  // Decodes up to the next octet that has to be left out or put in, or to the
  // end of `input` or of the content. `input` must not be empty, and done() not
  // true.
  Piece Next(absl::string_view input);

  // As Next(), but copies the content to `out`, of which it is then a view, in
  // the same pass. `out` has room for two octets more than `input`.
  Piece NextInto(absl::string_view input, char* out);

  // Framing::kCounted: the last octet has been seen. Returns what is still to
  // be added: an LF if kNormalise and the last was a CR; else nothing.
  absl::string_view Finish();

  // The end was seen; octets after the last `consumed` are not content.
  bool done() const { return state_ == State::kDone; }

  // Seen so far. A bare CR or LF that was normalised is reported too.
  const ContentFaults& faults() const { return faults_; }
  bool has_8bit() const { return has_8bit_; }

 private:
  enum class State {
    kLineStart,  // After CRLF, or before the first octet.
    kMid,        // In a line.
    kCr,         // After a CR that was content.
    kAddedCr,    // We put in the CR before a bare LF, which comes next.
    kDot,        // After a dot at the start of a line, which was left out.
    kDotCr,      // After such a dot and CR, which were left out.
    kDone,
  };
  // What happens to the octet at hand.
  enum class Action {
    kKeep,      // It is content.
    kLeaveOut,  // It is not.
    kInsert,    // `insert_` comes first; then look at the octet again.
  };

  Piece Decode(absl::string_view input, char* out);
  absl::string_view Insert();
  bool CanScan(char next) const;
  void ScannedTo(absl::string_view passed);
  Action Look(char c);
  Action LookAfterCr(char c);
  Action LookAfterDotCr(char c);
  Action BareLf();

  LineEndPolicy policy_;
  Framing framing_;
  ScanEngine engine_;
  State state_ = State::kLineStart;
  ContentFaults faults_;
  bool has_8bit_ = false;
  absl::string_view insert_;
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_DATA_DECODER_H_
