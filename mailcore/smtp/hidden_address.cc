#include "mailcore/smtp/hidden_address.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/address/domain.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::smtp {
namespace {

using address::Address;
using address::AddressLiteral;
using address::Domain;

struct Words {
  std::string from;
  std::string to;
};

// What may stand next to a word without being a part of it.
bool IsWordEnd(absl::string_view text, size_t at) {
  if (at >= text.size()) return true;
  const char c = text[at];
  return !absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' &&
         c != '_';
}

std::string HostOf(const Address& address) {
  const Domain* domain = address.domain();
  return domain != nullptr
             ? domain->ascii()
             : std::get<AddressLiteral>(address.host()).ToString();
}

// The longest first, so that an address is found before its halves.
void AddWords(const HiddenAddress& address, std::vector<Words>& words) {
  const auto add = [&words](absl::string_view from, absl::string_view to) {
    // As a Reply holds it.
    std::string held = base::PrintableAscii(from, from.size());
    if (!held.empty()) words.push_back({std::move(held), std::string(to)});
  };
  const std::string host = HostOf(address.hidden);
  const Address* shown = address.shown.address();
  // The bare postmaster is at no domain, which is this server.
  const std::string whole = shown != nullptr ? shown->ToString() : "postmaster";
  const std::string local =
      shown != nullptr ? shown->local_part() : "postmaster";
  add(address.hidden.ToString(), whole);
  add(absl::StrCat(address.hidden.local_part(), "@", host), whole);
  add(address.hidden.local_part(), local);
  if (shown == nullptr) return;
  if (HostOf(*shown) != host) add(host, HostOf(*shown));
}

}  // namespace

Reply WithoutAddresses(const Reply& reply,
                       const std::vector<HiddenAddress>& addresses) {
  std::vector<Words> words;
  for (const HiddenAddress& address : addresses) AddWords(address, words);
  const absl::string_view text = reply.text();
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Words* found = nullptr;
    if (at == 0 || IsWordEnd(text, at - 1)) {
      for (const Words& word : words) {
        if (IsWordEnd(text, at + word.from.size()) &&
            absl::StartsWithIgnoreCase(text.substr(at), word.from)) {
          found = &word;
          break;
        }
      }
    }
    absl::StrAppend(&out, found != nullptr ? absl::string_view(found->to)
                                           : text.substr(at, 1));
    at += found != nullptr ? found->from.size() : 1;
  }
  return Reply(reply.code(), reply.status(), out);
}

}  // namespace mailsec::smtp
