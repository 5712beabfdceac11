// alias_table.h: who is meant by this address?
//
// A text file, one alias a line:
//
//   postmaster@example.org: alice@example.org
//   team@example.org: alice@example.org, bob@example.org   # comment
//
//   line   = [ alias ":" target *( "," target ) ] [ comment ]
//   alias  = Mailbox               ; RFC 5321, 4.1.2, quoted strings as well
//   target = [ "\" ] Mailbox
//
// '#' begins a comment at the start of a line or after a space. A target may be
// an alias itself, but for two that are mailboxes in any case: the alias's own
// name, so that a mailbox may share its mail with others,
//
//   alice@example.org: alice@example.org, bob@example.org
//
// and an address with a backslash before it. All other circles are errors with
// line and column. A target must lie in a domain that we serve: forwarding to
// others needs a sender of our own (R23) and is not an alias's business.
//
//   std::vector<base::TextError> errors;
//   const auto served = address::Domain::Parse("example.org");
//   auto table = AliasTable::Parse(text, {*served}, &errors);
//   std::vector<address::Address> targets = table->Expand(address);

#ifndef MAILCORE_ROUTE_ALIAS_TABLE_H_
#define MAILCORE_ROUTE_ALIAS_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "mailcore/address/address.h"
#include "mailcore/base/string_view.h"
#include "mailcore/base/text_error.h"

namespace mailsec::route {

// Other names of domains, and the main name of each.
using MainNames = absl::flat_hash_map<address::Domain, address::Domain>;

// Thread safety: immutable once created.
class AliasTable {
 public:
  // Other aliases and mailboxes behind one alias, together. Ours.
  static constexpr size_t kMaxBehindOne = 1000;

  AliasTable() = default;  // No aliases.

  // InvalidArgument if the text has errors; lists them, at most 20, one a line:
  // "line 3, column 9: ...". `errors`, if not null, gets the same one by one:
  // an address that is none, a target outside `served`, an alias given twice or
  // outside `served`, a circle, more than kMaxBehindOne addresses behind one
  // alias. Addresses in a domain of `other_names` mean those in the main one,
  // so that no circle can hide behind another name.
  static absl::StatusOr<AliasTable> Parse(
      base::StringView text, const std::vector<address::Domain>& served,
      std::vector<base::TextError>* errors, MainNames other_names = {});

  // The mailboxes behind `address`, each once, in the order of the file and
  // with the main name of their domain; empty if it is no alias. Each is the
  // name of a mailbox, even if that name is an alias as well: expand none of
  // them again. Compares as RecipientDirectory::Find() does.
  std::vector<address::Address> Expand(const address::Address& address) const;

  // Every address that stands on the left, sorted.
  std::vector<address::Address> Aliases() const;

  // The line of the text, from 1, in which `alias` stands on the left; 0 if it
  // is no alias.
  int LineOf(const address::Address& alias) const;

 private:
  friend class AliasParser;
  struct Target {
    address::Address address;
    bool is_mailbox;  // Never an alias: the alias itself, or with a backslash.
  };
  struct Entry {
    address::Address alias;
    std::vector<Target> targets;  // In the order of the line.
    int line;
  };

  // With the main name of its domain.
  address::Address Main(const address::Address& address) const;
  const Entry* Find(
      const address::Address& address) const;  // Null if no alias.

  MainNames other_names_;
  absl::flat_hash_map<std::string, Entry> by_key_;  // Address::CanonicalKey().
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_ALIAS_TABLE_H_
