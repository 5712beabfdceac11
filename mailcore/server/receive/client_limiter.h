// client_limiter.h: are there too many connections from this client?
//
// Counts open connections in all and by client network (client_network.h).
//
//   ClientLimiter limiter;
//   std::optional<ClientLimiter::Ticket> ticket =
//       limiter.Admit(ip, {.all = 20000, .of_client = 50});
//   if (!ticket) return smtp::Reply(421, {4, 7, 0}, "Too many connections");

#ifndef MAILCORE_SERVER_RECEIVE_CLIENT_LIMITER_H_
#define MAILCORE_SERVER_RECEIVE_CLIENT_LIMITER_H_

#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "mailcore/ip/ip_address.h"

namespace mailsec::server {

// Thread safety: all methods may be called concurrently.
class ClientLimiter {
 public:
  // How many connections may be open, this one included.
  // Thread safety: a value.
  struct Limits {
    size_t all = std::numeric_limits<size_t>::max();
    size_t of_client = std::numeric_limits<size_t>::max();
  };

  // A connection's place; gives it back when destroyed. The limiter must
  // outlive it. Thread safety: a value that can only be moved.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : limiter_(std::exchange(other.limiter_, nullptr)), key_(other.key_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (limiter_ != nullptr) limiter_->Leave(key_);
    }

    // Gives the place to `client`, for whom a proxy speaks. False, and nothing
    // has changed, if it would have more places than `limits` allow.
    bool MoveTo(const ip::IpAddress& client, const Limits& limits);

   private:
    friend class ClientLimiter;
    Ticket(ClientLimiter* limiter, const ip::IpAddress& key)
        : limiter_(limiter), key_(key) {}
    ClientLimiter* limiter_;
    ip::IpAddress key_;
  };

  // Nothing if there would be more than `limits` allow. The limits may differ
  // from call to call, as after a reload; the counts stay.
  std::optional<Ticket> Admit(const ip::IpAddress& client,
                              const Limits& limits);

 private:
  void Leave(const ip::IpAddress& key);
  // These want the mutex to be held.
  bool Enter(const ip::IpAddress& key, const Limits& limits);
  void LeaveLocked(const ip::IpAddress& key);

  std::mutex mutex_;  // Guards what follows.
  size_t open_ = 0;
  absl::flat_hash_map<ip::IpAddress, size_t> by_client_;
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RECEIVE_CLIENT_LIMITER_H_
