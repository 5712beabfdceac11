#include "mailcore/server/deliver/store_watch.h"

#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {

using base::Event;

void StoreWatch::Saw(absl::string_view path, const absl::Status& status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool changed =
        status.ok() ? faulty_.erase(path) > 0 : faulty_.emplace(path).second;
    if (!changed) return;
  }
  if (status.ok()) {
    events_->Record(
        Event(events::kStoreWorks, clock_->Now()).With("file", path));
  } else {
    events_->Record(Event(events::kStoreFault, clock_->Now())
                        .With("file", path)
                        .With("error", status.message()));
  }
}

}  // namespace mailsec::server
