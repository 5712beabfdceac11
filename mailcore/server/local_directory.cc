#include "mailcore/server/local_directory.h"

#include <utility>

namespace mailsec::server {

void LocalDirectory::Add(
    const Domain& domain, const Domain& canonical,
    std::shared_ptr<policy::RecipientDirectory> directory) {
  by_domain_.insert_or_assign(domain, Entry{canonical, std::move(directory)});
}

policy::RecipientAnswer LocalDirectory::Find(const Address& address) {
  const policy::RecipientAnswer unknown = {
      .answer = policy::Answer::kNo, .mailbox = {}, .reason = ""};
  if (address.domain() == nullptr) return unknown;
  const auto it = by_domain_.find(*address.domain());
  if (it == by_domain_.end()) return unknown;
  const Entry& entry = it->second;
  if (*address.domain() == entry.canonical) {
    return entry.directory->Find(address);
  }
  const absl::StatusOr<Address> canonical =
      Address::Create(address.local_part(), entry.canonical);
  return canonical.ok() ? entry.directory->Find(*canonical) : unknown;
}

}  // namespace mailsec::server
