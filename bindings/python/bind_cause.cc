// Why it failed; mailsec.ndn.Cause in Python.

#include <pybind11/pybind11.h>

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "bindings/python/status.h"
#include "mailcore/notify/cause.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using notify::Cause;

Cause FromLogName(absl::string_view name) {
  const std::optional<Cause> cause = notify::ParseCause(name);
  if (!cause) {
    RaiseIfError(
        absl::InvalidArgumentError(absl::StrCat("no such cause: ", name)));
  }
  return *cause;
}

constexpr char kDoc[] = R"(Why a recipient cannot have it (R20).

>>> cause = mailsec.ndn.Cause.classify(
...     mailsec.Reply(552, "Mailbox full", status=(5, 2, 2)))
>>> cause.name, cause.log_name, cause.is_contradiction
('MAILBOX_FULL', 'mailbox-full', True)
)";

}  // namespace

void BindCause(py::module_& module) {
  py::enum_<Cause>(module, "Cause", kDoc)
      .value("NO_SUCH_RECIPIENT", Cause::kNoSuchRecipient)
      .value("TOO_LARGE", Cause::kTooLarge)
      .value("MAILBOX_FULL", Cause::kMailboxFull)
      .value("NO_SUCH_DOMAIN", Cause::kNoSuchDomain)
      .value("TAKES_NO_MAIL", Cause::kTakesNoMail)
      .value("LOOP", Cause::kLoop)
      .value("REFUSED_BY_POLICY", Cause::kRefusedByPolicy)
      .value("REFUSED_AS_SPAM", Cause::kRefusedAsSpam)
      .value("CANNOT_CONVERT", Cause::kCannotConvert)
      .value("MAY_NOT_LEAVE", Cause::kMayNotLeave)
      .value("EXPIRED", Cause::kExpired)
      .value("OTHER", Cause::kOther)
      .def_static("classify", &notify::ClassifyFailure, py::arg("reply"),
                  py::arg("expired") = false,
                  "The Cause that the last Reply names. `expired`: given up "
                  "after its lifetime.")
      .def_static("from_log_name", &FromLogName, py::arg("name"),
                  "The Cause of a log or an Envelope; ValueError if there is "
                  "none of this name.")
      .def_property_readonly("log_name", &notify::CauseName,
                             "As logs and configuration have it; stable.")
      .def_property_readonly("summary", &notify::CauseSummary,
                             "A sentence for an operator.")
      .def_property_readonly("is_contradiction", &notify::IsContradiction,
                             "The hops disagree about what was checked at "
                             "RCPT: strangers are never told (R19).");
}

}  // namespace mailsec::python
