// local_directory.h: does this recipient of ours exist, by any of its names?
//
// What RCPT asks: an alias exists if somebody behind it does, "alice+shop" if
// alice does (Routing::NameOf()).

#ifndef MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_
#define MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "mailcore/autoreply/srs.h"
#include "mailcore/base/clock.h"
#include "mailcore/io/maildir_quota.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/server/snapshot/mailbox_directory.h"
#include "mailcore/server/snapshot/routing.h"

namespace mailsec::server {

// Thread safety: the Set methods before it is shared; then the others may run
// concurrently.
class LocalDirectory : public policy::RecipientDirectory {
 public:
  LocalDirectory() : mailboxes_(std::make_shared<MailboxDirectory>()) {}

  // To add domains to, and for the routing to ask. Never null.
  const std::shared_ptr<MailboxDirectory>& mailboxes() const {
    return mailboxes_;
  }

  // Not owned; must outlive this. Default: every address means itself.
  void SetRouting(const Routing* routing) { routing_ = routing; }
  // Rewritten senders are recipients for bounces. Not owned; both must outlive
  // this. Default: there are none.
  void SetSrs(const autoreply::Srs* srs, const base::Clock* clock) {
    srs_ = srs;
    clock_ = clock;
  }

  // Mailboxes of `domain`, by its main name, are Maildirs below `root` with
  // quotas. `quota`: of those without one of their own; not set: what their files
  // say, if `all`, or none. `clock` is not owned and must outlive this.
  void AddQuotas(const address::Domain& domain, std::string root,
                 io::MaildirQuota quota, bool all, const base::Clock* clock);

  // Unknown in a domain that was not added, and for an address literal that is
  // not ours. An alias has room if one mailbox behind it has, and takes as
  // large a message as the one that takes most. Blocks on the disk where there
  // are quotas.
  policy::RecipientAnswer Find(const address::Address& address) override;

  // A recipients file names it, whether it is an alias as well or not.
  bool IsListed(const address::Address& address) const;

  // The mailbox that mail goes into which was taken for `address`, one of
  // Routing::MailboxesOf().
  policy::RecipientAnswer FindDelivered(const address::Address& address) const;

  // The quota of a mailbox that was found for `address` there. Nothing: it has
  // none, and nobody counts.
  std::optional<io::MaildirQuota> QuotaOf(const address::Address& address,
                                          const policy::Mailbox& mailbox) const;

 private:
  // The quotas of a domain.
  struct Quotas {
    std::string root;
    io::MaildirQuota of_each;
    bool all = false;
    const base::Clock* clock = nullptr;
  };
  policy::RecipientAnswer FindRewritten(const address::Address& address) const;
  // The mailbox with the room that it has now.
  policy::RecipientAnswer FindWithRoom(const address::Address& mailbox) const;

  absl::flat_hash_map<address::Domain, Quotas> quotas_;
  const std::shared_ptr<MailboxDirectory> mailboxes_;
  const Routing* routing_ = nullptr;
  const autoreply::Srs* srs_ = nullptr;
  const base::Clock* clock_ = nullptr;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_LOCAL_DIRECTORY_H_
