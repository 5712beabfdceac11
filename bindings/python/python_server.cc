#include "bindings/python/python_server.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/logging_sink.h"
#include "bindings/python/python_handler.h"
#include "bindings/python/status.h"
#include "mailcore/io/event_log.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using server::Settings;

// How often a wait looks whether a signal came. Ours.
constexpr absl::Duration kLookTime = absl::Milliseconds(50);

}  // namespace

// All of one server. Shared by its Python object, the thread that stops it, and
// the list of all, which keeps it for ever in a process that was forked: there
// is no thread to end it.
class PythonServer::Core {
 public:
  // The GIL is held.
  explicit Core(const Wishes& wishes) : loop_(Share(wishes.loop)) {
    for (const py::object& scanner : wishes.scanners) {
      scanners_.push_back(Share(scanner));
      options_.scanners.push_back(scanner.cast<policy::Scanner*>());
    }
    if (!wishes.logger.is_none()) logger_ = Share(wishes.logger);
    if (wishes.handler.is_none()) return;
    to_wrap_ = std::make_unique<PythonHandler>(wishes.handler, wishes.loop);
    handler_ = to_wrap_.get();
    options_.wrap_handler = [this](server::MailHandler* own) {
      handler_->SetOwn(own);
      return std::move(to_wrap_);
    };
  }

  // The GIL is not held.
  void Open(Settings settings) {
    listeners_ = settings.listeners.size();
    if (!settings.log.file.empty()) {
      log_ = ValueOrRaise(server::OpenLog(settings.log));
      options_.events = log_.get();
    }
    if (logger_ != nullptr) {
      {
        const GilAcquire gil;
        logging_ = std::make_unique<LoggingSink>(*logger_, log_.get());
      }
      options_.events = logging_.get();
    }
    absl::StatusOr<std::unique_ptr<server::Server>> started =
        server::Server::Start(std::move(settings), std::move(options_));
    if (!started.ok()) logging_.reset();  // It waits for the GIL.
    server_ = ValueOrRaise(std::move(started));
  }

  bool IsOfThisProcess() const { return process_ == getpid(); }

  // The GIL guards what this reads.
  bool is_running() const { return IsOfThisProcess() && !stopping_; }

  // Raises RuntimeError unless it runs. StopNow() waits until the result is
  // dropped. The GIL is held.
  std::shared_ptr<server::Server> Running() {
    if (!IsOfThisProcess()) {
      throw StatusError(absl::FailedPreconditionError(
          "the server runs in the process that this one was forked from"));
    }
    if (stopping_) {
      throw StatusError(absl::FailedPreconditionError("the server is stopped"));
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ++users_;
    return {server_.get(), [this](server::Server*) {
              const std::lock_guard<std::mutex> drop(mutex_);
              --users_;
              changed_.notify_all();
            }};
  }

  size_t listeners() const { return listeners_; }
  std::mutex& reload_mutex() { return reload_mutex_; }

  // Every server that may still run. Guarded by the GIL; never destroyed, as
  // threads may outlive what is.
  static std::vector<std::shared_ptr<Core>>& All() {
    static auto* const all = new std::vector<std::shared_ptr<Core>>;
    return *all;
  }

  // Takes the place of those that have stopped. The GIL is held.
  static void Add(std::shared_ptr<Core> core) {
    std::vector<std::shared_ptr<Core>> kept = {std::move(core)};
    for (std::shared_ptr<Core>& one : All()) {
      if (!one->IsOfThisProcess() || !one->has_stopped()) {
        kept.push_back(std::move(one));
      }
    }
    All() = std::move(kept);
  }

  // Does not wait, unless there is no thread to be had. The GIL is held.
  static void BeginStop(const std::shared_ptr<Core>& core) {
    if (core->stopping_ || !core->IsOfThisProcess()) return;
    core->stopping_ = true;
    try {
      std::thread([core] { core->StopNow(); }).detach();
    } catch (const std::system_error&) {
      const GilRelease without_gil;
      core->StopNow();
    }
  }

  bool RunsInLoopOfHandler() const {
    return !loop_->is_none() && py::module_::import("mailsec._async")
                                    .attr("runs_here")(*loop_)
                                    .cast<bool>();
  }

  // Raises what a signal's handler raises. The GIL is held.
  void Wait(std::optional<absl::Duration> timeout) {
    const io::SystemClock clock;
    const absl::Duration end =
        clock.Uptime() + timeout.value_or(absl::InfiniteDuration());
    while (true) {
      const absl::Duration left = end - clock.Uptime();
      if (WaitStopped(std::clamp(left, absl::ZeroDuration(), kLookTime))) {
        return;
      }
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (left <= absl::ZeroDuration()) {
        throw StatusError(absl::DeadlineExceededError(
            absl::StrCat("the server has not stopped in ",
                         absl::FormatDuration(*timeout), "; it goes on")));
      }
    }
  }

 private:
  // The GIL is held.
  bool WaitStopped(absl::Duration wait) {
    const GilRelease without_gil;
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                             [this] { return stopped_; });
  }

  bool has_stopped() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stopped_;
  }

  // On a thread of its own.
  void StopNow() {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return users_ == 0; });
    }
    if (handler_ != nullptr) handler_->Close();
    server_->Stop();
    server_.reset();
    logging_.reset();  // Whoever waits may look at the logs.
    log_.reset();
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  const pid_t process_ = getpid();
  const std::shared_ptr<py::object> loop_;
  std::vector<std::shared_ptr<py::object>> scanners_;  // Asked by server_.
  std::unique_ptr<PythonHandler> to_wrap_;
  PythonHandler* handler_ = nullptr;  // Owned by server_.
  server::Server::Options options_;
  std::shared_ptr<py::object> logger_;  // Null: none.
  std::unique_ptr<io::EventLog> log_;
  std::unique_ptr<LoggingSink> logging_;
  std::unique_ptr<server::Server> server_;
  size_t listeners_ = 0;
  bool stopping_ = false;    // Guarded by the GIL.
  std::mutex reload_mutex_;  // Held while a configuration is put in force.
  std::mutex mutex_;         // Guards what follows.
  std::condition_variable changed_;
  size_t users_ = 0;  // Of Running().
  bool stopped_ = false;
};

PythonServer::PythonServer(std::shared_ptr<Core> core)
    : core_(std::move(core)) {}

PythonServer::~PythonServer() { Core::BeginStop(core_); }

std::unique_ptr<PythonServer> PythonServer::Start(Settings settings,
                                                  const Wishes& wishes) {
  auto core = std::make_shared<Core>(wishes);
  {
    const GilRelease without_gil;
    core->Open(std::move(settings));
  }
  Core::Add(core);
  return std::unique_ptr<PythonServer>(new PythonServer(std::move(core)));
}

std::shared_ptr<server::Server> PythonServer::Running() const {
  return core_->Running();
}

std::vector<uint16_t> PythonServer::ports() const {
  const std::shared_ptr<server::Server> server = Running();
  std::vector<uint16_t> ports;
  for (size_t i = 0; i < core_->listeners(); ++i) {
    ports.push_back(server->port(i));
  }
  return ports;
}

bool PythonServer::is_running() const { return core_->is_running(); }

absl::Status PythonServer::Reload(Settings settings) {
  return Use([&](server::Server& running) {
    const std::lock_guard<std::mutex> one_at_a_time(core_->reload_mutex());
    return running.Reload(std::move(settings));
  });
}

void PythonServer::Stop(std::optional<absl::Duration> timeout) {
  if (!core_->IsOfThisProcess()) return;
  if (IsOwnThread()) {
    throw StatusError(absl::FailedPreconditionError(
        "stop() waits for this call to end: call it in another thread than one "
        "of a server"));
  }
  if (core_->RunsInLoopOfHandler()) {
    throw StatusError(absl::FailedPreconditionError(
        "stop() waits for coroutines of this event loop: use `async with`, or "
        "await asyncio.to_thread(server.stop)"));
  }
  Core::BeginStop(core_);
  core_->Wait(timeout);
}

void PythonServer::StopAll() {
  const std::vector<std::shared_ptr<Core>> all = Core::All();
  for (const std::shared_ptr<Core>& core : all) Core::BeginStop(core);
  for (const std::shared_ptr<Core>& core : all) {
    if (core->IsOfThisProcess()) core->Wait(std::nullopt);
  }
}

}  // namespace mailsec::python
