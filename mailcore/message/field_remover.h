// field_remover.h: what stays of this content without certain header fields?
//
// Anyone can write "X-Spam: No" into a message. The fields in which only our
// own scanners may speak are therefore removed from incoming mail before we add
// ours. (RFC 5321, 3.7.2 wants the fields of others left alone, but mail
// programs that believe a forged one would be worse.) All else stays as it is,
// octet by octet.
//
//   FieldRemover remover({.names = UsualScannerFields()});
//   for (absl::string_view piece : pieces) {
//     remover.Feed(piece, [&](absl::string_view kept) { Keep(kept); });
//   }
//   remover.Finish([&](absl::string_view kept) { Keep(kept); });
//
// The content may be cut anywhere. The header section ends at the first empty
// line only: a line that is not a field does not end it, as other programs may
// read on.
// A line ends at LF, with or without a CR before it.

#ifndef MAILCORE_MESSAGE_FIELD_REMOVER_H_
#define MAILCORE_MESSAGE_FIELD_REMOVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "mailcore/base/string_view.h"

namespace mailsec::message {

// The fields in which scanners that we know of say what they found: "X-Spam*",
// "X-Virus*" and others. Thread safety: a pure function.
std::vector<std::string> UsualScannerFields();

// Thread safety: none.
class FieldRemover {
 public:
  // Takes what stays. The view lives until it returns.
  using Keep = absl::FunctionRef<void(absl::string_view)>;

  // A name and the blanks behind it (RFC 5322, 4.5.8) are held until the colon
  // comes, at most so many octets. A longer one that begins like a field to
  // remove is taken for one: SMTP has no such lines (RFC 5321, 4.5.3.1.6).
  static constexpr size_t kMaxHeldOctets = 998;

  struct Options {
    // Names of fields, in any case of ASCII letters. One that ends in "*"
    // stands for all names that begin so. A text that cannot be a name is
    // ignored.
    std::vector<std::string> names = {};
    // Our own fields (kVerdictFieldName, kSenderFieldName) stay. Only for
    // content that we have received already: in what comes in they are forged.
    bool keeps_ours = false;
  };
  explicit FieldRemover(const Options& options);

  // The next piece; calls `keep` for what stays of it, in order, and for what
  // was held before. `keep` is not called with nothing.
  void Feed(base::StringView piece, Keep keep);
  // There are no more pieces. Another message may follow.
  void Finish(Keep keep);

  // True once the empty line was seen: all that comes now stays as it is.
  bool in_body() const { return state_ == State::kBody; }
  // How many fields were removed since this was made.
  size_t removed() const { return removed_; }

 private:
  enum class State {
    kLineStart,  // Nothing of the line is known.
    kCr,         // The line is a CR so far.
    kName,       // `held_` is what may become the name of a field to remove.
    kKeep,       // Within a line that stays.
    kRemove,     // Within a line that goes.
    kBody,       // At or behind the empty line.
  };
  struct Name {
    std::string text;  // In lower case, without the "*".
    bool is_prefix;
  };

  // Chooses the state for a line that begins so. Returns how many octets of
  // it are done with.
  size_t StartLine(char first);
  // These return where to go on in `piece`.
  size_t HoldName(absl::string_view piece, size_t begin, Keep keep);
  size_t SkipLine(absl::string_view piece, size_t at);

  bool IsListed(absl::string_view name) const;
  void Remove();
  void Release(Keep keep);

  std::vector<Name> names_;
  std::array<bool, 256> may_begin_;  // A line that goes begins with this.
  State state_ = State::kLineStart;
  bool removing_ = false;   // The field that may go on in the next line goes.
  std::string held_;        // At most kMaxHeldOctets.
  size_t name_octets_ = 0;  // In `held_`; 0: the name may not be whole.
  size_t removed_ = 0;
};

}  // namespace mailsec::message

#endif  // MAILCORE_MESSAGE_FIELD_REMOVER_H_
