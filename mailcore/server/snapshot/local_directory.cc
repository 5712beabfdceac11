#include "mailcore/server/snapshot/local_directory.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;

// Of two limits, where none is the largest.
std::optional<uint64_t> Larger(std::optional<uint64_t> a,
                               std::optional<uint64_t> b) {
  if (!a || !b) return std::nullopt;
  return std::max(*a, *b);
}

}  // namespace

void LocalDirectory::Add(
    const Domain& domain, const Domain& canonical,
    std::shared_ptr<policy::RecipientDirectory> directory) {
  by_domain_.insert_or_assign(domain, Entry{canonical, std::move(directory)});
}

policy::RecipientAnswer LocalDirectory::FindRewritten(
    const Address& address) const {
  policy::RecipientAnswer found = {
      .answer = policy::Answer::kNo, .mailbox = {}, .reason = ""};
  const autoreply::SrsAnswer answer = srs_->Reverse(address, clock_->Now());
  found.bounces_only = true;
  found.reason = std::string(answer.decision.rule->name);
  if (answer.outcome == autoreply::SrsOutcome::kOriginal) {
    found.answer = policy::Answer::kYes;
  } else if (answer.outcome == autoreply::SrsOutcome::kCannotTell) {
    found.answer = policy::Answer::kCannotTell;
  }
  return found;
}

policy::RecipientAnswer LocalDirectory::Find(const Address& address) {
  if (srs_ != nullptr && srs_->IsOurs(address)) return FindRewritten(address);
  const std::vector<Address> behind =
      routing_ == nullptr
          ? std::vector<Address>{address}
          : routing_->MailboxesOf(address::ForwardPath(address));
  policy::RecipientAnswer all = {
      .answer = policy::Answer::kNo, .mailbox = {}, .reason = ""};
  for (const Address& mailbox : behind) {
    const policy::RecipientAnswer one = FindMailbox(mailbox);
    if (one.answer == policy::Answer::kNo) continue;
    if (all.answer != policy::Answer::kYes) {
      all = one;
    } else if (one.answer == policy::Answer::kYes) {
      all.mailbox.has_room |= one.mailbox.has_room;
      all.mailbox.max_message_octets = Larger(all.mailbox.max_message_octets,
                                              one.mailbox.max_message_octets);
    }
  }
  return all;
}

bool LocalDirectory::IsListed(const Address& address) const {
  return address.domain() != nullptr &&
         by_domain_.contains(*address.domain()) &&
         FindMailbox(address).answer == policy::Answer::kYes;
}

policy::RecipientAnswer LocalDirectory::FindMailbox(
    const Address& address) const {
  const policy::RecipientAnswer unknown = {
      .answer = policy::Answer::kNo, .mailbox = {}, .reason = ""};
  if (address.domain() == nullptr) return unknown;
  const auto it = by_domain_.find(*address.domain());
  if (it == by_domain_.end()) {
    if (!unchecked_.contains(*address.domain())) return unknown;
    return {.answer = policy::Answer::kYes, .mailbox = {}, .reason = ""};
  }
  const Entry& entry = it->second;
  if (*address.domain() == entry.canonical) {
    return entry.directory->Find(address);
  }
  const absl::StatusOr<Address> canonical =
      Address::Create(address.local_part(), entry.canonical);
  return canonical.ok() ? entry.directory->Find(*canonical) : unknown;
}

}  // namespace mailsec::server
