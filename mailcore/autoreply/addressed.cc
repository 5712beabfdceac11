#include "mailcore/autoreply/addressed.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/address/subaddress.h"
#include "mailcore/message/address_list.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using message::HeaderField;
using message::HeaderScanner;
using message::ListedMailbox;
using message::ParseAddressList;

bool IsNamed(absl::string_view name, std::vector<absl::string_view> names) {
  return absl::c_any_of(names, [name](absl::string_view one) {
    return absl::EqualsIgnoreCase(name, one);
  });
}

}  // namespace

OwnNames::OwnNames(const Address& own, absl::Span<const Address> others,
                   absl::string_view separators)
    : keys_({own.CanonicalKey()}), separators_(separators) {
  for (const Address& other : others) keys_.push_back(other.CanonicalKey());
}

bool OwnNames::Include(const Address& address) const {
  const auto is_key = [this](const Address& name) {
    return absl::c_linear_search(keys_, name.CanonicalKey());
  };
  return is_key(address) ||
         absl::c_any_of(address::WithoutDetail(address, separators_), is_key);
}

bool IsAddressed(const HeaderScanner& header, const OwnNames& names) {
  for (const HeaderField& field : header.fields()) {
    if (!IsNamed(field.name, {"To", "Cc", "Resent-To", "Resent-Cc"})) continue;
    for (const ListedMailbox& listed :
         ParseAddressList(field.value).mailboxes) {
      if (names.Include(listed.address)) return true;
    }
  }
  return false;
}

std::optional<std::string> SystemSenderMark(const HeaderScanner& header,
                                            const Address& sender,
                                            const SystemSenders& senders) {
  if (const std::optional<std::string> pattern = senders.Match(sender)) {
    return absl::StrCat("sender: ", *pattern);
  }
  for (const HeaderField& field : header.fields()) {
    if (!IsNamed(field.name, {"From", "Sender"})) continue;
    const message::AddressList listed = ParseAddressList(field.value);
    // "MAILER-DAEMON <>", "<>", "postmaster", an empty group: a person has an
    // address (RFC 5322, 3.6.2).
    if (listed.mailboxes.empty() && IsNamed(field.name, {"From"})) {
      return "From: no address";
    }
    for (const ListedMailbox& author : listed.mailboxes) {
      if (const auto pattern = senders.Match(author.address)) {
        return absl::StrCat(field.name, ": ", *pattern);
      }
      if (const auto pattern = senders.MatchName(author.display_name)) {
        return absl::StrCat(field.name, ": ", *pattern);
      }
    }
  }
  return std::nullopt;
}

}  // namespace mailsec::autoreply
