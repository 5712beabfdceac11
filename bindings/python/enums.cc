#include "bindings/python/enums.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace mailsec::python {

std::string EnumDoc(
    const char* doc,
    const std::vector<std::pair<const char*, const char*>>& members) {
  std::string text = absl::StrCat(doc, "\n");
  for (const auto& [name, words] : members) {
    absl::StrAppend(&text, "\n", name, *words == '\0' ? "" : ": ", words);
  }
  return text;
}

}  // namespace mailsec::python
