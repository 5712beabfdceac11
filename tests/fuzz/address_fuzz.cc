// Whatever parses as a path holds one mailbox, prints and parses back to
// itself, and names the domain after its last unquoted '@'.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "mailcore/address/path.h"
#include "mailcore/base/utf8.h"

namespace mailsec {
namespace {

using address::Address;
using address::AddressLiteral;
using address::Domain;

void Require(bool holds) {
  if (!holds) std::abort();
}

// What follows the last '@' outside of quotes in the path `text`.
absl::string_view TextAfterLastAt(absl::string_view text) {
  bool quoted = false;
  size_t after = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\\' && quoted) ++i;
    if (i < text.size() && text[i] == '@' && !quoted) after = i + 1;
  }
  return text.substr(after, text.size() - 1 - after);
}

void CheckAddress(const Address& address, absl::string_view path) {
  const absl::string_view host = TextAfterLastAt(path);
  if (const Domain* domain = address.domain()) {
    Require(*Domain::Parse(host) == *domain);
    Require(*Domain::Parse(domain->ascii()) == *domain);
    Require(*Domain::Parse(domain->ToUnicode()) == *domain);
  } else {
    Require(*AddressLiteral::Parse(host) ==
            std::get<AddressLiteral>(address.host()));
  }
  const std::string& printed = address.ToString();
  Require(base::IsValidUtf8(printed));
  Require(printed.size() <= address::kMaxPathOctets - 2);
  for (const char c : printed)
    Require(static_cast<uint8_t>(c) >= ' ' && c != 0x7F);
  Require(address.needs_smtputf8() != base::IsAscii(printed));
  const absl::StatusOr<Address> again = Address::Parse(printed);
  Require(again.ok() && *again == address && again->ToString() == printed);
  Require(again->CanonicalKey() == address.CanonicalKey());
}

}  // namespace
}  // namespace mailsec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mailsec::Require;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t length = mailsec::address::PathLength(text);
  Require(length <= size);
  const absl::string_view path = text.substr(0, length);
  const absl::StatusOr<mailsec::address::ForwardPath> to =
      mailsec::address::ForwardPath::Parse(path);
  const absl::StatusOr<mailsec::address::ReversePath> from =
      mailsec::address::ReversePath::Parse(path);
  if (to.ok() && to->address() != nullptr) {
    mailsec::CheckAddress(*to->address(), path);
    Require(from.ok() && *from->address() == *to->address());
    Require(*mailsec::address::ForwardPath::Parse(to->ToString()) == *to);
  }
  if (from.ok())
    Require(*mailsec::address::ReversePath::Parse(from->ToString()) == *from);
  return 0;
}
