// addressees.h: to whom does an accepted message really go?
//
// Puts the mailboxes behind aliases in their place, and fixes the class of each
// copy (R3), before the message is stored.
//
//   absl::StatusOr<Addressees> to = FindAddressees(routing, envelope);
//   envelope.recipients = to->recipients;

#ifndef MAILCORE_SERVER_SNAPSHOT_ADDRESSEES_H_
#define MAILCORE_SERVER_SNAPSHOT_ADDRESSEES_H_

#include <cstddef>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/server/snapshot/routing.h"
#include "mailcore/spool/envelope.h"

namespace mailsec::server {

// Thread safety: a value.
struct Addressees {
  std::vector<spool::Recipient> recipients;  // Each mailbox once.
  std::vector<size_t> origins;  // Of each: the client's recipient, by index.
  // The client's recipients all of whose mailboxes others of them had named
  // before, and those others: what becomes of them is the answer for it too.
  std::map<size_t, std::vector<size_t>> shared;
  // The recipients that stood behind a rewritten sender (SRS), by index.
  std::vector<size_t> turned_back;
  bool has_route = false;    // At least one can be tried now.
  bool cut_through = false;  // At least one is handed on at once.
};

// Of an envelope whose recipients are the client's. ResourceExhausted if
// aliases make more than 10000 of them (ours).
//
// NOTIFY and ORCPT of an alias with one mailbox pass on to it; of one with
// several, success is told once, as an expansion (RFC 3461, 5.2.7). The alias
// stays known as spool::Recipient::named.
absl::StatusOr<Addressees> FindAddressees(const Routing& routing,
                                          const spool::Envelope& envelope);

// The recipients, by index, whose mailboxes have had this message before, as
// Delivered-To says. The work grows with the fields and with the recipients, and
// not with their product.
std::vector<size_t> FindLooping(
    const message::HeaderScanner& header,
    const std::vector<spool::Recipient>& recipients);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_ADDRESSEES_H_
