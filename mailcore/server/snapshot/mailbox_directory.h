// mailbox_directory.h: does a mailbox of ours have exactly this name?
//
// One directory over the recipients files of all domains, so that one question
// finds the right one. It knows neither aliases nor subaddresses: what else a
// name may mean is Routing::NameOf()'s question.

#ifndef MAILCORE_SERVER_SNAPSHOT_MAILBOX_DIRECTORY_H_
#define MAILCORE_SERVER_SNAPSHOT_MAILBOX_DIRECTORY_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/recipient_directory.h"

namespace mailsec::server {

// Thread safety: Add() before it is shared; then Find() may run concurrently.
class MailboxDirectory : public policy::RecipientDirectory {
 public:
  // Recipients of `domain` are looked up in `directory` as if they were of
  // `canonical` (the same, but for another name of a domain).
  void Add(const address::Domain& domain, const address::Domain& canonical,
           std::shared_ptr<policy::RecipientDirectory> directory);

  // A domain whose recipients we do not know: behind an alias, all exist.
  void AddUnchecked(const address::Domain& domain) {
    unchecked_.insert(domain);
  }

  // Unknown in a domain that was not added, and for an address literal.
  policy::RecipientAnswer Find(const address::Address& address) override;

  // A directory that was added names it, whether it is an alias as well or not.
  bool Lists(const address::Address& address);

 private:
  struct Entry {
    address::Domain canonical;
    std::shared_ptr<policy::RecipientDirectory> directory;
  };
  absl::flat_hash_map<address::Domain, Entry> by_domain_;
  absl::flat_hash_set<address::Domain> unchecked_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_MAILBOX_DIRECTORY_H_
