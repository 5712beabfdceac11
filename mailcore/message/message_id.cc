#include "mailcore/message/message_id.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mailsec::message {
namespace {

constexpr size_t kMaxUniqueOctets = 40;

// What may stand in a domain or a literal; a '-' for all else.
std::string HostWord(absl::string_view host) {
  std::string out(host);
  for (char& c : out) {
    const bool may_stand =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        absl::string_view(".-_[]:").find(c) != absl::string_view::npos;
    if (!may_stand) c = '-';
  }
  return out;
}

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
  return absl::StrCat("<", UniqueWord(kind), "-", UniqueWord(unique), "@",
                      HostWord(host), ">");
}

std::string MessageIdOf(const HeaderScanner& header) {
  constexpr size_t kMostOctets = 998;
  const HeaderField* const field = header.Find("Message-ID");
  if (field == nullptr) return "";
  std::string id = field->Unfolded();
  if (id.size() > kMostOctets) id.resize(kMostOctets);
  return id;
}

}  // namespace mailsec::message
