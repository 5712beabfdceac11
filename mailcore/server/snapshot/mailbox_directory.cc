#include "mailcore/server/snapshot/mailbox_directory.h"

#include <utility>

namespace mailsec::server {

using address::Address;
using policy::Answer;
using policy::RecipientAnswer;

void MailboxDirectory::Add(
    const address::Domain& domain, const address::Domain& canonical,
    std::shared_ptr<policy::RecipientDirectory> directory) {
  by_domain_.insert_or_assign(domain, Entry{canonical, std::move(directory)});
}

RecipientAnswer MailboxDirectory::Find(const Address& address) {
  if (address.domain() == nullptr) return {.answer = Answer::kNo};
  const auto it = by_domain_.find(*address.domain());
  if (it == by_domain_.end()) {
    return {.answer = unchecked_.contains(*address.domain()) ? Answer::kYes
                                                             : Answer::kNo};
  }
  const Entry& entry = it->second;
  if (*address.domain() == entry.canonical) {
    return entry.directory->Find(address);
  }
  const absl::StatusOr<Address> canonical =
      Address::Create(address.local_part(), entry.canonical);
  if (!canonical.ok()) return {.answer = Answer::kNo};
  return entry.directory->Find(*canonical);
}

bool MailboxDirectory::Lists(const Address& address) {
  return address.domain() != nullptr &&
         by_domain_.contains(*address.domain()) &&
         Find(address).answer == Answer::kYes;
}

}  // namespace mailsec::server
