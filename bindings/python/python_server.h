// python_server.h: how does a server live in a Python process?
//
// Python has what the library need not know: threads that are ended when the
// interpreter is, signals that only a thread of its own hears, and os.fork(),
// after which none of the server's threads is there any more.
//
//   std::unique_ptr<PythonServer> server = PythonServer::Start(settings, wishes);
//   server->Stop(absl::Seconds(10));

#ifndef BINDINGS_PYTHON_PYTHON_SERVER_H_
#define BINDINGS_PYTHON_PYTHON_SERVER_H_

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bindings/python/gil.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/server.h"

namespace mailsec::python {

// Thread safety: all methods are called with the GIL held, which is not held
// while they wait.
class PythonServer {
 public:
  using Scanners = std::vector<pybind11::object>;

  // What the caller adds to the configuration.
  struct Wishes {
    pybind11::object handler = pybind11::none();  // As of PythonHandler.
    Scanners scanners = {};                       // Each a policy::Scanner.
    pybind11::object loop = pybind11::none();     // As of PythonHandler.
    pybind11::object logger = pybind11::none();  // A logging.Logger for events.
  };

  // Raises TypeError for what is no handler, scanner or loop, and what
  // Server::Start() says.
  static std::unique_ptr<PythonServer> Start(server::Settings settings,
                                             const Wishes& wishes);
  // Begins to stop and does not wait, as it may run in any thread.
  ~PythonServer();

  // Raises RuntimeError once it is stopped, and in a process that was forked.
  std::vector<uint16_t> ports() const;

  // False once Stop() was called, and in a process that was forked.
  bool is_running() const;

  // Does something with the server while it runs, without the GIL. Stop() waits
  // for it. Raises as ports().
  template <typename Do>
  auto Use(const Do& use) const {
    const std::shared_ptr<server::Server> server = Running();
    return CallUnlocked([&] { return use(*server); });
  }
  // The same with the GIL, for what does not wait.
  template <typename Do>
  auto Look(const Do& look) const {
    const std::shared_ptr<server::Server> server = Running();
    return look(*server);
  }

  // Puts `settings` in force, one caller after the other; as Server::Reload().
  // Raises as ports().
  absl::Status Reload(server::Settings settings);

  // Waits until the server has stopped; None: as long as it takes. TimeoutError
  // after `timeout`, and whatever a signal's handler raises (KeyboardInterrupt):
  // the server goes on stopping then, and another Stop() waits for it again.
  // RuntimeError, and nothing is stopped, where waiting would never end: in a
  // callback of a server, and in the event loop of the handler. Does nothing in
  // a process that was forked: the server is its parent's.
  void Stop(std::optional<absl::Duration> timeout);

  // Stops all, when Python ends: no thread of ours may call it after that.
  static void StopAll();

 private:
  class Core;
  explicit PythonServer(std::shared_ptr<Core> core);

  // While it is held, the server does not stop. Raises as ports().
  std::shared_ptr<server::Server> Running() const;

  const std::shared_ptr<Core> core_;
};

}  // namespace mailsec::python

#endif  // BINDINGS_PYTHON_PYTHON_SERVER_H_
