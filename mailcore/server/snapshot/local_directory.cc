#include "mailcore/server/snapshot/local_directory.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailsec::server {
namespace {

using address::Address;
using policy::Answer;
using policy::RecipientAnswer;

// Of two limits, where none is the largest.
std::optional<uint64_t> Larger(std::optional<uint64_t> a,
                               std::optional<uint64_t> b) {
  if (!a || !b) return std::nullopt;
  return std::max(*a, *b);
}

}  // namespace

RecipientAnswer LocalDirectory::FindRewritten(const Address& address) const {
  RecipientAnswer found = {.answer = Answer::kNo};
  const autoreply::SrsAnswer answer = srs_->Reverse(address, clock_->Now());
  found.bounces_only = true;
  found.reason = std::string(answer.decision.rule->name);
  if (answer.outcome == autoreply::SrsOutcome::kOriginal) {
    found.answer = Answer::kYes;
  } else if (answer.outcome == autoreply::SrsOutcome::kCannotTell) {
    found.answer = Answer::kCannotTell;
  }
  return found;
}

RecipientAnswer LocalDirectory::Find(const Address& address) {
  if (srs_ != nullptr && srs_->IsOurs(address)) return FindRewritten(address);
  if (routing_ == nullptr) return FindWithRoom(address);
  const route::MeantName meant =
      routing_->NameOf(address::ForwardPath(address));
  RecipientAnswer all = {.answer = Answer::kNo};
  for (const route::MeantMailbox& one : meant.mailboxes) {
    const RecipientAnswer found = FindWithRoom(one.mailbox);
    if (found.answer == Answer::kNo) continue;
    if (all.answer != Answer::kYes) {
      all = found;
    } else if (found.answer == Answer::kYes) {
      all.mailbox.has_room |= found.mailbox.has_room;
      all.mailbox.room_octets =
          Larger(all.mailbox.room_octets, found.mailbox.room_octets);
      all.mailbox.max_message_octets = Larger(all.mailbox.max_message_octets,
                                              found.mailbox.max_message_octets);
    }
  }
  all.kind = meant.kind;
  return all;
}

bool LocalDirectory::IsListed(const Address& address) const {
  return mailboxes_->Lists(address);
}

void LocalDirectory::AddQuotas(const address::Domain& domain, std::string root,
                               io::MaildirQuota quota, bool all,
                               const base::Clock* clock) {
  quotas_.insert_or_assign(domain, Quotas{.root = std::move(root),
                                          .of_each = quota,
                                          .all = all,
                                          .clock = clock});
}

std::optional<io::MaildirQuota> LocalDirectory::QuotaOf(
    const Address& address, const policy::Mailbox& mailbox) const {
  if (address.domain() == nullptr) return std::nullopt;
  const auto found = quotas_.find(*address.domain());
  if (found == quotas_.end()) return std::nullopt;
  io::MaildirQuota quota = found->second.of_each;
  if (mailbox.quota_octets) quota.octets = *mailbox.quota_octets;
  if (!quota.is_set() && !found->second.all) return std::nullopt;
  return quota;
}

// What cannot be counted now is found out when the mail is delivered.
RecipientAnswer LocalDirectory::FindWithRoom(const Address& mailbox) const {
  RecipientAnswer found = mailboxes_->Find(mailbox);
  if (found.answer != Answer::kYes) return found;
  const std::optional<io::MaildirQuota> quota = QuotaOf(mailbox, found.mailbox);
  if (!quota) return found;
  const Quotas& of_domain = quotas_.at(*mailbox.domain());
  const absl::StatusOr<io::MaildirUsage> usage = io::ReadMaildirUsage(
      of_domain.root, found.mailbox.name, *quota, of_domain.clock->Now());
  if (usage.ok()) found.mailbox.room_octets = usage->room_octets();
  return found;
}

RecipientAnswer LocalDirectory::FindDelivered(const Address& address) const {
  if (routing_ == nullptr) return mailboxes_->Find(address);
  const std::optional<Address> owner =
      routing_->OwnerOf(address::ForwardPath(address));
  return owner ? mailboxes_->Find(*owner)
               : RecipientAnswer{.answer = Answer::kNo};
}

}  // namespace mailsec::server
