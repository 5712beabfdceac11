#include "mailcore/message/in_front.h"

#include "absl/strings/str_cat.h"

namespace mailsec::message {

bool NeedsEmptyLineBefore(base::StringView content) {
  if (content.empty()) return false;
  const char first = content.front();
  const bool begins_field = first > ' ' && first < 0x7F && first != ':';
  return !begins_field && first != '\r' && first != '\n';
}

std::string InFront(base::StringView fields, base::StringView content) {
  return absl::StrCat(fields, NeedsEmptyLineBefore(content) ? "\r\n" : "",
                      content);
}

}  // namespace mailsec::message
