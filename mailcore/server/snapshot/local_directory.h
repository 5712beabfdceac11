// local_directory.h: which mailboxes do our domains have?
//
// One directory over the recipients files of all domains, so that one question
// finds the right one. Whom an address means is Routing::MailboxesOf()'s
// question; an alias exists if somebody behind it does.

#ifndef MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_
#define MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "mailcore/address/domain.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/base/clock.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// Thread safety: Add() before it is shared; then Find() may run concurrently.
class LocalDirectory : public policy::RecipientDirectory {
 public:
  // Recipients of `domain` are looked up in `directory` as if they were of
  // `canonical` (the same, but for an alias).
  void Add(const address::Domain& domain, const address::Domain& canonical,
           std::shared_ptr<policy::RecipientDirectory> directory);

  // A domain whose recipients we do not know: behind an alias, all exist.
  void AddUnchecked(const address::Domain& domain) {
    unchecked_.insert(domain);
  }
  // Not owned; must outlive this. Default: every address means itself.
  void SetRouting(const Routing* routing) { routing_ = routing; }
  // Rewritten senders are recipients for bounces. Not owned; both must outlive
  // this. Default: there are none.
  void SetSrs(const autoreply::Srs* srs, const base::Clock* clock) {
    srs_ = srs;
    clock_ = clock;
  }

  // Unknown in a domain that was not added, and for an address literal that is
  // not ours. An alias has room if one mailbox behind it has, and takes as
  // large a message as the one that takes most.
  policy::RecipientAnswer Find(const address::Address& address) override;

  // A recipients file names it, whether it is an alias as well or not.
  bool IsListed(const address::Address& address) const;

 private:
  struct Entry {
    address::Domain canonical;
    std::shared_ptr<policy::RecipientDirectory> directory;
  };
  policy::RecipientAnswer FindMailbox(const address::Address& address) const;
  policy::RecipientAnswer FindRewritten(const address::Address& address) const;

  absl::flat_hash_map<address::Domain, Entry> by_domain_;
  absl::flat_hash_set<address::Domain> unchecked_;
  const Routing* routing_ = nullptr;
  const autoreply::Srs* srs_ = nullptr;
  const base::Clock* clock_ = nullptr;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_
