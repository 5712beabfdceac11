#include "bindings/python/logging_sink.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/exception_text.h"
#include "bindings/python/gil.h"
#include "bindings/python/override.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using base::Event;
using base::Severity;

// The levels of the module logging.
constexpr int kWarningLevel = 30;

int LevelOf(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return 10;  // DEBUG
    case Severity::kInfo:
    case Severity::kNotice:
      return 20;  // INFO
    case Severity::kWarning:
      return kWarningLevel;
    case Severity::kAlarm:
      return 40;  // ERROR
  }
  return kWarningLevel;
}

// "mail.accepted id=2QK9 client=192.0.2.1", log-safe.
std::string TextOf(const Event& event) {
  std::string text = event.type().id;
  for (const auto& [key, value] : event.fields()) {
    absl::StrAppend(&text, " ", key, "=", base::LogSafe(value));
  }
  return text;
}

// What a logging.Handler finds in the record beside its message.
py::dict ExtraOf(const Event& event) {
  py::dict fields;
  for (const auto& [key, value] : event.fields()) {
    fields[key] = py::cast(absl::string_view(value));
  }
  py::dict extra;
  extra["event"] = event.type().id;
  extra["event_severity"] = py::cast(base::SeverityName(event.type().severity));
  extra["event_class"] = py::cast(base::LogClassName(event.type().log_class));
  extra["event_requirement"] = event.type().requirement;
  extra["event_fields"] = fields;
  return extra;
}

// Whatever a logging.Handler raises is reported.
void Write(const py::object& logger, int level, const std::string& text,
           const py::dict& extra) {
  py::dict named;
  named["extra"] = extra;
  const py::object log = logger.attr("log");
  const py::tuple arguments = py::make_tuple(level, "%s", text);
  PyObject* const done = EnterInterpreter(
      [&] { return PyObject_Call(log.ptr(), arguments.ptr(), named.ptr()); });
  if (done == nullptr) throw py::error_already_set();
  Py_DECREF(done);
}

}  // namespace

LoggingSink::LoggingSink(const py::object& logger, base::EventSink* next)
    : logger_(Share(logger)), next_(next), thread_([this] { Work(); }) {}

LoggingSink::~LoggingSink() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LoggingSink::Record(const Event& event) {
  if (next_ != nullptr) next_->Record(event);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) {
      ++dropped_;
      return;
    }
    waiting_.push_back(event);
  }
  wake_.notify_one();
}

void LoggingSink::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::deque<Event> batch = std::exchange(waiting_, {});
    const size_t dropped = std::exchange(dropped_, 0);
    lock.unlock();
    for (const Event& event : batch) Log(event);
    if (dropped > 0) LogDropped(dropped);
    lock.lock();
  }
}

void LoggingSink::Log(const Event& event) {
  const GilAcquire gil;
  try {
    Write(*logger_, LevelOf(event.type().severity), TextOf(event),
          ExtraOf(event));
  } catch (...) {
    ReportException("logger");
  }
}

void LoggingSink::LogDropped(size_t count) {
  const GilAcquire gil;
  try {
    Write(*logger_, kWarningLevel, absl::StrCat("log.dropped events=", count),
          py::dict());
  } catch (...) {
    ReportException("logger");
  }
}

}  // namespace mailsec::python
