// own_addresses.h: which names does a mailbox have?
//
//   const OwnAddresses own(aliases, other_names);
//   for (const address::Address& name : own.Of(mailbox)) Show(name);

#ifndef MAILCORE_SERVER_SNAPSHOT_OWN_ADDRESSES_H_
#define MAILCORE_SERVER_SNAPSHOT_OWN_ADDRESSES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "mailcore/address/address.h"
#include "mailcore/route/alias_table.h"

namespace mailsec::server {

// The names of each mailbox beside its address: its aliases that lead to it
// alone, in every name of its domain. Thread safety: immutable once created.
class OwnAddresses {
 public:
  // Every mailbox has its address alone.
  OwnAddresses() = default;
  OwnAddresses(const route::AliasTable& aliases, route::MainNames other_names);
  std::vector<address::Address> Of(const address::Address& mailbox) const;

 private:
  // The aliases of a mailbox, by its CanonicalKey().
  absl::flat_hash_map<std::string, std::vector<address::Address>> aliases_;
  route::MainNames other_names_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_OWN_ADDRESSES_H_
