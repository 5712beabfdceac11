#include "mailcore/message/message_id.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mailsec::message {
namespace {

constexpr size_t kMaxUniqueOctets = 40;

}  // namespace

std::string UniqueWord(absl::string_view unique) {
  std::string out;
  for (const unsigned char c : unique.substr(0, kMaxUniqueOctets)) {
    out += absl::ascii_isalnum(c) ? static_cast<char>(c) : '-';
  }
  return out;
}

std::string NewMessageId(absl::string_view kind, absl::string_view unique,
                         absl::string_view host) {
  return absl::StrCat("<", kind, "-", UniqueWord(unique), "@", host, ">");
}

}  // namespace mailsec::message
