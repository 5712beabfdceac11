// host_health.h: which of these hosts is worth asking first?
//
// It remembers, for each host, when it failed last and how often in a row. A
// host that failed a moment ago comes after those that did not, and gets its
// place back after a pause; all others keep their order of preference (RFC
// 5321, 5.1). It knows names and times only; a restart forgets them.
//
//   HostHealth health({});
//   const std::vector<std::string> keys = {"192.0.2.1:25", "192.0.2.2:25"};
//   for (const size_t i : health.Order(keys, uptime)) {
//     if (Ask(keys[i])) {
//       health.Worked(keys[i]);
//       break;
//     }
//     health.Failed(keys[i], uptime);
//   }

#ifndef MAILCORE_ROUTE_HOST_HEALTH_H_
#define MAILCORE_ROUTE_HOST_HEALTH_H_

#include <cstddef>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mailsec::route {

// Thread safety: none; belongs to one thread.
class HostHealth {
 public:
  struct Options {
    // How long a host that failed stands behind the others; doubled with each
    // further failure in a row. Ours: a host that is down costs one attempt in
    // a minute at first, and two in an hour in the end.
    absl::Duration first_pause = absl::Minutes(1);
    absl::Duration longest_pause = absl::Minutes(30);
    // Hosts with a failure kept in memory, about 200 octets each; above that
    // the oldest failure is forgotten. Ours.
    size_t max_hosts = 20000;
  };
  // In which order hosts that failed come.
  enum class Search {
    // A host of the list works: one that failed gets its place back after its
    // pause.
    kUsual,
    // None of the list was found to work yet: first all that have no failure,
    // then the others, the longest ago first, so that each one gets its turn
    // however many attempts that takes.
    kGoesOn,
  };

  explicit HostHealth(Options options) : options_(options) {}
  HostHealth(const HostHealth&) = delete;
  HostHealth& operator=(const HostHealth&) = delete;

  // The indices of `keys` in the order to be asked in.
  std::vector<size_t> Order(const std::vector<std::string>& keys,
                            absl::Duration uptime,
                            Search search = Search::kUsual) const;

  void Failed(absl::string_view key, absl::Duration uptime);
  void Worked(absl::string_view key);

  // Failures in a row; 0 if there is none, or it is forgotten.
  int failures(absl::string_view key) const;

 private:
  struct State {
    std::list<std::string>::iterator place;  // In by_age_.
    absl::Duration failed_at;                // An uptime.
    int failures = 0;
  };

  const State* Find(absl::string_view key) const;  // Null: no failure.
  absl::Duration Pause(const State& state) const;

  const Options options_;
  absl::flat_hash_map<std::string, State> states_;
  std::list<std::string> by_age_;  // The oldest failure first.
};

}  // namespace mailsec::route

#endif  // MAILCORE_ROUTE_HOST_HEALTH_H_
