#include <pybind11/stl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/python_handler.h"
#include "bindings/python/python_server.h"
#include "bindings/python/values.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/server/config/demo_config.h"
#include "mailcore/server/server.h"
#include "mailcore/server/snapshot/load_settings.h"
#include "mailcore/spool/queue_id.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using server::ConfigError;
using server::SessionInfo;
using server::Settings;

using Handler = Typed<
    "Union[mailsec.MailHandler, mailsec.RcptHandler, mailsec.MessageHandler, "
    "None]">;
using Scanners = std::vector<Typed<"mailsec.Scanner">>;
using Loop = Typed<"Optional[asyncio.AbstractEventLoop]">;
using Logger = Typed<"Optional[logging.Logger]">;

void RaiseIfAny(const std::vector<ConfigError>& errors) {
  if (!errors.empty()) throw StatusError(server::ToStatus(errors));
}

PythonServer::Wishes ToWishes(const Handler& handler, const Scanners& scanners,
                              const Loop& loop, const Logger& logger) {
  for (const py::object& scanner : scanners) {
    if (!py::isinstance<policy::Scanner>(scanner)) {
      throw py::type_error("scanners: each is a mailsec.Scanner");
    }
  }
  if (!loop.is_none() &&
      !py::isinstance(
          loop, py::module_::import("asyncio").attr("AbstractEventLoop"))) {
    throw py::type_error("loop: not an asyncio event loop");
  }
  if (!logger.is_none() && !py::hasattr(logger, "log")) {
    throw py::type_error("logger: no logging.Logger");
  }
  return {.handler = handler,
          .scanners = {scanners.begin(), scanners.end()},
          .loop = loop,
          .logger = logger};
}

// Without errors, or raises ValueError with all of them. Files may be large:
// others run meanwhile.
Settings ParseText(const std::string& config,
                   const std::string& base_directory) {
  Settings settings;
  RaiseIfAny(CallUnlocked([&] {
    return server::ParseSettings(
        config, absl::StrCat(base_directory, "/config"), &settings);
  }));
  return settings;
}

Settings ReadFile(const std::string& file) {
  Settings settings;
  RaiseIfAny(
      CallUnlocked([&] { return server::LoadSettings(file, &settings); }));
  return settings;
}

std::unique_ptr<PythonServer> FromText(const std::string& config,
                                       const std::string& base_directory,
                                       const Handler& handler,
                                       const Scanners& scanners,
                                       const Loop& loop, const Logger& logger) {
  return PythonServer::Start(ParseText(config, base_directory),
                             ToWishes(handler, scanners, loop, logger));
}

std::unique_ptr<PythonServer> FromFile(const std::string& file,
                                       const Handler& handler,
                                       const Scanners& scanners,
                                       const Loop& loop, const Logger& logger) {
  return PythonServer::Start(ReadFile(file),
                             ToWishes(handler, scanners, loop, logger));
}

std::unique_ptr<PythonServer> Demo(const std::string& directory, uint16_t port,
                                   const std::string& smarthost,
                                   const Handler& handler,
                                   const Scanners& scanners, const Loop& loop,
                                   const Logger& logger) {
  return FromFile(ValueOrRaise(CallUnlocked([&] {
                    return mailsec::server::PrepareDemo(directory, port,
                                                        smarthost);
                  })),
                  handler, scanners, loop, logger);
}

spool::QueueId ToId(const std::string& id) {
  return ValueOrRaise(spool::QueueId::Parse(id));
}

void BindQueue(py::class_<PythonServer>& server) {
  using server::Server;
  server
      .def(
          "queue",
          [](const PythonServer& self) {
            return self.Use(
                [](Server& running) { return running.spool().List(); });
          },
          "The messages it has, each a QueueEntry, by id.")
      .def(
          "envelope",
          [](const PythonServer& self, const std::string& id) {
            return self.Use([id = ToId(id)](Server& running) {
              return running.spool().ReadEnvelope(id);
            });
          },
          py::arg("id"),
          "The Envelope of a message. LookupError if there is none.")
      .def(
          "hold",
          [](const PythonServer& self, const std::string& id) {
            return self.Use([id = ToId(id)](Server& running) {
              return running.spool().Hold(id);
            });
          },
          py::arg("id"),
          "Keeps a message until it is released; an attempt that is under way "
          "ends first. LookupError if there is none.")
      .def(
          "release",
          [](const PythonServer& self, const std::string& id) {
            return self.Use([id = ToId(id)](Server& running) {
              absl::Status status = running.spool().Release(id);
              if (status.ok()) running.RetryNow();
              return status;
            });
          },
          py::arg("id"), "Attempts a held message now. Raises as hold().")
      .def(
          "give_up",
          [](const PythonServer& self, const std::string& id) {
            return self.Use([id = ToId(id)](Server& running) {
              absl::Status status = running.spool().GiveUp(id);
              if (status.ok()) running.RetryNow();
              return status;
            });
          },
          py::arg("id"),
          "Ends a message as if its time were over: nobody is asked, and its "
          "sender is told if they may be. A restart forgets nothing of that. "
          "RuntimeError while it is being delivered; LookupError if there is "
          "none.")
      .def(
          "remove",
          [](const PythonServer& self, const std::string& id) {
            return self.Use([id = ToId(id)](Server& running) {
              return running.spool().Remove(id);
            });
          },
          py::arg("id"),
          "Forgets a message for good; nobody is told. Raises as hold().")
      .def(
          "flush",
          [](const PythonServer& self) {
            return self.Use([](Server& running) {
              const size_t due = running.spool().Flush();
              running.RetryNow();
              return due;
            });
          },
          "Attempts every waiting message now; how many there are.");
}

Typed<"Dict[str, int]"> StatsOf(const PythonServer& self) {
  return self.Look([](const server::Server& running) {
    const server::Stats& stats = running.stats();
    py::dict counts;
    const auto add = [&](const char* name, const std::atomic<uint64_t>& count) {
      counts[name] = count.load();
    };
    add("connections", stats.connections);
    add("accepted", stats.accepted);
    add("refused", stats.refused);
    add("content_refused", stats.content_refused);
    add("delivered", stats.delivered);
    add("notified", stats.notified);
    add("contradictions", stats.contradictions);
    add("automatic", stats.automatic);
    return counts;
  });
}

void BindControl(py::class_<PythonServer>& server) {
  server
      .def(
          "reload",
          [](PythonServer& self, const std::string& config,
             const std::string& base_directory) {
            return self.Reload(ParseText(config, base_directory));
          },
          py::arg("config"), py::kw_only(), py::arg("base_directory") = ".",
          R"(Puts a new configuration in force: all of it, or nothing.

Messages under way keep the one they began with. ValueError lists every error;
RuntimeError if it changes what needs a restart.)")
      .def(
          "reload_file",
          [](PythonServer& self, const std::string& file) {
            return self.Reload(ReadFile(file));
          },
          py::arg("file"), "As reload(), from a file.")
      .def(
          "stats", &StatsOf,
          R"(Counts by name, a dict: connections that are open, and since the start
accepted (messages), refused (commands), content_refused (messages), delivered,
notified and contradictions (recipients), automatic (mails).)");
}

void BindTaken(py::module_& module) {
  MakeValue(py::class_<Taken>(
                module, "Taken",
                R"(message() has taken the message; the server keeps it not.

The client is told 250, and whoever returns this answers for the mail from now
on. To leave it to the server, return None.

>>> mailsec.Taken().reply.code
250
>>> mailsec.Taken(mailsec.Reply(550, "No"))
Traceback (most recent call last):
  ...
ValueError: reply: what is taken is answered 2yz
)")
                .def(py::init([](const smtp::Reply& reply) {
                       if (!reply.IsPositive()) {
                         throw py::value_error(
                             "reply: what is taken is answered 2yz");
                       }
                       return Taken{reply};
                     }),
                     py::arg_v("reply", smtp::Reply(250, {2, 0, 0}, "Ok"),
                               "Reply(250, 'Ok', (2, 0, 0))"),
                     "`reply` is what the client is told.")
                .def_readonly("reply", &Taken::reply, "A Reply, 2yz."),
            {"reply"}, &Taken::reply);
}

void BindSessionInfo(py::module_& module) {
  MakeValue(
      py::class_<SessionInfo>(module, "SessionInfo",
                              "Who is at the other end; given to handlers.")
          .def_readonly(
              "client", &SessionInfo::client,
              "The IpAddress of the TCP peer, or as a listed proxy said.")
          .def_readonly("client_name", &SessionInfo::client_name,
                        "Of HELO or EHLO; only claimed.")
          .def_readonly("protocol", &SessionInfo::protocol, "A Protocol.")
          .def_readonly("extended", &SessionInfo::extended, "EHLO or LHLO.")
          .def_readonly("secured", &SessionInfo::secured, "By TLS.")
          .def_readonly("authenticated", &SessionInfo::authenticated,
                        "By AUTH.")
          .def_readonly("user", &SessionInfo::user,
                        "Empty unless authenticated."),
      {"client", "client_name", "protocol", "extended", "secured",
       "authenticated", "user"},
      &SessionInfo::client, &SessionInfo::client_name, &SessionInfo::protocol,
      &SessionInfo::extended, &SessionInfo::secured,
      &SessionInfo::authenticated, &SessionInfo::user);
}

constexpr char kDoc[] = R"(A mail server that runs in threads of its own.

It is configured by the text of a config.proto message, as mailsecd is. A
`handler` may have any of these methods; each returns None (go on), a Reply or
a Decision:

    mail(session, mail)                  a SessionInfo and a MailFrom
    rcpt(session, envelope, rcpt)        an Envelope and a RcptTo
    message(session, envelope, content)  the content as bytes

It is asked about what the server's own policies accept, and can refuse more,
never less. message() may also return Taken: the handler has taken the message
itself, and the server does not keep it. The methods are called in several
threads at once. One that raises defers the mail (451), and the exception goes to
sys.unraisablehook; so does a positive Reply or Decision of message(), with which
a mail would be lost.

Every event goes to `logger`, a logging.Logger, and to the log file that `config`
names, if any. The record has the attributes event, event_severity, event_class,
event_requirement and event_fields, a dict.

Methods that are coroutine functions run in `loop`, the caller's event loop:
Server(..., loop=asyncio.get_running_loop()), best in `async with`, which does
not block the loop while the server stops. TypeError if there is none.

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
  py::class_<PythonServer> server(module, "Server", kDoc);
  ShowBy(server, {"is_running"});
  BindQueue(server);
  BindControl(server);
  server
      .def(py::init(&FromText), py::arg("config"), py::kw_only(),
           py::arg("base_directory") = ".", py::arg("handler") = py::none(),
           py::arg("scanners") = Scanners(), py::arg("loop") = py::none(),
           py::arg("logger") = py::none(),
           R"(Opens the spool, recovers it, and accepts mail on return.

Relative paths in `config` start at `base_directory`. ValueError lists every
error with its line and column; RuntimeError if the spool is not private or
another server has it.)")
      .def_static("from_file", &FromFile, py::arg("file"), py::kw_only(),
                  py::arg("handler") = py::none(),
                  py::arg("scanners") = Scanners(),
                  py::arg("loop") = py::none(), py::arg("logger") = py::none(),
                  "As Server(), from a file; relative paths start beside it.")
      .def_static("demo", &Demo, py::arg("directory"), py::kw_only(),
                  py::arg("port") = 0, py::arg("smarthost") = "",
                  py::arg("handler") = py::none(),
                  py::arg("scanners") = Scanners(),
                  py::arg("loop") = py::none(), py::arg("logger") = py::none(),
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
      .def("stop", &PythonServer::Stop, py::arg("timeout") = py::none(),
           R"(Lets messages under way finish, and waits for the end; idempotent.

Nothing that was accepted is lost. TimeoutError after `timeout`, a timedelta, and
KeyboardInterrupt on Ctrl-C: the server goes on stopping, and stop() may be
called again to wait. RuntimeError, and nothing happens, where it would wait for
itself: in a handler or another callback of a server. After os.fork() the server
is the parent's: stop() does nothing in the child.)")
      .def("__enter__", [](const Typed<"Self">& self) { return self; })
      .def("__exit__",
           [](PythonServer& self, const py::args&) { self.Stop(std::nullopt); })
      .def(
          "__aenter__",
          [](const py::object& self) -> Typed<"Coroutine[Any, Any, Self]"> {
            return py::module_::import("mailsec._async").attr("entered")(self);
          })
      .def(
          "__aexit__",
          [](const py::object& self,
             const py::args&) -> Typed<"Coroutine[Any, Any, None]"> {
            return py::module_::import("asyncio").attr("to_thread")(
                self.attr("stop"));
          });
}

}  // namespace

void BindServer(py::module_& module) {
  BindSessionInfo(module);
  BindTaken(module);
  BindServerClass(module);
  py::module_::import("atexit").attr("register")(
      py::cpp_function(&PythonServer::StopAll));
}

}  // namespace mailsec::python
