// pace.h: how many connections may each destination have, and when again?
//
// A destination has one connection until it has greeted us. Then concurrency
// grows with its good answers and shrinks with bad ones; one that cannot be
// reached is left alone for a while, then asked by one connection at a time.
// Pace knows numbers only; the caller passes the time.
//
//   Pace::Permit permit = pace.Ask(key, uptime);
//   if (permit.go) {
//     pace.Started(key);
//     if (Connect()) pace.Greeted(key);
//     pace.Ended(key, Send(), uptime);
//   }

#ifndef MAILCORE_ROUTE_PACE_H_
#define MAILCORE_ROUTE_PACE_H_

#include <cstddef>
#include <list>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::route {

// Thread safety: none; belongs to one thread.
class Pace {
 public:
  struct Options {
    // All ours.
    size_t initial = 5;  // Connections, once it has greeted.
    size_t max = 20;     // To one destination.
    // After a connection that failed, doubled with each further one in a row.
    absl::Duration first_pause = absl::Seconds(30);
    absl::Duration longest_pause = absl::Minutes(30);
    // Kept in memory. Above that the one that has been idle longest is
    // forgotten; those with connections never are.
    size_t max_destinations = 100000;
  };
  enum class Result {
    // It took or refused messages as it should: `limit` of these in a row
    // raise the limit by one.
    kGood,
    // 421, or 4yz to the connection itself: too much at once. Halves the
    // limit; where one was too many, there is a pause.
    kBusy,
    // Could not be reached, or broke off. A pause, and then one at a time
    // until one is good.
    kFailed,
  };
  // How a destination has behaved.
  enum class Standing {
    kNew,
    kProven,  // It has greeted, and has not failed since.
    kFailed,  // The last thing that it did was to fail.
  };
  struct Permit {
    bool go = false;
    // If it is suspended: when to ask again (an uptime). Zero if it is only
    // at its limit: ask when one of its connections has ended.
    absl::Duration not_before = absl::ZeroDuration();
  };

  explicit Pace(Options options);
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  Permit Ask(absl::string_view key, absl::Duration uptime) const;
  void Started(absl::string_view key);
  // One of its connections is ready for mail.
  void Greeted(absl::string_view key);
  void Ended(absl::string_view key, Result result, absl::Duration uptime);

  // Ends all pauses, as an operator wants everything tried now.
  void ForgetPauses();
  // Pauses that have begun stay as long as they were.
  void SetOptions(Options options);

  Standing standing(absl::string_view key) const;
  size_t limit(absl::string_view key) const;   // At once, now.
  size_t active(absl::string_view key) const;  // Connections, now.

 private:
  struct State {
    size_t active = 0;
    double limit = 1;
    bool proven = false;
    int failures = 0;  // In a row.
    absl::Duration suspended_until;
    std::optional<std::list<std::string>::iterator> idle;  // In idle_.
  };

  static size_t Limit(const State& state);
  const State* Find(absl::string_view key) const;  // Null if unknown.
  State& Use(absl::string_view key);
  void Suspend(State& state, absl::Duration uptime);
  void DropOldest();

  Options options_;
  absl::flat_hash_map<std::string, State> states_;
  std::list<std::string> idle_;  // Without connections, the oldest first.
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_PACE_H_
