#include "mailcore/address/subaddress.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mailsec::address {

absl::Status CheckSeparators(absl::string_view separators) {
  constexpr absl::string_view kSpecial = "\"(),.:;<>@[\\]";
  for (const char c : separators) {
    const auto octet = static_cast<unsigned char>(c);
    if (absl::ascii_isgraph(octet) && !absl::ascii_isalnum(octet) &&
        kSpecial.find(c) == absl::string_view::npos) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "'",
        absl::ascii_isprint(octet) ? std::string(1, c)
                                   : absl::StrCat("\\x", absl::Hex(octet)),
        "' cannot separate a mailbox from a detail: use signs such as '+', '-' "
        "or '='"));
  }
  return absl::OkStatus();
}

std::vector<Address> WithoutDetail(const Address& address,
                                   absl::string_view separators) {
  std::vector<Address> found;
  absl::string_view left = address.local_part();
  while (!separators.empty()) {
    const size_t at = left.find_last_of(separators);
    if (at == absl::string_view::npos || at == 0) break;
    left = left.substr(0, at);
    absl::StatusOr<Address> shorter = Address::Create(left, address.host());
    if (shorter.ok()) found.push_back(*std::move(shorter));
  }
  return found;
}

}  // namespace mailsec::address
