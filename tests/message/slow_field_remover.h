// slow_field_remover.h: what would the obvious remover leave?
//
// The twin of FieldRemover: the whole content at once, line by line, by the
// grammar and nothing else.

#ifndef TESTS_MESSAGE_SLOW_FIELD_REMOVER_H_
#define TESTS_MESSAGE_SLOW_FIELD_REMOVER_H_

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace mailsec::message {

// The name of the field that `line` is, in lower case; empty if it is none.
inline std::string SlowFieldName(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return "";
  absl::string_view name = line.substr(0, colon);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) {
    name.remove_suffix(1);
  }
  for (const char c : name) {
    if (c < 33 || c > 126) return "";
  }
  return absl::AsciiStrToLower(name);
}

// `names` in lower case; "x-a*" means all that begin with "x-a".
inline bool SlowIsListed(const std::string& name,
                         const std::vector<std::string>& names) {
  for (const std::string& listed : names) {
    const size_t size = listed.size() - 1;
    if (listed.back() == '*' ? name.substr(0, size) == listed.substr(0, size)
                             : name == listed) {
      return true;
    }
  }
  return false;
}

inline std::string SlowRemoveFields(absl::string_view content,
                                    const std::vector<std::string>& names) {
  std::string out;
  bool removing = false;
  while (!content.empty()) {
    const size_t line_feed = content.find('\n');
    const absl::string_view line =
        content.substr(0, line_feed == absl::string_view::npos ? content.size()
                                                               : line_feed + 1);
    if (line == "\r\n" || line == "\n") break;  // The body stays.
    const bool goes_on = line[0] == ' ' || line[0] == '\t';
    if (!goes_on || !removing) {
      const std::string name = SlowFieldName(line);
      removing = !name.empty() && SlowIsListed(name, names);
    }
    if (!removing) out += std::string(line);
    content.remove_prefix(line.size());
  }
  return out + std::string(content);
}

}  // namespace mailsec::message

#endif  // TESTS_MESSAGE_SLOW_FIELD_REMOVER_H_
