// Notifications of our own; mailsec.ndn.Builder in Python.

#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/address/address.h"
#include "mailcore/notify/cause.h"
#include "mailcore/notify/language.h"
#include "mailcore/notify/ndn_builder.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using notify::Cause;
using notify::Language;
using notify::NdnBuilder;
using notify::NdnRequest;
using notify::Notification;

void BindLanguage(py::module_& module) {
  BindEnum<Language>(
      module, "Language", "Of the part for people.",
      {{"ENGLISH", Language::kEnglish}, {"GERMAN", Language::kGerman}});
}

void BindNotification(py::module_& module) {
  MakeValue(
      py::class_<Notification>(module, "Notification",
                               "What Builder.build() wrote.")
          .def_property_readonly(
              "content",
              [](const Notification& ndn) { return py::bytes(ndn.content); },
              "The message; send it from the null path.")
          .def_readonly("needs_smtputf8", &Notification::needs_smtputf8,
                        "It can only go where SMTPUTF8 is offered.")
          .def_readonly("has_8bit", &Notification::has_8bit,
                        "It can only go where 8BITMIME is offered."),
      {"content", "needs_smtputf8", "has_8bit"}, &Notification::content,
      &Notification::needs_smtputf8, &Notification::has_8bit);
}

Notification Build(const NdnBuilder& builder, const TextOr<Address>& target,
                   notify::DeliveryReport report, const Octets& original,
                   std::string unique,
                   const std::optional<std::vector<Cause>>& causes,
                   bool return_full, bool smtputf8, const MaybeTime& now) {
  NdnRequest request = {.target = *target, .report = std::move(report)};
  request.original =
      std::string(original.view().data(), original.view().size());
  request.unique = std::move(unique);
  request.return_full = return_full;
  request.smtputf8 = smtputf8;
  if (causes) {
    request.causes = *causes;
  } else {
    for (const notify::RecipientStatus& r : request.report.recipients) {
      if (r.action == notify::Action::kFailed) {
        request.causes.push_back(Cause::kOther);
      }
    }
  }
  const GilRelease without_gil;
  return ValueOrRaise(builder.Build(request, OrNow(now)));
}

}  // namespace

void BindNdnBuilder(py::module_& module) {
  BindLanguage(module);
  BindNotification(module);
  py::class_<NdnBuilder>(module, "Builder",
                         R"(Writes notifications that break no RFC.

>>> builder = mailsec.ndn.Builder(
...     hostname="mx.example.org", from_address="postmaster@example.org")
>>> ndn = builder.build(
...     target="alice@example.com", unique="5KQ7",
...     report=mailsec.ndn.DeliveryReport(recipients=[
...         mailsec.ndn.RecipientStatus(
...             final_recipient="rfc822; bob@example.net", status="5.1.1")]),
...     causes=[mailsec.ndn.Cause.NO_SUCH_RECIPIENT],
...     original=b"From: alice@example.com\r\nSubject: lunch\r\n\r\nAt noon?")
>>> mailsec.ndn.lint(ndn.content)
[]
>>> mailsec.ndn.parse(ndn.content).report.recipients[0].final_recipient.value
'bob@example.net'
)")
      .def(py::init([](std::string hostname, const TextOr<Address>& from,
                       std::vector<Language> languages,
                       uint64_t max_returned_octets) {
             return ValueOrRaise(NdnBuilder::Create(
                 {.hostname = std::move(hostname),
                  .from = *from,
                  .languages = std::move(languages),
                  .max_returned_octets = max_returned_octets}));
           }),
           py::kw_only(), py::arg("hostname"), py::arg("from_address"),
           py::arg_v("languages", std::vector<Language>{Language::kEnglish},
                     "[Language.ENGLISH]"),
           py::arg("max_returned_octets") = 64 * 1024,
           "ValueError if `hostname` is no domain.")
      .def("build", &Build, py::kw_only(), py::arg("target"), py::arg("report"),
           py::arg("original"), py::arg("unique"),
           py::arg("causes") = py::none(), py::arg("return_full") = false,
           py::arg("smtputf8") = false, py::arg("now") = py::none(),
           R"(Writes one, to `target`, who sent `original`.

All recipients of `report` have one action. `causes` has one for each failed
recipient; without it, it is OTHER. `unique` is different for each notification:
a queue id. `now` has a time zone; without it, the clock is asked. ValueError
for what does not go together.)");
}

}  // namespace mailsec::python
