#include "mailcore/server/receive/client_limiter.h"

#include "mailcore/server/receive/client_network.h"

namespace mailsec::server {

using ip::IpAddress;

std::optional<ClientLimiter::Ticket> ClientLimiter::Admit(
    const IpAddress& client, const Limits& limits) {
  const IpAddress key = ClientNetwork(client);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (open_ >= limits.all || !Enter(key, limits)) return std::nullopt;
  ++open_;
  return Ticket(this, key);
}

bool ClientLimiter::Ticket::MoveTo(const IpAddress& client,
                                   const Limits& limits) {
  const IpAddress key = ClientNetwork(client);
  const std::lock_guard<std::mutex> lock(limiter_->mutex_);
  if (key == key_) return true;
  if (!limiter_->Enter(key, limits)) return false;
  limiter_->LeaveLocked(key_);
  key_ = key;
  return true;
}

bool ClientLimiter::Enter(const IpAddress& key, const Limits& limits) {
  const auto it = by_client_.find(key);
  const size_t of_client = it == by_client_.end() ? 0 : it->second;
  if (of_client >= limits.of_client) return false;
  by_client_[key] = of_client + 1;
  return true;
}

void ClientLimiter::LeaveLocked(const IpAddress& key) {
  const auto it = by_client_.find(key);
  if (--it->second == 0) by_client_.erase(it);
}

void ClientLimiter::Leave(const IpAddress& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  --open_;
  LeaveLocked(key);
}

}  // namespace mailsec::server
