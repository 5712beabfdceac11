// line_buffer.h: which octets of the peer's are not parsed yet?
//
// A queue of octets with a line reader that holds no more than it must: a line
// that is too long is dropped as it comes, and memory is given back when the
// queue is empty.

#ifndef MAILCORE_SMTP_LINE_BUFFER_H_
#define MAILCORE_SMTP_LINE_BUFFER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace mailsec::smtp {

// Thread safety: none.
class LineBuffer {
 public:
  enum class Status {
    kNone,     // No whole line yet.
    kLine,     // `text` is one, without its end.
    kTooLong,  // One went by; its octets are gone but for the first ones.
    kEndless,  // More than kEndlessOctets without an end.
  };
  struct Line {
    Status status;
    // Until the next call of a non-const method. Of a line that is too long,
    // the first kHeadOctets without blanks before them.
    absl::string_view text;
    bool bare_lf;  // Ended by an LF alone.
  };

  // A line longer than this is no line any more. Ours.
  static constexpr size_t kEndlessOctets = 64 * 1024;

  // So much of a line that is too long tells which command it is.
  static constexpr size_t kHeadOctets = 4;

  void Append(absl::string_view octets);
  void Consume(size_t octets);
  void Clear();

  absl::string_view unread() const {
    return absl::string_view(buffer_).substr(begin_);
  }
  size_t size() const { return buffer_.size() - begin_; }

  // Takes the next line; at most `max_octets` with its end.
  Line Next(size_t max_octets);

  // Gives memory back if nothing is held.
  void Shrink();

 private:
  Line Skip();

  std::string buffer_;
  size_t begin_ = 0;
  size_t searched_ = 0;  // No LF in so many octets of unread().
  size_t skipped_ = 0;   // Octets of a line that is too long,
  std::string head_;     // and its first ones.
  bool skipping_ = false;
  bool skipped_cr_ = false;  // The last octet skipped was a CR.
};

}  // namespace mailsec::smtp

#endif  // MAILCORE_SMTP_LINE_BUFFER_H_
