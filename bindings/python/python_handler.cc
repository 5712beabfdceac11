#include "bindings/python/python_handler.h"

#include <string>
#include <utility>

#include "bindings/python/override.h"
#include "bindings/python/verdict.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::Decision;
using server::SessionInfo;
using spool::MessageWriter;

// For message(): calls at once, and messages that wait for one. Ours.
constexpr size_t kThreads = 4;
constexpr size_t kMaxWaiting = 10000;

std::shared_ptr<py::object> KeepWithGil(const py::object& object) {
  return {new py::object(object), [](py::object* kept) {
            const py::gil_scoped_acquire gil;
            delete kept;
          }};
}

Decision Deferred(const char* method, const std::string& error) {
  return {.verdict = policy::Verdict::kCannotTell,
          .reply = smtp::Reply(451, {4, 3, 0},
                               "The mail cannot be checked now; please try "
                               "again"),
          .rule = policy::RulePtr::Make(std::string("python.") + method, "",
                                        "decided once the handler answers"),
          .inputs = {{"error", error}}};
}

// Raises TypeError or ValueError.
std::optional<Decision> ToDecision(const py::object& answer,
                                   const char* method) {
  if (answer.is_none()) return std::nullopt;
  if (py::isinstance<Decision>(answer)) return answer.cast<Decision>();
  if (!py::isinstance<smtp::Reply>(answer)) {
    throw py::type_error(std::string(method) +
                         "() returns None, a Reply or a Decision");
  }
  const smtp::Reply reply = answer.cast<smtp::Reply>();
  return Decision{
      .verdict = VerdictOf(reply),
      .reply = reply,
      .rule = policy::RulePtr::Make(std::string("python.") + method)};
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

PythonHandler::PythonHandler(const py::object& handler)
    : handler_(KeepWithGil(handler)),
      wants_content_(py::hasattr(handler, "message")),
      pool_(kThreads, kMaxWaiting) {}

PythonHandler::~PythonHandler() { Close(); }

template <typename... Args>
std::optional<Decision> PythonHandler::Ask(const char* name,
                                           const Args&... args) {
  const py::gil_scoped_acquire gil;
  try {
    if (!py::hasattr(*handler_, name)) return std::nullopt;
    return ToDecision(handler_->attr(name)(args...), name);
  } catch (py::error_already_set& raised) {
    return Deferred(name, ReportUnraisable(raised, name));
  } catch (const py::builtin_exception& mistaken) {
    mistaken.set_error();
    py::error_already_set raised;
    return Deferred(name, ReportUnraisable(raised, name));
  }
}

Decision PythonHandler::DecideMail(const SessionInfo& session,
                                   const smtp::MailFrom& mail) {
  Decision own = own_->DecideMail(session, mail);
  if (!own.accepted()) return own;
  std::optional<Decision> answer = Ask("mail", session, mail);
  return answer && !answer->accepted() ? *std::move(answer) : own;
}

Decision PythonHandler::DecideRcpt(const SessionInfo& session,
                                   const spool::Envelope& envelope,
                                   const smtp::RcptTo& rcpt) {
  Decision own = own_->DecideRcpt(session, envelope, rcpt);
  if (!own.accepted()) return own;
  std::optional<Decision> answer = Ask("rcpt", session, envelope, rcpt);
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
  constexpr char kName[] = "message";
  absl::StatusOr<std::string> content = WholeContent(job.message.content);
  const py::gil_scoped_acquire gil;
  if (content.ok()) {
    const py::bytes octets(*content);
    *content = std::string();  // It may be large: held once is enough.
    return Ask(kName, job.session, job.message.envelope, octets);
  }
  const std::string error(content.status().message());
  PyErr_SetString(PyExc_OSError, error.c_str());
  py::error_already_set raised;
  return Deferred(kName, ReportUnraisable(raised, kName));
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
