// text_error.h: what is wrong in this text, and where?
//
// Parsers of texts that people write collect their errors here. They go on
// after an error, so that one run shows all of them.
//
//   TextErrors errors;
//   errors.Add(3, 9, QuotedText("bob@") + " has no domain");
//   if (!errors.empty()) return errors.status();

#ifndef MAILCORE_BASE_TEXT_ERROR_H_
#define MAILCORE_BASE_TEXT_ERROR_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mailsec::base {

// Thread safety: a value.
struct TextError {
  int line;    // From 1.
  int column;  // In octets, from 1.
  std::string message;
};

// Thread safety: none while it is being changed.
class TextErrors {
 public:
  static constexpr size_t kMaxErrors = 20;  // Further ones are dropped. Ours.

  void Add(int line, int column, std::string message);

  bool empty() const { return errors_.empty(); }
  // OK, or InvalidArgument with all errors, one a line: "line 3, column 9: …".
  absl::Status status() const;
  std::vector<TextError> Take() { return std::exchange(errors_, {}); }

 private:
  std::vector<TextError> errors_;
};

// `text` in quotation marks, made printable and cut to 80 octets (ours), for a
// message. Thread safety: a pure function.
std::string QuotedText(absl::string_view text);

}  // namespace mailsec::base

#endif  // MAILCORE_BASE_TEXT_ERROR_H_
