#include "mailcore/route/local_names.h"

#include <algorithm>
#include <utility>

#include "mailcore/address/path.h"
#include "mailcore/address/subaddress.h"
#include "mailcore/policy/role_mailboxes.h"

namespace mailsec::route {

using address::Address;
using policy::Answer;
using policy::NameKind;

LocalNames::LocalNames(std::vector<NamesOfDomain> domains,
                       const AliasTable* aliases,
                       policy::RecipientDirectory* mailboxes)
    : aliases_(aliases), mailboxes_(mailboxes) {
  for (NamesOfDomain& names : domains) {
    const address::Domain domain = names.domain;
    domains_.insert_or_assign(domain, std::move(names));
  }
}

const NamesOfDomain* LocalNames::Find(const Address& address) const {
  if (address.domain() == nullptr) return nullptr;
  const auto found = domains_.find(*address.domain());
  return found == domains_.end() ? nullptr : &found->second;
}

absl::string_view LocalNames::SeparatorsOf(const Address& address) const {
  const NamesOfDomain* const domain = Find(address);
  return domain == nullptr ? absl::string_view() : domain->separators;
}

bool LocalNames::IsMailbox(const Address& address) const {
  return mailboxes_ == nullptr ||
         mailboxes_->Find(address).answer != Answer::kNo;
}

std::optional<MeantName> LocalNames::OfWhole(const Address& address) const {
  std::vector<Address> behind = aliases_->Expand(address);
  if (behind.empty()) {
    // Names of others are not ours to know.
    if (Find(address) != nullptr && !IsMailbox(address)) return std::nullopt;
    return MeantName{.kind = NameKind::kMailbox,
                     .mailboxes = {{address, address}}};
  }
  MeantName meant = {.kind = NameKind::kAlias};
  for (Address& target : behind) {
    // Each is a mailbox, and may have a detail.
    Address mailbox = target;
    if (!IsMailbox(target)) {
      for (Address& shorter :
           address::WithoutDetail(target, SeparatorsOf(target))) {
        if (!IsMailbox(shorter)) continue;
        mailbox = std::move(shorter);
        break;
      }
    }
    meant.mailboxes.push_back({std::move(target), std::move(mailbox)});
  }
  return meant;
}

MeantName LocalNames::Of(const Address& address) const {
  if (std::optional<MeantName> whole = OfWhole(address)) {
    return *std::move(whole);
  }
  // OfWhole() finds every name in other domains.
  const NamesOfDomain& domain = *Find(address);
  if (mailboxes_->Find(address).listed_as_refused) return {};
  for (const Address& shorter :
       address::WithoutDetail(address, domain.separators)) {
    std::optional<MeantName> meant = OfWhole(shorter);
    if (!meant) continue;
    if (meant->kind == NameKind::kMailbox) {
      meant->mailboxes[0].address = address;
    }
    meant->kind = NameKind::kSubaddress;
    return *std::move(meant);
  }
  if (!domain.catch_all ||
      policy::IsRoleMailbox(address::ForwardPath(address))) {
    return {};
  }
  std::optional<MeantName> meant = OfWhole(*domain.catch_all);
  if (!meant) return {};
  meant->kind = NameKind::kCatchAll;
  return *std::move(meant);
}

std::optional<Address> LocalNames::MailboxOf(const Address& address) const {
  if (IsMailbox(address)) return address;
  for (Address& shorter :
       address::WithoutDetail(address, SeparatorsOf(address))) {
    if (IsMailbox(shorter)) return std::move(shorter);
  }
  MeantName meant = Of(address);
  if (meant.mailboxes.empty()) return std::nullopt;
  return std::move(meant.mailboxes[0].mailbox);
}

bool LocalNames::HasMailbox(const Address& address) const {
  if (IsMailbox(address)) return true;
  const std::vector<Address> shorter =
      address::WithoutDetail(address, SeparatorsOf(address));
  return std::any_of(shorter.begin(), shorter.end(),
                     [this](const Address& a) { return IsMailbox(a); });
}

}  // namespace mailsec::route
