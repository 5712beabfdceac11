// local_names.h: whose mailboxes does an address of ours mean?
//
// The first line that holds decides. Names are compared by
// Address::CanonicalKey().
//
//   an alias                             the mailboxes behind it
//   a mailbox, or nobody can tell now    itself
//   listed as a name that is refused     nobody
//   an alias or a mailbox, a separator   the same as without the detail
//     and a detail (RFC 5233)
//   postmaster, abuse                    nobody: they have to exist (R6)
//   the domain has a catch-all           its mailbox, or those behind its alias
//   everything else                      nobody
//
// In a domain without a line of its own (a relay domain) there are aliases, and
// all other addresses mean themselves.
//
//   const LocalNames names({{.domain = domain, .separators = "+"}}, &aliases,
//                          &mailboxes);
//   for (const MeantMailbox& one : names.Of(address).mailboxes) Show(one.address);

#ifndef MAILCORE_ROUTE_LOCAL_NAMES_H_
#define MAILCORE_ROUTE_LOCAL_NAMES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/route/alias_table.h"

namespace mailsec::route {

// How names are read in a domain whose mailboxes are ours.
// Thread safety: a value.
struct NamesOfDomain {
  address::Domain domain;  // Its main name.
  // Each octet separates a mailbox from a detail; address::CheckSeparators().
  // Empty: no address has a detail.
  std::string separators = {};
  // Takes the mail for names that do not exist: a mailbox or an alias.
  // Dangerous: every guessed name is valid then (against R18).
  std::optional<address::Address> catch_all = std::nullopt;
};

// Thread safety: a value.
struct MeantMailbox {
  address::Address address;  // As mail is handed on: with the detail.
  address::Address mailbox;  // Whose it is: without.
};

// Thread safety: a value.
struct MeantName {
  policy::NameKind kind = policy::NameKind::kMailbox;
  std::vector<MeantMailbox> mailboxes = {};  // Each once. Empty: nobody.
};

// Thread safety: all methods may run concurrently, and block as long as the
// directory does.
class LocalNames {
 public:
  // `aliases` and `mailboxes` are not owned and must outlive this. `mailboxes`
  // knows mailboxes by the main names of their domains, and no aliases; null:
  // every name is a mailbox.
  LocalNames(std::vector<NamesOfDomain> domains, const AliasTable* aliases,
             policy::RecipientDirectory* mailboxes);

  // `address` has the main name of its domain.
  MeantName Of(const address::Address& address) const;

  // Whose mailbox `address` is, to which mail is being delivered that Of() had
  // led there: the mailbox of this very name, even if it is an alias as well;
  // else the one without the detail; else the first that Of() names now, as
  // the configuration may have changed. Nothing: there is none any more.
  std::optional<address::Address> MailboxOf(
      const address::Address& address) const;

  // True if a mailbox has the name, with a detail or without. An alias has not.
  bool HasMailbox(const address::Address& address) const;

  // Of a domain's addresses, by its main name.
  absl::string_view SeparatorsOf(const address::Address& address) const;

 private:
  const NamesOfDomain* Find(const address::Address& address) const;
  // True also if the directory cannot tell.
  bool IsMailbox(const address::Address& address) const;
  // An alias or a mailbox.
  std::optional<MeantName> OfWhole(const address::Address& address) const;

  absl::flat_hash_map<address::Domain, NamesOfDomain> domains_;
  const AliasTable* const aliases_;
  policy::RecipientDirectory* const mailboxes_;
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_LOCAL_NAMES_H_
