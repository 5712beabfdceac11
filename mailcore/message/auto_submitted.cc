#include "mailcore/message/auto_submitted.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mailsec::message {
namespace {

constexpr size_t kMaxReadOctets = 4096;

}  // namespace

std::string AutoSubmittedWord(const HeaderField& field) {
  const absl::string_view value = field.value.substr(0, kMaxReadOctets);
  std::string word;
  size_t depth = 0;  // How deep comments are nested (RFC 5322, 3.2.2).
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
      word += ' ';
    } else if (c == '\\' && depth > 0) {
      ++i;
    } else if (depth == 0 && c == ';') {
      break;
    } else if (depth == 0) {
      word += absl::ascii_isspace(c) ? ' ' : absl::ascii_tolower(c);
    }
  }
  return std::string(absl::StripAsciiWhitespace(word));
}

const HeaderField* FindAutoSubmitted(const HeaderScanner& header) {
  for (const HeaderField& field : header.fields()) {
    if (absl::EqualsIgnoreCase(field.name, "Auto-Submitted") &&
        AutoSubmittedWord(field) != "no") {
      return &field;
    }
  }
  return nullptr;
}

}  // namespace mailsec::message
