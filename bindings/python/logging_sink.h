// logging_sink.h: how do the events of a server come into Python's logging?
//
// From a thread of its own: whoever records an event waits neither for the GIL
// nor for what a logging.Handler does. When events come faster than they can be
// logged, the newest are dropped and counted, and the count is logged as soon as
// there is room.
//
//   LoggingSink sink(logger, nullptr);
//   server::Server::Start(settings, {.events = &sink});

#ifndef BINDINGS_PYTHON_LOGGING_SINK_H_
#define BINDINGS_PYTHON_LOGGING_SINK_H_

#include <pybind11/pybind11.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "mailcore/base/event.h"

namespace mailsec::python {

// Thread safety: all methods may run concurrently, without the GIL.
class LoggingSink : public base::EventSink {
 public:
  // Events that wait to be logged; more are dropped. Ours.
  static constexpr size_t kMaxWaiting = 10000;

  // `logger` is a logging.Logger. `next` gets every event too; it is not owned
  // and must outlive this; null: nobody does. The GIL is held.
  LoggingSink(const pybind11::object& logger, base::EventSink* next);
  // Logs what waits. The GIL is not held.
  ~LoggingSink() override;

  void Record(const base::Event& event) override;

 private:
  void Work();
  void Log(const base::Event& event);
  void LogDropped(size_t count);

  const std::shared_ptr<pybind11::object> logger_;
  base::EventSink* const next_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable wake_;
  std::deque<base::Event> waiting_;
  size_t dropped_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_LOGGING_SINK_H_
