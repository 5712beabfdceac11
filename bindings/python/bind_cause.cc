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

// Methods of an enumeration, which is no py::class_.
void SetStatic(const py::object& type, const char* name,
               const py::cpp_function& function) {
  type.attr(name) =
      py::module_::import("builtins").attr("staticmethod")(function);
}

void SetProperty(const py::object& type, const char* name,
                 const py::cpp_function& get, const char* doc) {
  type.attr(name) = py::module_::import("builtins")
                        .attr("property")(get, py::none(), py::none(), doc);
}

constexpr char kDoc[] = R"(Why a recipient cannot have it (R20).

>>> cause = mailsec.ndn.Cause.classify(
...     mailsec.Reply(552, "Mailbox full", status=(5, 2, 2)))
>>> cause.name, cause.log_name, cause.is_contradiction
('MAILBOX_FULL', 'mailbox-full', True)
)";

}  // namespace

void BindCause(py::module_& module) {
  const py::object type =
      BindEnum<Cause>(module, "Cause", kDoc,
                      {{"NO_SUCH_RECIPIENT", Cause::kNoSuchRecipient},
                       {"TOO_LARGE", Cause::kTooLarge},
                       {"MAILBOX_FULL", Cause::kMailboxFull},
                       {"NO_SUCH_DOMAIN", Cause::kNoSuchDomain},
                       {"TAKES_NO_MAIL", Cause::kTakesNoMail},
                       {"LOOP", Cause::kLoop},
                       {"REFUSED_BY_POLICY", Cause::kRefusedByPolicy},
                       {"REFUSED_AS_SPAM", Cause::kRefusedAsSpam},
                       {"CANNOT_CONVERT", Cause::kCannotConvert},
                       {"MAY_NOT_LEAVE", Cause::kMayNotLeave},
                       {"EXPIRED", Cause::kExpired},
                       {"OTHER", Cause::kOther}});
  SetStatic(type, "classify",
            py::cpp_function(&notify::ClassifyFailure, py::name("classify"),
                             py::arg("reply"), py::arg("expired") = false,
                             "The Cause that the last Reply names. `expired`: "
                             "given up after its lifetime."));
  SetStatic(
      type, "from_log_name",
      py::cpp_function(&FromLogName, py::name("from_log_name"), py::arg("name"),
                       "The Cause of a log or an Envelope; ValueError if "
                       "there is none of this name."));
  SetProperty(type, "log_name", py::cpp_function(&notify::CauseName),
              "As logs and configuration have it; stable.");
  SetProperty(type, "summary", py::cpp_function(&notify::CauseSummary),
              "A sentence for an operator.");
  SetProperty(type, "is_contradiction",
              py::cpp_function(&notify::IsContradiction),
              "The hops disagree about what was checked at RCPT: strangers are "
              "never told (R19).");
}

}  // namespace mailsec::python
