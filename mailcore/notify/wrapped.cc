#include "mailcore/notify/wrapped.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mailsec::notify {
namespace {

size_t Columns(absl::string_view word) {
  size_t columns = 0;
  for (unsigned char c : word) columns += (c & 0xC0) != 0x80;
  return columns;
}

}  // namespace

std::string Wrapped(absl::string_view text, size_t indent, size_t hanging) {
  std::string margin(indent, ' ');
  std::string out;
  size_t column = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t width = Columns(word);
    if (column > 0 && column + 1 + width > kColumns) {
      out += "\r\n";
      column = 0;
      margin.assign(indent + hanging, ' ');
    }
    absl::StrAppend(&out, column == 0 ? margin : " ", word);
    column += (column == 0 ? margin.size() : 1) + width;
  }
  return out + "\r\n";
}

}  // namespace mailsec::notify
