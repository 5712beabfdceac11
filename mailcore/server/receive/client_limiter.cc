#include "mailcore/server/receive/client_limiter.h"

#include <array>

namespace mailsec::server {
namespace {

using ip::IpAddress;

IpAddress ClientKey(const IpAddress& client) {
  if (client.is_v4()) return client;
  std::array<uint8_t, 16> octets = client.ToV6Octets();
  for (size_t i = 8; i < octets.size(); ++i) octets[i] = 0;
  return IpAddress::FromV6(octets);
}

}  // namespace

std::optional<ClientLimiter::Ticket> ClientLimiter::Admit(
    const IpAddress& client, bool exempt) {
  const IpAddress key = ClientKey(client);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (open_ >= max_connections_) return std::nullopt;
  size_t& of_client = by_client_[key];
  if (!exempt && of_client >= max_per_client_) return std::nullopt;
  ++of_client;
  ++open_;
  return Ticket(this, key);
}

void ClientLimiter::SetLimits(size_t max_connections, size_t max_per_client) {
  const std::lock_guard<std::mutex> lock(mutex_);
  max_connections_ = max_connections;
  max_per_client_ = max_per_client;
}

void ClientLimiter::Leave(const IpAddress& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  --open_;
  const auto it = by_client_.find(key);
  if (--it->second == 0) by_client_.erase(it);
}

}  // namespace mailsec::server
