// recording_event_sink.h: which events were recorded?
//
//   RecordingEventSink events;
//   ...
//   EXPECT_EQ(events.Count("policy.relay_refused"), 1);

#ifndef MAILCORE_TESTING_RECORDING_EVENT_SINK_H_
#define MAILCORE_TESTING_RECORDING_EVENT_SINK_H_

#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailcore/base/event.h"

namespace mailsec {

// Thread safety: all methods may run concurrently.
class RecordingEventSink : public base::EventSink {
 public:
  void Record(const base::Event& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(event);
  }

  // All so far, in the order in which they were recorded.
  std::vector<base::Event> events() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return events_;
  }

  // How many there were of one type.
  int Count(absl::string_view id) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    int count = 0;
    for (const base::Event& event : events_) count += event.type().id == id;
    return count;
  }

  // The lines that a log would hold.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const base::Event& event : events())
      lines.push_back(base::FormatEvent(event));
    return lines;
  }

  void Clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<base::Event> events_;
};

}  // namespace mailsec

#endif  // MAILCORE_TESTING_RECORDING_EVENT_SINK_H_
