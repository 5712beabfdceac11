// stats.h: how much did the server do?

#ifndef MAILCORE_SERVER_RUNTIME_STATS_H_
#define MAILCORE_SERVER_RUNTIME_STATS_H_

#include <atomic>
#include <cstdint>

namespace mailsec::server {

// Counts since the start. Thread safety: each field by itself.
struct Stats {
  std::atomic<uint64_t> connections = 0;  // Open now.
  std::atomic<uint64_t> accepted = 0;     // Messages, durably.
  std::atomic<uint64_t> refused = 0;      // Commands, by policy.
  std::atomic<uint64_t> delivered = 0;    // Recipients.
  // Recipients whose failure or delay was told to the sender (R17), and those
  // held because two hops disagree (R19).
  std::atomic<uint64_t> notified = 0;
  std::atomic<uint64_t> contradictions = 0;
  std::atomic<uint64_t> content_refused = 0;  // Messages, by the scanners.
  std::atomic<uint64_t> automatic = 0;  // Absence notices, receipts, forwards.
};

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_RUNTIME_STATS_H_
