// alias_table.h: who is meant by this address?
//
// A text file, one alias a line, '#' begins a comment:
//
//   postmaster@example.org: alice@example.org
//   team@example.org: alice@example.org, bob@example.org
//
// A target may be an alias itself; circles are errors with line and column. A
// target must lie in a domain that we serve: forwarding to others needs a
// sender of our own (R23) and is not an alias's business.
//
//   std::vector<TextError> errors;
//   auto table = AliasTable::Parse(text, {*Domain::Parse("example.org")},
//   &errors); std::vector<Address> targets = table->Expand(address);

#ifndef MAILCORE_ROUTE_ALIAS_TABLE_H_
#define MAILCORE_ROUTE_ALIAS_TABLE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/policy/text_recipient_directory.h"

namespace mailsec::route {

// Thread safety: immutable once created.
class AliasTable {
 public:
  AliasTable() = default;  // No aliases.

  // InvalidArgument if the text has errors, all of which are added to `errors`
  // (may be null): an address that is none, a target outside `served` domains,
  // an alias given twice or outside `served`, a circle, more than 1000
  // addresses behind one alias.
  static absl::StatusOr<AliasTable> Parse(
      absl::string_view text, const std::vector<Domain>& served,
      std::vector<policy::TextError>* errors);

  // The mailboxes behind `address`, each once, in the order of the file; empty
  // if it is no alias. Compares as RecipientDirectory::Find() does.
  std::vector<Address> Expand(const Address& address) const;

  // Every address that stands on the left.
  std::vector<Address> Aliases() const;

 private:
  struct Entry {
    Address alias;
    std::vector<Address> targets;  // Mailboxes only: expanded.
  };
  absl::flat_hash_map<std::string, Entry> by_key_;  // Address::CanonicalKey().
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ALIAS_TABLE_H_
