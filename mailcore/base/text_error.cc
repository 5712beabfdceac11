#include "mailcore/base/text_error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::base {

void TextErrors::Add(int line, int column, std::string message) {
  if (errors_.size() >= kMaxErrors) return;
  errors_.push_back({line, column, std::move(message)});
}

absl::Status TextErrors::status() const {
  if (errors_.empty()) return absl::OkStatus();
  const auto join = [](std::string* out, const TextError& error) {
    absl::StrAppend(out, "line ", error.line, ", column ", error.column, ": ",
                    error.message);
  };
  return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n", join));
}

std::string QuotedText(absl::string_view text) {
  constexpr size_t kMaxOctets = 80;
  return absl::StrCat("\"", LogSafe(text, kMaxOctets), "\"");
}

}  // namespace mailsec::base
