// snapshot.h: what does the configuration in force decide?
//
// A Snapshot holds the settings and everything that is built from them: who may
// send, who exists, where mail goes, what is scanned, and what the server may
// send by itself. It is built in one function, is never changed, and is put in
// force as a whole (Current<Snapshot>). Whoever begins a piece of work (a
// message, an attempt, a tick) takes the snapshot in force and keeps it to the
// end of that work.
//
//   std::vector<ConfigError> errors;
//   std::shared_ptr<const Snapshot> next =
//       BuildSnapshot(settings, parts, {.before = before}, &errors);
//   if (next != nullptr) current.Set(next);

#ifndef MAILCORE_SERVER_SNAPSHOT_SNAPSHOT_H_
#define MAILCORE_SERVER_SNAPSHOT_SNAPSHOT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/receipt.h"
#include "mailcore/autoreply/srs_table.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/notify/alarm_mail.h"
#include "mailcore/policy/acceptance_policy.h"
#include "mailcore/policy/governor.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/policy/recipient_verifier.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/route/forward_table.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/runtime/parts.h"
#include "mailcore/server/snapshot/local_directory.h"
#include "mailcore/server/snapshot/notifier_settings.h"
#include "mailcore/server/snapshot/outbox_options.h"
#include "mailcore/server/snapshot/own_addresses.h"
#include "mailcore/server/snapshot/routing.h"
#include "mailcore/server/snapshot/scanning.h"
#include "mailcore/server/snapshot/session_settings.h"
#include "mailcore/spool/retry_schedule.h"

namespace mailsec::server {

// Thread safety: immutable once shared; what it points to allows concurrent
// calls.
struct Snapshot {
  Settings settings;

  // How mail comes in.
  std::vector<SessionSettings> sessions;  // One for each of settings.listeners.
  std::shared_ptr<LocalDirectory> directory;  // For local and relay domains.
  std::unique_ptr<policy::LiveMxAuthority> live_mx;  // May be null.
  // Asks next hops; null: nobody does. `verifier` remembers its answers.
  std::unique_ptr<policy::RecipientVerifier> asked_verifier;
  std::unique_ptr<policy::CachingVerifier> verifier;
  std::unique_ptr<policy::AcceptancePolicy> acceptance;
  bool may_block = false;  // `acceptance` asks the DNS or a next hop.
  // `acceptance` asks about the mail of clients that may send to anyone:
  // whether the recipient's domain has a mail server.
  bool may_block_for_ours = false;
  std::shared_ptr<Scanning> scanning;

  // Where mail goes.
  std::shared_ptr<const Routing> routing;
  spool::RetrySchedule schedule;
  OutboxOptions outbox;

  // What the server sends by itself.
  std::shared_ptr<policy::Governor> governor;  // It bounds all of that (R24).
  NotifierSettings notifier;
  route::ForwardTable forwards;
  OwnAddresses own_addresses;
  // BuildSnapshot() sets all three.
  std::optional<notify::AlarmMailOptions> alarm_mail;
  std::optional<autoreply::Autoresponder> responder;
  std::optional<autoreply::ReceiptPolicy> receipts;
};

// What a snapshot is made from beside settings and parts. Any of it may be
// missing, as when a configuration is only checked.
struct SnapshotSources {
  // The snapshot that the new one follows: its governor's bounds go on.
  std::shared_ptr<const Snapshot> before = nullptr;
  // Makes what asks next hops about recipients.
  std::function<std::unique_ptr<policy::RecipientVerifier>(
      std::shared_ptr<const Routing>)>
      make_verifier = nullptr;
  std::vector<ip::IpAddress> own_addresses = {};  // What the interfaces have.
  std::vector<policy::Scanner*> scanners = {};  // Asked before configured ones.
  // Once it is true, configured scanners cannot tell any more (scanning.h).
  const std::atomic<bool>* scans_stopped = nullptr;
  autoreply::SrsTable* srs_table = nullptr;  // Holds long rewritten senders.
};

// Reads the files that `settings` name (recipients, aliases, forwards, secrets)
// and builds all of the snapshot. `settings` are without errors. Every error is
// added to `errors`, those in a file with its line and column; null after one.
// All that `parts` and `sources` point to must outlive the result. Blocks on
// the disk. Thread safety: pure but for the files and random seeds.
std::shared_ptr<const Snapshot> BuildSnapshot(const Settings& settings,
                                              const Parts& parts,
                                              const SnapshotSources& sources,
                                              std::vector<ConfigError>* errors);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_SNAPSHOT_H_
