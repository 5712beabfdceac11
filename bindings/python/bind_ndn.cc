// Delivery reports: their values, parser and linter; mailsec.ndn in Python.

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/notify/delivery_report.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/notify/report_parser.h"
#include "mailcore/notify/status_values.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using notify::Action;
using notify::DeliveryReport;
using notify::LintRule;
using notify::ParsedReport;
using notify::RecipientStatus;
using notify::TypedValue;
using notify::Violation;
using smtp::EnhancedStatus;

// A value, or a str that is written like the field.
using TypedArgument = std::variant<TypedValue, std::string>;
using StatusArgument = std::variant<EnhancedStatus, std::string>;

TypedValue ToTyped(const TypedArgument& argument) {
  if (const auto* value = std::get_if<TypedValue>(&argument)) return *value;
  return notify::ParseTypedValue(std::get<std::string>(argument));
}

EnhancedStatus ToStatus(const StatusArgument& argument) {
  if (const auto* value = std::get_if<EnhancedStatus>(&argument)) return *value;
  const auto& text = std::get<std::string>(argument);
  const std::optional<notify::ParsedStatus> parsed = notify::ParseStatus(text);
  if (!parsed || !parsed->well_formed) {
    RaiseIfError(absl::InvalidArgumentError(
        absl::StrCat("not a status like 5.1.1: ", text)));
  }
  return parsed->status;
}

std::string ToText(const TypedValue& value) {
  if (value.type.empty()) return value.value;
  return absl::StrCat(value.type, "; ", value.value);
}

void BindTypedValue(py::module_& module) {
  BindEnum<Action>(module, "Action", "What became of it (RFC 3464, 2.3.3).",
                   {{"FAILED", Action::kFailed},
                    {"DELAYED", Action::kDelayed},
                    {"DELIVERED", Action::kDelivered},
                    {"RELAYED", Action::kRelayed},
                    {"EXPANDED", Action::kExpanded}});
  MakeValue(
      py::class_<TypedValue>(module, "TypedValue",
                             R"(A type and a value (RFC 3464, 2.1.2).

>>> mta = mailsec.ndn.TypedValue("dns", "mx.example.org")
>>> str(mta), mta.type
('dns; mx.example.org', 'dns')

Where one is wanted, a str that is written so will do.
)")
          .def(py::init([](std::string type, std::string value) {
                 return TypedValue{std::move(type), std::move(value)};
               }),
               py::arg("type"), py::arg("value"), "`type` in lower case.")
          .def_readonly("type", &TypedValue::type, "In lower case; \"\": none.")
          .def_readonly("value", &TypedValue::value, "What follows the type.")
          .def("__str__", &ToText)
          .def("__bool__",
               [](const TypedValue& value) { return !value.empty(); })
          .def(
              "__eq__",
              [](const TypedValue& a, const TypedValue& b) { return a == b; },
              py::is_operator())
          .def("__hash__",
               [](const TypedValue& value) {
                 return py::hash(py::str(ToText(value)));
               }),
      {"type", "value"}, &TypedValue::type, &TypedValue::value);
}

void BindRecipientStatus(py::module_& module) {
  MakeValue(
      py::class_<RecipientStatus>(
          module, "RecipientStatus",
          R"(What became of one recipient (RFC 3464, 2.3).

>>> bob = mailsec.ndn.RecipientStatus(
...     final_recipient="rfc822; bob@example.net", status="5.1.1",
...     diagnostic_code="smtp; 550 5.1.1 No such user")
>>> bob.final_recipient.value, bob.action.name, str(bob.status)
('bob@example.net', 'FAILED', '5.1.1')
)")
          .def(py::init([](const TypedArgument& final_recipient,
                           const StatusArgument& status, Action action,
                           const TypedArgument& original_recipient,
                           const TypedArgument& remote_mta,
                           const TypedArgument& diagnostic_code,
                           std::optional<absl::Time> last_attempt,
                           std::optional<absl::Time> will_retry_until,
                           std::string final_log_id) {
                 return RecipientStatus{
                     .original_recipient = ToTyped(original_recipient),
                     .final_recipient = ToTyped(final_recipient),
                     .action = action,
                     .status = ToStatus(status),
                     .remote_mta = ToTyped(remote_mta),
                     .diagnostic_code = ToTyped(diagnostic_code),
                     .last_attempt = last_attempt,
                     .will_retry_until = will_retry_until,
                     .final_log_id = std::move(final_log_id)};
               }),
               py::kw_only(), py::arg("final_recipient"), py::arg("status"),
               py::arg_v("action", Action::kFailed, "Action.FAILED"),
               py::arg("original_recipient") = "", py::arg("remote_mta") = "",
               py::arg("diagnostic_code") = "",
               py::arg("last_attempt") = py::none(),
               py::arg("will_retry_until") = py::none(),
               py::arg("final_log_id") = "",
               "Times have a time zone; what is \"\" or None is not said.")
          .def_readonly("final_recipient", &RecipientStatus::final_recipient,
                        "Whom it is about.")
          .def_readonly("original_recipient",
                        &RecipientStatus::original_recipient,
                        "As the sender named it.")
          .def_readonly("action", &RecipientStatus::action,
                        "What became of it.")
          .def_readonly("status", &RecipientStatus::status,
                        "Its code (RFC 3463).")
          .def_readonly("remote_mta", &RecipientStatus::remote_mta,
                        "Who said so.")
          .def_readonly("diagnostic_code", &RecipientStatus::diagnostic_code,
                        "What it said; lines parted by \"\\n\".")
          .def_readonly("last_attempt", &RecipientStatus::last_attempt,
                        "When it was last tried, or None.")
          .def_readonly("will_retry_until", &RecipientStatus::will_retry_until,
                        "How long it will be tried, or None.")
          .def_readonly("final_log_id", &RecipientStatus::final_log_id,
                        "Where to look in a log."),
      {"original_recipient", "final_recipient", "action", "status",
       "remote_mta", "diagnostic_code", "last_attempt", "will_retry_until",
       "final_log_id"},
      &RecipientStatus::original_recipient, &RecipientStatus::final_recipient,
      &RecipientStatus::action, &RecipientStatus::status,
      &RecipientStatus::remote_mta, &RecipientStatus::diagnostic_code,
      &RecipientStatus::last_attempt, &RecipientStatus::will_retry_until,
      &RecipientStatus::final_log_id);
}

void BindReport(py::module_& module) {
  MakeValue(
      py::class_<DeliveryReport>(
          module, "DeliveryReport",
          "What a delivery status notification says (RFC 3464, 2.2).")
          .def(py::init([](std::vector<RecipientStatus> recipients,
                           const TypedArgument& reporting_mta,
                           std::string original_envelope_id,
                           const TypedArgument& received_from_mta,
                           std::optional<absl::Time> arrival_date) {
                 return DeliveryReport{
                     .original_envelope_id = std::move(original_envelope_id),
                     .reporting_mta = ToTyped(reporting_mta),
                     .received_from_mta = ToTyped(received_from_mta),
                     .arrival_date = arrival_date,
                     .recipients = std::move(recipients)};
               }),
               py::kw_only(), py::arg("recipients"),
               py::arg("reporting_mta") = "",
               py::arg("original_envelope_id") = "",
               py::arg("received_from_mta") = "",
               py::arg("arrival_date") = py::none(),
               "A Builder puts itself into an empty `reporting_mta`.")
          .def_readonly("recipients", &DeliveryReport::recipients,
                        "One RecipientStatus each.")
          .def_readonly("reporting_mta", &DeliveryReport::reporting_mta,
                        "Whose report it is.")
          .def_readonly("original_envelope_id",
                        &DeliveryReport::original_envelope_id,
                        "The sender's ENVID; may be empty.")
          .def_readonly("received_from_mta", &DeliveryReport::received_from_mta,
                        "Where the message came from.")
          .def_readonly("arrival_date", &DeliveryReport::arrival_date,
                        "When it came, or None."),
      {"original_envelope_id", "reporting_mta", "received_from_mta",
       "arrival_date", "recipients"},
      &DeliveryReport::original_envelope_id, &DeliveryReport::reporting_mta,
      &DeliveryReport::received_from_mta, &DeliveryReport::arrival_date,
      &DeliveryReport::recipients);
  MakeValue(
      py::class_<ParsedReport>(module, "ParsedReport",
                               "A report that was read.")
          .def_readonly("report", &ParsedReport::report, "Its DeliveryReport.")
          .def_readonly("explanation", &ParsedReport::explanation,
                        "The part for people; may be empty.")
          .def_readonly("original_headers", &ParsedReport::original_headers,
                        "Of the returned message; may be empty.")
          .def_readonly("original_message_id",
                        &ParsedReport::original_message_id,
                        "Its Message-ID; may be empty."),
      {"report", "explanation", "original_headers", "original_message_id"},
      &ParsedReport::report, &ParsedReport::explanation,
      &ParsedReport::original_headers, &ParsedReport::original_message_id);
  module.def(
      "parse",
      [](const Octets& content) {
        const GilRelease without_gil;
        return notify::ParseReport(content.view());
      },
      py::arg("content"), R"(Reads a whole message that is a delivery report.

LookupError if it is none, ValueError if it names no recipient. What a report
does not say is empty: nothing is guessed from its text.

>>> mailsec.ndn.parse(b"Subject: hello\r\n\r\nAt noon?\r\n")
Traceback (most recent call last):
  ...
LookupError: not a delivery status notification
)");
}

void BindLinter(py::module_& module) {
  BindEnum<Violation::Severity>(module, "Severity",
                                "What the RFC says: MUST, or SHOULD.",
                                {{"ERROR", Violation::Severity::kError},
                                 {"WARNING", Violation::Severity::kWarning}});
  MakeValue(
      py::class_<Violation>(module, "Violation", "What is wrong with a report.")
          .def_readonly("severity", &Violation::severity, "ERROR or WARNING.")
          .def_readonly("line", &Violation::line, "Of the message, from 1.")
          .def_readonly("rule", &Violation::rule, "Its name; stable.")
          .def_readonly("rfc", &Violation::rfc, "The section that it breaks.")
          .def_readonly("message", &Violation::message,
                        "What is wrong, and what belongs there.")
          .def("__str__",
               [](const Violation& v) {
                 return absl::StrCat(v.line, ": ",
                                     notify::SeverityName(v.severity), " ",
                                     v.rule, ": ", v.message, " (", v.rfc, ")");
               }),
      {"severity", "line", "rule", "rfc", "message"}, &Violation::severity,
      &Violation::line, &Violation::rule, &Violation::rfc, &Violation::message);
  CompareBy(
      py::class_<LintRule>(module, "LintRule",
                           "One thing that lint() looks at.")
          .def_readonly("name", &LintRule::name, "Stable and unique.")
          .def_readonly("severity", &LintRule::severity, "ERROR or WARNING.")
          .def_readonly("rfc", &LintRule::rfc, "Where it is written.")
          .def_readonly("summary", &LintRule::summary, "What it wants."),
      {"name", "severity", "rfc", "summary"});
  module.def("rules", &notify::LintRules, R"(Every rule that lint() knows.

>>> {rule.name: rule.rfc for rule in mailsec.ndn.rules()}["status.missing"]
'RFC 3464, 2.3.4'
)");
  module.def(
      "lint",
      [](const Octets& content) {
        const GilRelease without_gil;
        return notify::LintReport(content.view());
      },
      py::arg("content"), R"(All violations of the RFCs in a report, by line.

>>> for violation in mailsec.ndn.lint(b"Subject: hello\r\n\r\nAt noon?\r\n"):
...     print(violation.line, violation.rule, "breaks", violation.rfc)
1 report.none breaks RFC 3464, 2
)");
}

}  // namespace

void BindNdn(py::module_& module) {
  py::module_ ndn = module.def_submodule("_ndn");
  // Types are named after the module that users import.
  ndn.attr("__name__") = "mailsec.ndn";
  BindTypedValue(ndn);
  BindRecipientStatus(ndn);
  BindReport(ndn);
  BindLinter(ndn);
  BindCause(ndn);
  BindNdnBuilder(ndn);
  BindNdnPolicy(ndn);
}

}  // namespace mailsec::python
