#include "mailcore/message/in_front.h"

#include "absl/strings/str_cat.h"

namespace mailsec::message {

bool NeedsEmptyLineBefore(absl::string_view content) {
  if (content.empty()) return false;
  const char first = content.front();
  const bool begins_field = first > ' ' && first < 0x7F && first != ':';
  return !begins_field && first != '\r' && first != '\n';
}

std::string InFront(absl::string_view fields, absl::string_view content) {
  return absl::StrCat(fields, NeedsEmptyLineBefore(content) ? "\r\n" : "",
                      content);
}

}  // namespace mailsec::message
