#include "mailcore/server/receive/refusal_ledger.h"

#include <algorithm>

#include "mailcore/server/receive/client_network.h"

namespace mailsec::server {
namespace {

constexpr uint64_t kPerBadCommand = 100;

}  // namespace

uint64_t RefusalLedger::Left(const Account& account, size_t max_bad_commands,
                             absl::Duration uptime) {
  const uint64_t budget = kPerBadCommand * max_bad_commands;
  const uint64_t spent = std::min(account.spent, budget);
  const double recovered = absl::FDivDuration(uptime - account.at, kRecovery) *
                           static_cast<double>(budget);
  if (recovered >= static_cast<double>(spent)) return 0;
  return spent - static_cast<uint64_t>(std::max(recovered, 0.0));
}

uint64_t RefusalLedger::Spent(const ip::IpAddress& client,
                              size_t max_bad_commands,
                              absl::Duration uptime) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = accounts_.find(ClientNetwork(client));
  return found == accounts_.end()
             ? 0
             : Left(found->second, max_bad_commands, uptime);
}

void RefusalLedger::Add(const ip::IpAddress& client, int64_t amount,
                        size_t max_bad_commands, absl::Duration uptime) {
  const ip::IpAddress network = ClientNetwork(client);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = accounts_.find(network);
  if (found == accounts_.end()) {
    if (amount <= 0) return;
    if (accounts_.size() >= max_networks_) Sweep(max_bad_commands, uptime);
    if (accounts_.size() >= max_networks_) return;
    found = accounts_.emplace(network, Account{.spent = 0, .at = uptime}).first;
  }
  const auto left =
      static_cast<int64_t>(Left(found->second, max_bad_commands, uptime)) +
      amount;
  if (left <= 0) {
    accounts_.erase(found);
    return;
  }
  found->second = {.spent = std::min(static_cast<uint64_t>(left),
                                     kPerBadCommand * max_bad_commands),
                   .at = uptime};
}

void RefusalLedger::Sweep(size_t max_bad_commands, absl::Duration uptime) {
  if (uptime - swept_ < absl::Minutes(1)) return;
  swept_ = uptime;
  absl::erase_if(accounts_, [&](const auto& account) {
    return Left(account.second, max_bad_commands, uptime) == 0;
  });
}

size_t RefusalLedger::networks() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return accounts_.size();
}

}  // namespace mailsec::server
