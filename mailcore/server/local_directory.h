// local_directory.h: which mailboxes do our domains have?
//
// One directory over the recipients files of all domains, so that one question
// finds the right one, and an alias domain has the mailboxes of its domain.

#ifndef MAILCORE_SERVER_LOCAL_DIRECTORY_H_
#define MAILCORE_SERVER_LOCAL_DIRECTORY_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "mailcore/address/domain.h"
#include "mailcore/policy/recipient_directory.h"

namespace mailsec::server {

// Thread safety: Add() before it is shared; then Find() may run concurrently.
class LocalDirectory : public policy::RecipientDirectory {
 public:
  // Recipients of `domain` are looked up in `directory` as if they were of
  // `canonical` (the same, but for an alias).
  void Add(const Domain& domain, const Domain& canonical,
           std::shared_ptr<policy::RecipientDirectory> directory);

  // Unknown in a domain that was not added, and for an address literal.
  policy::RecipientAnswer Find(const Address& address) override;

 private:
  struct Entry {
    Domain canonical;
    std::shared_ptr<policy::RecipientDirectory> directory;
  };
  absl::flat_hash_map<Domain, Entry> by_domain_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_LOCAL_DIRECTORY_H_
