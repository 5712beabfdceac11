#include "mailcore/server/snapshot/own_addresses.h"

#include <utility>

namespace mailsec::server {

using address::Address;

OwnAddresses::OwnAddresses(const route::AliasTable& aliases,
                           route::MainNames other_names)
    : other_names_(std::move(other_names)) {
  for (const Address& alias : aliases.Aliases()) {
    const std::vector<Address> behind = aliases.Expand(alias);
    // What several read is nobody's own.
    if (behind.size() != 1) continue;
    aliases_[behind[0].CanonicalKey()].push_back(alias);
  }
}

std::vector<Address> OwnAddresses::Of(const Address& mailbox) const {
  std::vector<Address> own = {mailbox};
  const auto found = aliases_.find(mailbox.CanonicalKey());
  if (found != aliases_.end()) {
    own.insert(own.end(), found->second.begin(), found->second.end());
  }
  const size_t with_main_names = own.size();
  for (const auto& [other, main] : other_names_) {
    for (size_t i = 0; i < with_main_names; ++i) {
      if (own[i].domain() == nullptr || *own[i].domain() != main) continue;
      absl::StatusOr<Address> renamed =
          Address::Create(own[i].local_part(), other);
      if (renamed.ok()) own.push_back(*std::move(renamed));
    }
  }
  return own;
}

}  // namespace mailsec::server
