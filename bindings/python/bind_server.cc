#include <pybind11/stl.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/python_handler.h"
#include "mailcore/io/event_log.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using server::ConfigError;
using server::SessionInfo;
using server::Settings;

void RaiseIfAny(const std::vector<ConfigError>& errors) {
  if (!errors.empty()) throw StatusError(server::ToStatus(errors));
}

// A running server and the Python handler in it.
// Thread safety: the GIL guards its members and is not held while it waits.
class PythonServer {
 public:
  using Scanners = std::vector<py::object>;

  static std::unique_ptr<PythonServer> Start(Settings settings,
                                             const py::object& handler,
                                             const Scanners& scanners) {
    auto made = std::make_unique<PythonServer>();
    made->scanners_ = scanners;
    std::unique_ptr<PythonHandler> to_wrap;
    if (!handler.is_none()) to_wrap = std::make_unique<PythonHandler>(handler);
    made->handler_ = to_wrap.get();
    made->listeners_ = settings.listeners.size();
    server::Server::Options options;
    for (const py::object& scanner : scanners) {
      options.scanners.push_back(scanner.cast<policy::Scanner*>());
    }
    {
      const py::gil_scoped_release no_gil;
      made->Open(std::move(settings), std::move(options), std::move(to_wrap));
    }
    running().insert(made.get());
    return made;
  }

  // The GIL is held.
  ~PythonServer() { Stop(); }

  std::vector<uint16_t> ports() const {
    if (server_ == nullptr) {
      throw StatusError(absl::FailedPreconditionError("the server is stopped"));
    }
    std::vector<uint16_t> ports;
    for (size_t i = 0; i < listeners_; ++i) ports.push_back(server_->port(i));
    return ports;
  }

  bool is_running() const { return server_ != nullptr; }

  void Stop() {
    running().erase(this);
    std::unique_ptr<server::Server> stopping = std::move(server_);
    if (stopping == nullptr) return;
    const py::gil_scoped_release no_gil;
    if (handler_ != nullptr) handler_->Close();
    stopping->Stop();
    stopping.reset();
  }

  // When Python ends: no thread of ours may call it after that.
  static void StopAll() {
    while (!running().empty()) (*running().begin())->Stop();
  }

 private:
  // Guarded by the GIL.
  static std::set<PythonServer*>& running() {
    static auto* const servers = new std::set<PythonServer*>;
    return *servers;
  }

  void Open(Settings settings, server::Server::Options options,
            std::unique_ptr<PythonHandler> handler) {
    if (!settings.log.file.empty()) {
      log_ = ValueOrRaise(server::OpenLog(settings.log));
      options.events = log_.get();
    }
    if (handler != nullptr) {
      options.wrap_handler = [&handler](server::MailHandler* own) {
        handler->SetOwn(own);
        return std::move(handler);
      };
    }
    server_ = ValueOrRaise(
        server::Server::Start(std::move(settings), std::move(options)));
  }

  std::unique_ptr<io::EventLog> log_;
  PythonHandler* handler_ = nullptr;  // Owned by server_.
  Scanners scanners_;                 // Asked by server_.
  std::unique_ptr<server::Server> server_;
  size_t listeners_ = 0;
};

std::unique_ptr<PythonServer> FromText(const std::string& config,
                                       const std::string& base_directory,
                                       const py::object& handler,
                                       const PythonServer::Scanners& scanners) {
  Settings parsed;
  RaiseIfAny(server::ParseSettings(
      config, absl::StrCat(base_directory, "/config"), &parsed));
  return PythonServer::Start(std::move(parsed), handler, scanners);
}

std::unique_ptr<PythonServer> FromFile(const std::string& file,
                                       const py::object& handler,
                                       const PythonServer::Scanners& scanners) {
  Settings settings;
  RaiseIfAny(server::LoadSettings(file, &settings));
  return PythonServer::Start(std::move(settings), handler, scanners);
}

std::unique_ptr<PythonServer> Demo(const std::string& directory, uint16_t port,
                                   const std::string& smarthost,
                                   const py::object& handler,
                                   const PythonServer::Scanners& scanners) {
  return FromFile(
      ValueOrRaise(mailsec::server::PrepareDemo(directory, port, smarthost)),
      handler, scanners);
}

void BindSessionInfo(py::module_& module) {
  py::class_<SessionInfo>(module, "SessionInfo",
                          "Who is at the other end; given to handlers.")
      .def_readonly("client", &SessionInfo::client,
                    "The IpAddress of the TCP peer, or as a listed proxy said.")
      .def_readonly("client_name", &SessionInfo::client_name,
                    "Of HELO or EHLO; only claimed.")
      .def_readonly("protocol", &SessionInfo::protocol, "A Protocol.")
      .def_readonly("extended", &SessionInfo::extended, "EHLO or LHLO.")
      .def_readonly("secured", &SessionInfo::secured, "By TLS.")
      .def_readonly("authenticated", &SessionInfo::authenticated, "By AUTH.")
      .def_readonly("user", &SessionInfo::user, "Empty unless authenticated.");
}

constexpr char kDoc[] = R"(A mail server that runs in threads of its own.

It is configured by the text of a config.proto message, as mailsecd is. A
`handler` may have any of these methods; each returns None (go on), a Reply or
a Decision:

    mail(session, mail)                  a SessionInfo and a MailFrom
    rcpt(session, envelope, rcpt)        an Envelope and a RcptTo
    message(session, envelope, content)  the content as bytes

It is asked about what the server's own policies accept, and can refuse more,
never less. A positive reply of message() says that the handler has taken the
message itself: the server does not keep it then. The methods are called in
several threads at once; one that raises defers the mail (451), and the exception
goes to sys.unraisablehook.

`scanners` are asked at the end of the data, before those of the configuration:
each a Scanner, in Python or not.

>>> import smtplib, tempfile
>>> class NoMondays:
...     def message(self, session, envelope, content):
...         if b"monday" in content.lower():
...             return mailsec.Reply(554, "No Mondays here", status=(5, 7, 1))
>>> with mailsec.Server.demo(tempfile.mkdtemp(), handler=NoMondays()) as server:
...     with smtplib.SMTP("127.0.0.1", server.port, "client.example") as smtp:
...         smtp.sendmail("a@client.example", ["alice@example.org"], "Monday")
Traceback (most recent call last):
  ...
smtplib.SMTPDataError: (554, b'5.7.1 No Mondays here')
)";

void BindServerClass(py::module_& module) {
  py::class_<PythonServer>(module, "Server", kDoc)
      .def(py::init(&FromText), py::arg("config"), py::kw_only(),
           py::arg("base_directory") = ".", py::arg("handler") = py::none(),
           py::arg("scanners") = PythonServer::Scanners(),
           R"(Opens the spool, recovers it, and accepts mail on return.

Relative paths in `config` start at `base_directory`. ValueError lists every
error with its line and column; RuntimeError if the spool is not private or
another server has it. Events go to the log file that `config` names, if any.)")
      .def_static("from_file", &FromFile, py::arg("file"), py::kw_only(),
                  py::arg("handler") = py::none(),
                  py::arg("scanners") = PythonServer::Scanners(),
                  "As Server(), from a file; relative paths start beside it.")
      .def_static("demo", &Demo, py::arg("directory"), py::kw_only(),
                  py::arg("port") = 0, py::arg("smarthost") = "",
                  py::arg("handler") = py::none(),
                  py::arg("scanners") = PythonServer::Scanners(),
                  R"(The server of `mailsecd --demo`, in one folder.

mx.example.org, with alice, bob, postmaster and abuse at example.org. It listens
on the loopback interface only; from 127.0.0.2 one may send to anyone.)")
      .def_property_readonly(
          "port", [](const PythonServer& self) { return self.ports().front(); },
          "Of the first listener. RuntimeError once it is stopped.")
      .def_property_readonly("ports", &PythonServer::ports,
                             "Of all listeners, in their order.")
      .def_property_readonly("is_running", &PythonServer::is_running,
                             "False once stop() was called.")
      .def("stop", &PythonServer::Stop,
           "Lets messages under way finish, and ends; idempotent. Nothing that "
           "was accepted is lost.")
      .def("__enter__", [](const py::object& self) { return self; })
      .def("__exit__",
           [](PythonServer& self, const py::args&) { self.Stop(); });
}

}  // namespace

void BindServer(py::module_& module) {
  BindSessionInfo(module);
  BindServerClass(module);
  py::module_::import("atexit").attr("register")(
      py::cpp_function(&PythonServer::StopAll));
}

}  // namespace mailsec::python
