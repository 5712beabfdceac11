#include "bindings/python/python_handler.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/override.h"
#include "bindings/python/verdict.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::Decision;
using server::SessionInfo;
using spool::MessageWriter;

// For message(): calls at once, of which coroutines only wait, and messages that
// wait for one. Ours.
constexpr size_t kThreads = 4;
constexpr size_t kAsyncThreads = 64;
constexpr size_t kMaxWaiting = 10000;

constexpr char kMail[] = "mail";
constexpr char kRcpt[] = "rcpt";
constexpr char kMessage[] = "message";

// A function of mailsec/_async.py.
py::object Async(const char* name) {
  return py::module_::import("mailsec._async").attr(name);
}

Decision Deferred(const char* method, const std::string& error) {
  return {.verdict = policy::Verdict::kCannotTell,
          .reply = smtp::Reply(451, {4, 3, 0},
                               "The mail cannot be checked now; please try "
                               "again"),
          .rule = policy::RulePtr::Make(absl::StrCat("python.", method), "",
                                        "decided once the handler answers"),
          .inputs = {{"error", error}}};
}

Decision ByHandler(const smtp::Reply& reply, const char* method) {
  return {.verdict = VerdictOf(reply),
          .reply = reply,
          .rule = policy::RulePtr::Make(absl::StrCat("python.", method))};
}

// Raises TypeError or ValueError.
std::optional<Decision> ToDecision(const py::object& answer,
                                   const char* method) {
  if (answer.is_none()) return std::nullopt;
  const bool is_message = absl::string_view(method) == kMessage;
  if (is_message && py::isinstance<Taken>(answer)) {
    return ByHandler(answer.cast<Taken>().reply, method);
  }
  std::optional<Decision> decision;
  if (py::isinstance<Decision>(answer)) {
    decision = answer.cast<Decision>();
  } else if (py::isinstance<smtp::Reply>(answer)) {
    decision = ByHandler(answer.cast<smtp::Reply>(), method);
  } else {
    throw py::type_error(absl::StrCat(method, "() returned a ",
                                      Py_TYPE(answer.ptr())->tp_name,
                                      ": it returns None, a Reply or a "
                                      "Decision"));
  }
  if (is_message && decision->accepted()) {
    throw py::value_error(
        "message() returned a yes, which keeps no mail: return None to leave "
        "the message to the server, or mailsec.Taken() if you have taken it");
  }
  return decision;
}

absl::StatusOr<std::string> WholeContent(MessageWriter& content) {
  const absl::StatusOr<std::unique_ptr<spool::ContentReader>> reader =
      content.Read();
  if (!reader.ok()) return reader.status();
  std::string whole;
  while (true) {
    const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return whole;
    whole.append(piece->data(), piece->size());
  }
}

}  // namespace

struct PythonHandler::Job {
  SessionInfo session;
  server::IncomingMessage message;
  std::function<void(std::vector<smtp::Reply>)> done;
};

PythonHandler::PythonHandler(const py::object& handler, const py::object& loop)
    : handler_(Share(handler)),
      loop_(Share(loop)),
      is_async_(Async("check_handler")(
                    handler, py::make_tuple(kMail, kRcpt, kMessage), loop)
                    .cast<bool>()),
      wants_content_(py::hasattr(handler, kMessage)),
      pool_(is_async_ ? kAsyncThreads : kThreads, kMaxWaiting) {}

PythonHandler::~PythonHandler() { Close(); }

template <typename... Args>
std::optional<Decision> PythonHandler::Ask(const char* name,
                                           const Args&... args) {
  const GilAcquire gil;
  try {
    if (!py::hasattr(*handler_, name)) return std::nullopt;
    py::object answer = Call(handler_->attr(name), py::make_tuple(args...));
    if (PyCoro_CheckExact(answer.ptr())) {
      answer = Call(Async("wait"), py::make_tuple(answer, *loop_));
    }
    return ToDecision(answer, name);
  } catch (...) {
    return Deferred(name, ReportException(name));
  }
}

Decision PythonHandler::DecideMail(const SessionInfo& session,
                                   const smtp::MailFrom& mail) {
  Decision own = own_->DecideMail(session, mail);
  if (!own.accepted()) return own;
  std::optional<Decision> answer = Ask(kMail, session, mail);
  return answer && !answer->accepted() ? *std::move(answer) : own;
}

Decision PythonHandler::DecideRcpt(const SessionInfo& session,
                                   const spool::Envelope& envelope,
                                   const smtp::RcptTo& rcpt) {
  Decision own = own_->DecideRcpt(session, envelope, rcpt);
  if (!own.accepted()) return own;
  std::optional<Decision> answer = Ask(kRcpt, session, envelope, rcpt);
  return answer && !answer->accepted() ? *std::move(answer) : own;
}

MessageWriter PythonHandler::NewMessage() { return own_->NewMessage(); }

void PythonHandler::Accept(const SessionInfo& session,
                           server::IncomingMessage message,
                           std::function<void(std::vector<smtp::Reply>)> done) {
  if (!wants_content_) {
    own_->Accept(session, std::move(message), std::move(done));
    return;
  }
  auto job =
      std::make_shared<Job>(Job{session, std::move(message), std::move(done)});
  bool taken = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken = !closing_ && pool_.Run([this, job] { Run(*job); });
    if (taken) ++running_;
  }
  if (!taken) {
    job->done({smtp::Reply(421, {4, 3, 2}, "The server is shutting down")});
  }
}

std::optional<Decision> PythonHandler::AskAboutContent(Job& job) {
  absl::StatusOr<std::string> content = WholeContent(job.message.content);
  const GilAcquire gil;
  try {
    // It may be large: held once is enough.
    const py::bytes octets(ValueOrRaise(std::move(content)));
    return Ask(kMessage, job.session, job.message.envelope, octets);
  } catch (...) {
    return Deferred(kMessage, ReportException(kMessage));
  }
}

void PythonHandler::Run(Job& job) {
  const std::optional<Decision> answer = AskAboutContent(job);
  if (answer) {
    job.done({answer->reply});
  } else {
    own_->Accept(job.session, std::move(job.message), std::move(job.done));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  --running_;
  idle_.notify_all();
}

void PythonHandler::Close() {
  std::unique_lock<std::mutex> lock(mutex_);
  closing_ = true;
  idle_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace mailsec::python
