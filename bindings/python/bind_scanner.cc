#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/callbacks.h"
#include "bindings/python/gil.h"
#include "bindings/python/interruptible.h"
#include "bindings/python/override.h"
#include "bindings/python/values.h"
#include "mailcore/io/clamd_scanner.h"
#include "mailcore/io/rspamd_scanner.h"
#include "mailcore/policy/scanner.h"
#include "mailcore/policy/string_content.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::ScanContent;
using policy::Scanner;
using policy::ScanRequest;
using policy::ScanResult;

// A Scanner that is implemented in Python.
class PyScanner : public Scanner {
 public:
  explicit PyScanner(std::string name) : name_(std::move(name)) {}

  std::string name() const override { return name_; }

  ScanResult Scan(const ScanRequest& request, ScanContent& content) override {
    const absl::StatusOr<std::string> octets = ReadAll(content);
    if (!octets.ok()) return {.why = std::string(octets.status().message())};
    std::string error;
    std::optional<ScanResult> result;
    {
      const GilAcquire gil;
      result = CallOverride<ScanResult>(
          static_cast<Scanner*>(this), "scan", &error, request,
          py::bytes(octets->data(), octets->size()));
    }
    if (result) return *std::move(result);
    return {.why = error};
  }

  absl::StatusOr<absl::Time> SignatureTime() override {
    const GilAcquire gil;
    if (!IsOverridden(static_cast<Scanner*>(this), "signature_time")) {
      return Scanner::SignatureTime();
    }
    std::string error;
    const std::optional<std::optional<absl::Time>> time =
        CallOverride<std::optional<absl::Time>>(static_cast<Scanner*>(this),
                                                "signature_time", &error);
    if (!time) return absl::UnavailableError(error);
    if (!*time) return absl::NotFoundError("it has no signatures");
    return **time;
  }

 private:
  const std::string name_;
};

void BindRequest(py::module_& module) {
  MakeValue(
      py::class_<ScanRequest>(module, "ScanRequest",
                              "What is known of a message beside its content.")
          .def(py::init([](const TextOr<ip::IpAddress>& client_ip,
                           const TextOr<address::ReversePath>& sender,
                           const std::vector<TextOr<address::ForwardPath>>&
                               recipients,
                           std::string helo, std::string user,
                           std::string queue_id, bool sender_is_ours) {
                 return ScanRequest{.queue_id = std::move(queue_id),
                                    .client = *client_ip,
                                    .helo = std::move(helo),
                                    .user = std::move(user),
                                    .sender = *sender,
                                    .recipients = Values(recipients),
                                    .sender_is_ours = sender_is_ours};
               }),
               py::kw_only(), py::arg("client_ip") = "127.0.0.1",
               py::arg("sender") = "<>",
               py::arg("recipients") = std::vector<std::string>(),
               py::arg("helo") = "", py::arg("user") = "",
               py::arg("queue_id") = "", py::arg("sender_is_ours") = false,
               "Of the client, its envelope, and whether it is one of ours.")
          .def_readonly("client", &ScanRequest::client,
                        "The IpAddress of the TCP peer.")
          .def_readonly("sender", &ScanRequest::sender, "A ReversePath.")
          .def_readonly("recipients", &ScanRequest::recipients, "ForwardPaths.")
          .def_readonly("helo", &ScanRequest::helo, "Only claimed.")
          .def_readonly("user", &ScanRequest::user,
                        "Empty unless authenticated.")
          .def_readonly("queue_id", &ScanRequest::queue_id, "May be empty.")
          .def_readonly("sender_is_ours", &ScanRequest::sender_is_ours,
                        "From an authorised network, or authenticated."),
      {"queue_id", "client", "helo", "user", "sender", "recipients",
       "sender_is_ours"},
      &ScanRequest::queue_id, &ScanRequest::client, &ScanRequest::helo,
      &ScanRequest::user, &ScanRequest::sender, &ScanRequest::recipients,
      &ScanRequest::sender_is_ours);
}

void BindResult(py::module_& module) {
  using Outcome = ScanResult::Outcome;
  BindEnum<Outcome>(
      module, "ScanOutcome", "What a scanner says of a content.",
      {{"CLEAN", Outcome::kClean, "It looked at all of it."},
       {"SPAM", Outcome::kSpam, "Whatever the score."},
       {"MALWARE", Outcome::kMalware, "`signature` says which."},
       {"UNSCANNABLE", Outcome::kUnscannable,
        "Parts are encrypted or too deep."},
       {"TOO_LARGE", Outcome::kTooLarge, "Above its limit."},
       {"CANNOT_TELL", Outcome::kCannotTell, "No answer, or a fault."}});
  MakeValue(
      py::class_<ScanResult>(module, "ScanResult", R"(What a scanner says.

>>> mailsec.ScanResult(mailsec.ScanOutcome.MALWARE, signature="Test.A").signature
'Test.A'
)")
          .def(py::init([](Outcome outcome, std::optional<double> score,
                           bool would_refuse, std::vector<std::string> symbols,
                           std::string signature, std::string why) {
                 return ScanResult{outcome,
                                   score,
                                   would_refuse,
                                   std::move(symbols),
                                   std::move(signature),
                                   std::move(why)};
               }),
               py::arg("outcome"), py::kw_only(), py::arg("score") = py::none(),
               py::arg("would_refuse") = false,
               py::arg("symbols") = std::vector<std::string>(),
               py::arg("signature") = "", py::arg("why") = "",
               "A higher score is worse; `why` it could not tell or scan.")
          .def_readonly("outcome", &ScanResult::outcome, "The ScanOutcome.")
          .def_readonly("score", &ScanResult::score, "None: it gives none.")
          .def_readonly("would_refuse", &ScanResult::would_refuse,
                        "The scanner's own advice.")
          .def_readonly("symbols", &ScanResult::symbols, "Which rules hold.")
          .def_readonly("signature", &ScanResult::signature, "Of the malware.")
          .def_readonly("why", &ScanResult::why,
                        "Why it could not tell or scan.")
          .def("__repr__",
               [](const ScanResult& result) {
                 return py::str("<mailsec.ScanResult {}>")
                     .format(py::cast(result.outcome).attr("name"));
               }),
      {"outcome", "score", "would_refuse", "symbols", "signature", "why"},
      &ScanResult::outcome, &ScanResult::score, &ScanResult::would_refuse,
      &ScanResult::symbols, &ScanResult::signature, &ScanResult::why);
}

absl::string_view View(const Octets& octets) { return octets.view(); }
absl::string_view View(const py::bytes& octets) {
  return {PyBytes_AS_STRING(octets.ptr()),
          static_cast<size_t>(PyBytes_GET_SIZE(octets.ptr()))};
}

// A scanner in Python is given bytes; those of the library take any octets.
template <typename Class, typename Content>
ScanResult Scan(Class& scanner, const ScanRequest& request,
                const Content& content) {
  policy::StringContent pieces(View(content));
  return CallUnlocked([&] { return scanner.Scan(request, pieces); });
}

std::optional<absl::Time> SignatureTime(Scanner& scanner) {
  absl::StatusOr<absl::Time> time = scanner.SignatureTime();
  if (absl::IsNotFound(time.status())) return std::nullopt;
  return ValueOrRaise(std::move(time));
}

void BindScannerClass(py::module_& module) {
  const py::object base =
      py::class_<Scanner, PyScanner>(module, "Scanner",
                                     R"(Looks at content. Subclass it.

scan() gets a ScanRequest and the content as bytes; it may block, and may be
called from several threads. If it raises, the exception goes to
sys.unraisablehook, and the answer is CANNOT_TELL: the mail is refused for now.
signature_time() may say when its data were made: a datetime, or None, as here;
a server asks for it and raises an alarm if they are older than 48 hours. A
scan() that does not return holds up the server's stop().

>>> class NoExecutables(mailsec.Scanner):
...     def scan(self, request, content):
...         if b"\r\n\r\nTVqQ" in content:
...             return mailsec.ScanResult(mailsec.ScanOutcome.MALWARE,
...                                       signature="Local.Executable")
...         return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN)
>>> scanner = NoExecutables("exe")
>>> scanner.scan(mailsec.ScanRequest(), b"Subject: x\r\n\r\nhello\r\n")
<mailsec.ScanResult CLEAN>
)")
          .def(py::init<std::string>(), py::arg("name"),
               "`name` is a word for log lines and X-Mailsec-Verdict.")
          .def_property_readonly("name", &Scanner::name, "Always the same.")
          .def("scan", &Scan<Scanner, py::bytes>, py::arg("request"),
               py::arg("content"), "The ScanResult.")
          .def("signature_time", Unlocked(&SignatureTime),
               "When its data were made; None: it has none. ConnectionError "
               "if it cannot be asked.");
  RefuseCoroutines(base, {"scan", "signature_time"});
  ShowBy(base, {"name"});
}

// The scanners of the library, as Python has them.
class Clamd : public InterruptibleScanner {
  using InterruptibleScanner::InterruptibleScanner;
};
class Rspamd : public InterruptibleScanner {
  using InterruptibleScanner::InterruptibleScanner;
};

absl::StatusOr<io::ServerAddress> ParseServer(const std::string& server) {
  return io::ServerAddress::Parse(server);
}

void BindClamd(py::module_& module) {
  const io::ClamdScanner::Options standard;
  py::class_<Clamd, Scanner>(module, "ClamdScanner",
                             R"(ClamAV's daemon (clamd(8)), INSTREAM.

In clamd.conf set AlertExceedsMax and AlertEncrypted to yes.

>>> mailsec.ClamdScanner("unix:/run/clamav/clamd.ctl").name
'clamd'
)")
      .def(py::init([](const std::string& server, std::string name,
                       absl::Duration time_limit, uint64_t max_octets) {
             io::ClamdScanner::Options options;
             options.server = ValueOrRaise(ParseServer(server));
             options.name = std::move(name);
             options.time_limit = time_limit;
             options.max_octets = max_octets;
             return std::make_unique<Clamd>(
                 std::make_unique<io::ClamdScanner>(std::move(options)));
           }),
           py::arg("server"), py::kw_only(), py::arg("name") = standard.name,
           py::arg_v("time_limit", standard.time_limit, "..."),
           py::arg("max_octets") = standard.max_octets,
           "\"unix:/run/clamav/clamd.ctl\" or \"127.0.0.1:3310\"; ValueError "
           "for a host name.")
      .def("scan", &Scan<Clamd, Octets>, py::arg("request"), py::arg("content"),
           "The ScanResult.");
}

void BindRspamd(py::module_& module) {
  const io::RspamdScanner::Options standard;
  py::class_<Rspamd, Scanner>(module, "RspamdScanner",
                              R"(A normal worker of rspamd, /checkv2.

>>> mailsec.RspamdScanner("127.0.0.1:11333").name
'rspamd'
)")
      .def(py::init([](const std::string& server, std::string name,
                       absl::Duration time_limit, uint64_t max_octets,
                       std::string password,
                       std::vector<std::string> signature_files) {
             io::RspamdScanner::Options options;
             options.server = ValueOrRaise(ParseServer(server));
             options.name = std::move(name);
             options.time_limit = time_limit;
             options.max_octets = max_octets;
             options.password = std::move(password);
             options.signature_files = std::move(signature_files);
             return std::make_unique<Rspamd>(
                 std::make_unique<io::RspamdScanner>(std::move(options)));
           }),
           py::arg("server"), py::kw_only(), py::arg("name") = standard.name,
           py::arg_v("time_limit", standard.time_limit, "..."),
           py::arg("max_octets") = standard.max_octets,
           py::arg("password") = "",
           py::arg("signature_files") = std::vector<std::string>(),
           "`signature_files` are paths with wildcards: the newest file says "
           "how old rspamd's data are.")
      .def("scan", &Scan<Rspamd, Octets>, py::arg("request"),
           py::arg("content"), "The ScanResult.");
}

}  // namespace

void BindScanner(py::module_& module) {
  BindRequest(module);
  BindResult(module);
  BindScannerClass(module);
  BindClamd(module);
  BindRspamd(module);
}

}  // namespace mailsec::python
