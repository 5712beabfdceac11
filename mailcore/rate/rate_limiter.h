// rate_limiter.h: may this key act again now?
//
// A token bucket for each key: `burst` at once, then one every `interval`.
// Bounded memory: 16 octets a key; keys whose bucket is full again are
// forgotten, and when there is room for no other key the answer is no.
//
//   RateLimiter limiter({.burst = 10, .interval = absl::Minutes(6)});
//   if (!limiter.Take("bob@example.com", clock.Now()).allowed) ...

#ifndef MAILCORE_RATE_RATE_LIMITER_H_
#define MAILCORE_RATE_RATE_LIMITER_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::rate {

// Thread safety: all methods may run concurrently.
class RateLimiter {
 public:
  struct Options {
    uint32_t burst = 10;                         // 1 to 1000000.
    absl::Duration interval = absl::Minutes(6);  // Until one more is allowed.
    size_t max_keys = 1000000;
  };
  struct Answer {
    bool allowed = false;
    uint32_t left = 0;           // How many more now, after this one.
    absl::Duration retry_after;  // If not allowed: until one is.
  };

  explicit RateLimiter(Options options);

  // Takes one if there is one. The clock may jump back: a key is then not
  // punished for longer than burst * interval.
  Answer Take(absl::string_view key, absl::Time now);
  // The same without taking.
  Answer Peek(absl::string_view key, absl::Time now) const;
  // Gives one back that was taken for something that did not happen.
  void Return(absl::string_view key, absl::Time now);

  size_t keys() const;  // Kept now.

  // For a restart: everything that is not full, as octets; and back. Load()
  // replaces all; DataLoss if `octets` are not what Save() made.
  std::string Save(absl::Time now) const;
  absl::Status Load(absl::string_view octets);
};

}  // namespace mailsec::rate

#endif  // MAILCORE_RATE_RATE_LIMITER_H_
