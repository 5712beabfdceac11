// kept_connections.h: is there a connection that can be used again?
//
//   std::optional<KeptConnection> kept = pool.Take();
//   if (kept) pool.Give(*std::move(kept));  // After a whole answer only.

#ifndef MAILCORE_IO_KEPT_CONNECTIONS_H_
#define MAILCORE_IO_KEPT_CONNECTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mailcore/io/deadline_socket.h"

namespace mailsec::io {

// A connection and how often it was used. Thread safety: none.
struct KeptConnection {
  DeadlineSocket socket;
  uint32_t uses = 0;
};

// Thread safety: all methods may run concurrently.
class KeptConnections {
 public:
  // Keeps at most `max` of them, each no longer than `keep` without use.
  KeptConnections(size_t max, absl::Duration keep)
      : max_(max), keep_(absl::ToChronoMilliseconds(keep)) {}

  // The one that was used last, if it is young enough and its peer has neither
  // closed it nor said anything. The caller must be ready for one that is
  // stale all the same.
  std::optional<KeptConnection> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    while (!idle_.empty()) {
      Idle last = std::move(idle_.back());
      idle_.pop_back();
      if (now - last.since > keep_) {
        idle_.clear();  // The others are older.
      } else if (!last.connection.socket.HasInput()) {
        return std::move(last.connection);
      }
    }
    return std::nullopt;
  }

  void Give(KeptConnection connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.size() >= max_) return;
    idle_.push_back({std::move(connection), std::chrono::steady_clock::now()});
  }

 private:
  struct Idle {
    KeptConnection connection;
    std::chrono::steady_clock::time_point since;
  };
  const size_t max_;
  const std::chrono::milliseconds keep_;
  std::mutex mutex_;  // Guards what follows.
  std::vector<Idle> idle_;
};

}  // namespace mailsec::io

#endif  // MAILCORE_IO_KEPT_CONNECTIONS_H_
