#include "mailcore/route/alias_table.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "mailcore/route/alias_parser.h"

namespace mailsec::route {

using address::Address;

absl::StatusOr<AliasTable> AliasTable::Parse(
    base::StringView text, const std::vector<address::Domain>& served,
    std::vector<base::TextError>* errors, MainNames other_names) {
  AliasTable table;
  table.other_names_ = std::move(other_names);
  AliasParser parser(&table, served);
  absl::Status parsed = parser.Parse(text);
  if (parsed.ok()) return table;
  if (errors != nullptr) *errors = parser.TakeErrors();
  return parsed;
}

Address AliasTable::Main(const Address& address) const {
  if (address.domain() == nullptr) return address;
  const auto main = other_names_.find(*address.domain());
  if (main == other_names_.end()) return address;
  absl::StatusOr<Address> renamed =
      Address::Create(address.local_part(), main->second);
  return renamed.ok() ? *std::move(renamed) : address;  // Too long.
}

const AliasTable::Entry* AliasTable::Find(const Address& address) const {
  const auto found = by_key_.find(Main(address).CanonicalKey());
  return found == by_key_.end() ? nullptr : &found->second;
}

std::vector<Address> AliasTable::Expand(const Address& address) const {
  std::vector<Address> mailboxes;
  const Entry* entry = Find(address);
  if (entry == nullptr) return mailboxes;
  // One name may stand for an alias and for a mailbox.
  absl::flat_hash_set<std::string> seen_mailboxes;
  absl::flat_hash_set<std::string> seen_aliases = {entry->alias.CanonicalKey()};
  // What is still to be looked at, the next at the end.
  std::vector<const Target*> waiting;
  for (;;) {
    for (auto it = entry->targets.rbegin(); it != entry->targets.rend(); ++it) {
      waiting.push_back(&*it);
    }
    do {
      if (waiting.empty()) return mailboxes;
      const Target& next = *waiting.back();
      waiting.pop_back();
      entry = next.is_mailbox ? nullptr : Find(next.address);
      std::string key = next.address.CanonicalKey();
      if (entry == nullptr) {
        if (seen_mailboxes.insert(std::move(key)).second) {
          mailboxes.push_back(next.address);
        }
      } else if (!seen_aliases.insert(std::move(key)).second) {
        entry = nullptr;
      }
    } while (entry == nullptr);
  }
}

std::vector<Address> AliasTable::Aliases() const {
  std::vector<std::pair<std::string, Address>> keyed;
  for (const auto& [key, entry] : by_key_) keyed.emplace_back(key, entry.alias);
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Address> aliases;
  for (auto& [key, alias] : keyed) aliases.push_back(std::move(alias));
  return aliases;
}

int AliasTable::LineOf(const Address& alias) const {
  const Entry* const entry = Find(alias);
  return entry == nullptr ? 0 : entry->line;
}

}  // namespace mailsec::route
