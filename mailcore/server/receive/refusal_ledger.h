// refusal_ledger.h: how much has this client been refused, over its sessions?
//
// Each session has a budget of refusals (smtp::RefusalBudget). Whoever begins a
// new one for each few guesses would always be within it; so what the sessions
// of one client network have spent is added up, and each new session begins
// with that. What is spent is given back over an hour.
//
//   RefusalLedger ledger;
//   uint64_t before = ledger.Spent(ip, max_bad_commands, uptime);
//   // Of ServerOptions::refusals_before; and while that session goes on:
//   ledger.Add(ip, session.TakeRefusalsSpent(), max_bad_commands, uptime);

#ifndef MAILCORE_SERVER_RECEIVE_REFUSAL_LEDGER_H_
#define MAILCORE_SERVER_RECEIVE_REFUSAL_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::server {

// Amounts are hundredths of a bad command. `max_bad_commands` is the budget of
// one session: so much is kept of a network at most, and so much is given back
// in kRecovery; it may differ from call to call, as after a reload. `uptime` is
// Clock::Uptime().
//
// Thread safety: all methods may be called concurrently.
class RefusalLedger {
 public:
  static constexpr absl::Duration kRecovery = absl::Hours(1);  // Ours.
  // Networks that are remembered: some 8 MiB. Of those that come when it is
  // full, each session stands alone, until others have recovered. Ours.
  static constexpr size_t kMaxNetworks = 100000;

  explicit RefusalLedger(size_t max_networks = kMaxNetworks)
      : max_networks_(max_networks) {}

  // What the network of `client` has spent and not been given back.
  uint64_t Spent(const ip::IpAddress& client, size_t max_bad_commands,
                 absl::Duration uptime) const;

  // Adds `amount`, which is negative for what is forgiven.
  void Add(const ip::IpAddress& client, int64_t amount, size_t max_bad_commands,
           absl::Duration uptime);

  size_t networks() const;  // Remembered now.

 private:
  struct Account {
    uint64_t spent = 0;
    absl::Duration at;  // The uptime of that.
  };
  static uint64_t Left(const Account& account, size_t max_bad_commands,
                       absl::Duration uptime);
  // Mutex held. Forgets who has recovered; at most once a minute.
  void Sweep(size_t max_bad_commands, absl::Duration uptime);

  const size_t max_networks_;
  mutable std::mutex mutex_;  // Guards what follows.
  absl::flat_hash_map<ip::IpAddress, Account> accounts_;
  absl::Duration swept_ = -absl::InfiniteDuration();
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_REFUSAL_LEDGER_H_
