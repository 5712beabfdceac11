#include "mailcore/server/snapshot/outbox_options.h"

#include <algorithm>

namespace mailsec::server {

OutboxOptions MakeOutboxOptions(const RetrySettings& retry) {
  OutboxOptions options;
  options.pace.max = retry.concurrency_per_destination;
  options.pace.first_pause =
      std::min(options.pace.first_pause, retry.schedule.first);
  options.max_connections = retry.concurrency;
  return options;
}

}  // namespace mailsec::server
