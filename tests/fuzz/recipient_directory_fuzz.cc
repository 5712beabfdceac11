// A list of recipients either has errors, each on one safe line with its place,
// or holds its addresses under names that lead out of no directory.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/policy/text_recipient_directory.h"

namespace mailsec::policy {
namespace {

using address::Address;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckErrors(absl::string_view message) {
  const std::vector<std::string> lines = absl::StrSplit(message, '\n');
  Require(lines.size() <= 20);
  for (const std::string& line : lines) {
    Require(absl::StartsWith(line, "line "));
    for (const char c : line) {
      Require(static_cast<uint8_t>(c) >= ' ' && c != 0x7F);
    }
  }
}

// Whoever stands alone on a line is found.
void CheckFound(TextRecipientDirectory& directory, absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::StatusOr<Address> address = Address::Parse(line);
    if (!address.ok() || line[0] == '#') continue;
    const RecipientAnswer found = directory.Find(*address);
    Require(found.answer == Answer::kYes);
    const std::string& name = found.mailbox.name;
    Require(!name.empty() && name[0] != '.' && base::IsLogSafe(name));
    Require(!absl::StrContains(name, "/"));
  }
}

}  // namespace
}  // namespace mailsec::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<mailsec::policy::TextRecipientDirectory> directory =
      mailsec::policy::TextRecipientDirectory::Parse(text);
  if (directory.ok()) {
    mailsec::policy::CheckFound(*directory, text);
  } else {
    mailsec::policy::CheckErrors(directory.status().message());
  }
  return 0;
}
