// outbox_options.h: how many messages may be under way to next hops at once?
//
//   const OutboxOptions options = MakeOutboxOptions(settings.retry);

#ifndef MAILCORE_SERVER_SNAPSHOT_OUTBOX_OPTIONS_H_
#define MAILCORE_SERVER_SNAPSHOT_OUTBOX_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"
#include "mailcore/route/pace.h"
#include "mailcore/server/config/route_settings.h"

namespace mailsec::server {

// The options of an Outbox (deliver/outbox.h). Thread safety: a value.
struct OutboxOptions {
  route::Pace::Options pace;
  // Connections in all, to next hops that take mail and to others; see Slots.
  size_t max_connections = 100;
  size_t max_unproven = 500;
  // Messages that may wait for next hops that take mail, all together. One of
  // these hops gets as much as it leaves free for others: half of it alone, a
  // third beside another one that has as much. Ours.
  size_t max_waiting = 1000;
  // Messages that may wait for all others together. Ours.
  size_t max_held = 500;
  absl::Duration idle_time = absl::Seconds(2);  // Until QUIT. Ours.
  size_t max_messages = 1000;                   // Over one connection. Ours.
  absl::Duration max_age = absl::Minutes(5);    // Of a connection. Ours.

  // Messages that wait for next hops or are on their way to them, at most.
  size_t MaxUnderWay() const {
    return max_connections + max_unproven + max_waiting + max_held;
  }
};

// Thread safety: a pure function.
OutboxOptions MakeOutboxOptions(const RetrySettings& retry);

}  // namespace mailsec::server

#endif  // MAILCORE_SERVER_SNAPSHOT_OUTBOX_OPTIONS_H_
