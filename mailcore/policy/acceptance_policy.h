// acceptance_policy.h: do we take this mail?
//
// Asks the single policies in the cheapest order, and everything that can be
// asked before the content is sent, so that mail which is going to fail is
// refused now and not reported later (R18, R19).
//
//   MAIL  a stranger with a sender of ours, if such   550 5.7.1  ours
//           are refused (OwnSender)
//         larger than the server takes                552 5.3.4  R19, RFC 1870
//         the spool is short of space                 452 4.3.1  R10, RFC 1870
//   RCPT  may not relay                               550 5.7.1  R14
//         cannot tell whether the domain is ours      451 4.4.3  R14
//         ours, and there is no such mailbox,         550 5.1.1  R18
//           subaddress or catch-all
//         ours, and the directory cannot tell         451 4.4.3  R18
//         ours, takes bounces only, and this is none  550 5.7.1  R23
//         larger than the mailbox takes               552 5.3.4  R19
//         the mailbox is full, or the message does    552 5.2.2  R19
//           not fit in any more
//         no way leads to its domain: null MX, no     556, 5yz   R17, RFC 7505
//           such domain, a loop to ourselves
//         the next hop refuses it                     its 5yz    R18, R19
//         the next hop cannot be asked, or says 4yz   its 4yz    R21
//
//   auto policy = AcceptancePolicy::Create(
//       {.local_domains = {*address::Domain::Parse("example.org")}},
//       &directory);
//   Decision d = (*policy)->DecideRcpt(client, sender, mail, rcpt.path);

#ifndef MAILCORE_POLICY_ACCEPTANCE_POLICY_H_
#define MAILCORE_POLICY_ACCEPTANCE_POLICY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/policy/client.h"
#include "mailcore/policy/decision.h"
#include "mailcore/policy/mx_authority.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/policy/relay_policy.h"
#include "mailcore/policy/static_mx_authority.h"
#include "mailcore/smtp/parameters.h"

namespace mailsec::policy {

// A domain that we take mail for and hand on to somebody else's server.
// Thread safety: a value.
struct RelayDomain {
  address::Domain domain;
  // The mailboxes there; not owned, must outlive the policy. Null: every
  // recipient is accepted, and a wrong one is bounced later (against R18).
  RecipientDirectory* directory = nullptr;
};

// What becomes of mail from strangers whose envelope sender is in a local domain
// of ours. Most of it is forged, but not all: mail of our own users comes back
// from mailing lists that keep the sender and from servers that forward it, and
// to refuse it is to lose it.
enum class OwnSender {
  kMark,    // Taken, and marked (IsToBeMarked()).
  kRefuse,  // 550 5.7.1 at MAIL.
  kAllow,   // Taken as if it were any other sender.
};

// Thread safety: immutable once created; const methods may run concurrently.
class AcceptancePolicy {
 public:
  struct Options {
    ip::NetworkSet authorised_networks = {};        // R14. Default: nobody.
    std::vector<ip::IpAddress> own_addresses = {};  // See RelayPolicy::Options.
    std::vector<address::Domain> local_domains =
        {};  // Delivered here. At least one.
    std::vector<RelayDomain> relay_domains = {};
    // As ServerLimits::max_message_octets, which enforces it on the content.
    uint64_t max_message_octets = 50 * 1024 * 1024;
    // A full mailbox gets 452 4.2.2 and not 552 5.2.2: the sender's server
    // then tries again for days, and may report after that.
    bool full_is_transient = false;
    // Says whether the spool has room for this many octets more (0: size not
    // known), with its reserve kept (R10). Must allow concurrent calls and not
    // block. Default: not asked.
    std::function<bool(uint64_t octets)> has_space = {};
    OwnSender strangers_with_own_sender = OwnSender::kMark;
    // Asked last, about each recipient that would be accepted. Not owned; must
    // outlive the policy. If it cannot tell, a client of ours is accepted all
    // the same: its mail has nowhere else to wait. Null: nobody is asked.
    RecipientVerifier* verifier = nullptr;
  };

  // `directory` answers for the local domains; `live_mx`, if not null, is
  // asked about domains that are neither local nor relay domains. They are not
  // owned, must outlive the policy and must allow concurrent calls. Asks
  // `directory`, so it may block.
  //
  // InvalidArgument for an open relay (see RelayPolicy::Create()), no local
  // domain, or a domain that is listed twice; FailedPrecondition if postmaster
  // or abuse are missing in a local domain (R6); Unavailable if `directory`
  // cannot tell.
  static absl::StatusOr<std::unique_ptr<AcceptancePolicy>> Create(
      Options options, RecipientDirectory* directory,
      MxAuthority* live_mx = nullptr);

  // At MAIL. Never blocks.
  Decision DecideMail(const Client& client, const address::ReversePath& sender,
                      const smtp::MailParameters& parameters) const;

  // True if a message is accepted, and has to say (message/sender_field.h) that
  // nothing proves its sender, who is one of ours: then the rule of
  // DecideMail() is "mail.own-sender-marked". Never blocks.
  bool IsToBeMarked(const Client& client,
                    const address::ReversePath& sender) const;

  // At RCPT, once for each. Blocks as long as the directory or `live_mx` do.
  // The session checks whether the path needed SMTPUTF8.
  Decision DecideRcpt(const Client& client, const address::ReversePath& sender,
                      const smtp::MailParameters& parameters,
                      const address::ForwardPath& recipient) const;

 private:
  AcceptancePolicy(Options options, RecipientDirectory* directory,
                   MxAuthority* live_mx);

  // The directory that knows the mailboxes of this recipient's domain, or null.
  RecipientDirectory* DirectoryFor(const address::ForwardPath& recipient) const;

  bool IsOurs(const Client& client) const;

  // A stranger uses a local domain of ours.
  bool IsBorrowed(const Client& client,
                  const address::ReversePath& sender) const;

  Decision DecideMailbox(RecipientDirectory& directory,
                         const address::ReversePath& sender,
                         const address::Address& address,
                         uint64_t declared_size) const;

  Options options_;
  absl::flat_hash_map<address::Domain, RecipientDirectory*>
      directories_;                // Not owned.
  RecipientDirectory* directory_;  // Not owned.
  absl::flat_hash_set<address::Domain> local_domains_;
  StaticMxAuthority listed_;
  FirstMxAuthority mx_;
  std::unique_ptr<RelayPolicy> relay_;
};

}  // namespace mailsec::policy

#endif  // MAILCORE_POLICY_ACCEPTANCE_POLICY_H_
