// make_governor.h: who bounds what this server sends by itself? (R24)
//
//   std::shared_ptr<policy::Governor> governor =
//       MakeGovernor(settings, before, clock.Now());

#ifndef MAILCORE_SERVER_SNAPSHOT_MAKE_GOVERNOR_H_
#define MAILCORE_SERVER_SNAPSHOT_MAKE_GOVERNOR_H_

#include <memory>

#include "absl/time/time.h"
#include "mailcore/policy/governor.h"
#include "mailcore/server/config/settings.h"

namespace mailsec::server {

// A governor as `settings`, which are without errors, want it. It goes on with
// the bounds of `before`, the governor before a reload; null: there was none,
// and the bounds are new and have a random seed.
// Thread safety: a pure function but for the seed.
std::shared_ptr<policy::Governor> MakeGovernor(const Settings& settings,
                                               const policy::Governor* before,
                                               absl::Time now);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_MAKE_GOVERNOR_H_
