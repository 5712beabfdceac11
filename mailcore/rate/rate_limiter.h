// rate_limiter.h: may this key act again now?
//
// Each key has a token bucket: `burst` at once, then one every `interval`. The
// memory is bounded: keys whose bucket is full again are forgotten, and when
// there is no room for another key the answer is no. Forgotten keys are looked
// for piece by piece, so that no call takes long; a table that was full may
// therefore refuse a new key for some calls more.
//
//   RateLimiter limiter({.burst = 10, .interval = absl::Minutes(6)});
//   if (!limiter.Take("bob@example.com", clock.Now()).allowed) GiveUp();
//
// A bucket is one number: the time at which it is full again. Taking one moves
// that time on by `interval`, from now if it has passed; it may never be more
// than burst * interval away. (ATM's generic cell rate algorithm, ITU-T
// I.371.) A key is kept as 64 bits of its SipHash, so two keys share a bucket
// with a chance of 1 in 2^64 for each pair; 16 octets in all, in a table that
// is at most three quarters full: a million keys take 32 MiB.

#ifndef MAILCORE_RATE_RATE_LIMITER_H_
#define MAILCORE_RATE_RATE_LIMITER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailcore/base/string_view.h"

namespace mailsec::rate {

// Thread safety: all methods may run concurrently.
class RateLimiter {
 public:
  // What lies outside its bounds becomes the nearest value inside. All ours.
  struct Options {
    uint32_t burst = 10;  // 1 to 1000000.
    // Until one more is allowed; 1 microsecond to 30 days.
    absl::Duration interval = absl::Minutes(6);
    size_t max_keys = 1000000;  // 1 to 2^32.
    // The hash's secret. Give random octets wherever strangers choose the
    // keys: a stranger who knows it can choose keys that slow each other down.
    std::array<uint64_t, 2> seed = {};
  };
  struct Answer {
    bool allowed = false;
    uint32_t left = 0;                // How many more now, after this one.
    absl::Duration retry_after = {};  // If not allowed: until one is.
  };

  explicit RateLimiter(Options options);

  // Takes one if there is one. The clock may jump back: a key is then not
  // punished for longer than burst * interval, and never given more than the
  // time that the clock shows is worth.
  Answer Take(base::StringView key, absl::Time now);
  // The same without taking.
  Answer Peek(base::StringView key, absl::Time now) const;
  // Gives one back that was taken for something that did not happen.
  void Return(base::StringView key, absl::Time now);

  size_t keys() const;           // Kept now.
  size_t memory_octets() const;  // The size of the table now.
  // The options in force, each inside its bounds.
  uint32_t burst() const { return burst_; }
  absl::Duration interval() const { return absl::Microseconds(interval_); }
  // The options of both allow the same, whatever their seeds are.
  bool HasSameBound(const RateLimiter& other) const {
    return burst_ == other.burst_ && interval_ == other.interval_ &&
           max_keys_ == other.max_keys_;
  }

  // For a restart: everything that is not full, as octets; and back. Load()
  // replaces all, the seed too, and keeps no more than `max_keys`; DataLoss,
  // and nothing changed, if `octets` are not what Save() made. The octets hold
  // the seed: keep them from other readers.
  std::string Save(absl::Time now) const;
  absl::Status Load(base::StringView octets);
  // True if Load() would take `octets`.
  static absl::Status Check(base::StringView octets);

 private:
  // Times are microseconds since 1970.
  struct Bucket {
    uint64_t hash = 0;    // 0: an empty place.
    int64_t full_at = 0;  // When nothing of it is used any more.
  };

  uint64_t Hash(absl::string_view key) const;
  // The key's bucket, or the empty place where it belongs.
  size_t Place(uint64_t hash) const;
  Bucket* Find(uint64_t hash, int64_t now) const;
  Answer AnswerFor(int64_t used) const;
  bool MakeRoom(int64_t now);
  void Insert(uint64_t hash, int64_t full_at);
  void Erase(size_t place);
  void Sweep(size_t places, int64_t now);
  void Resize(size_t places);

  const uint32_t burst_;
  const int64_t interval_;
  const size_t max_keys_;

  mutable std::mutex mutex_;  // Guards all below.
  std::array<uint64_t, 2> seed_;
  // Open addressing, linear probing; its size is a power of two. Mutable: a
  // look corrects a bucket that a clock which jumped back left in the future.
  mutable std::vector<Bucket> buckets_;
  size_t keys_ = 0;
  size_t hand_ = 0;  // Where Sweep() goes on.
};

}  // namespace mailsec::rate

#endif  // MAILCORE_RATE_RATE_LIMITER_H_
