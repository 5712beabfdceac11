#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/override.h"
#include "mailcore/policy/answer.h"
#include "mailcore/policy/mx_authority.h"
#include "mailcore/policy/static_mx_authority.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::Answer;
using policy::DnssecStatus;
using policy::MxAuthority;
using policy::MxVerdict;
using policy::StaticMxAuthority;

// A MxAuthority that is implemented in Python.
class PyMxAuthority : public MxAuthority {
 public:
  MxVerdict HoldsMxFor(const Domain& domain) override {
    std::string error;
    std::optional<MxVerdict> verdict = CallOverride<MxVerdict>(
        static_cast<MxAuthority*>(this), "holds_mx_for", &error, domain);
    if (verdict) return *std::move(verdict);
    return {.answer = Answer::kCannotTell, .reason = error};
  }
};

void BindAnswer(py::module_& module) {
  py::enum_<Answer>(module, "Answer", "Yes, no, or cannot tell.")
      .value("YES", Answer::kYes)
      .value("NO", Answer::kNo, "Refuses for good.")
      .value("CANNOT_TELL", Answer::kCannotTell,
             "Whoever knows could not be asked; refuses for now.");
  py::enum_<DnssecStatus>(module, "DnssecStatus", "Is a DNS answer proven?")
      .value("INSECURE", DnssecStatus::kInsecure, "Not signed, not validated.")
      .value("SECURE", DnssecStatus::kSecure, "The chain of trust holds.");
}

void BindMxVerdict(py::module_& module) {
  py::class_<MxVerdict>(module, "MxVerdict",
                        R"(Are we mail exchanger for a domain?

>>> mailsec.MxVerdict(mailsec.Answer.YES, "the operator lists it").reason
'the operator lists it'
)")
      .def(
          py::init([](Answer answer, std::string reason, DnssecStatus dnssec) {
            return MxVerdict{answer, std::move(reason), dnssec};
          }),
          py::arg("answer"), py::arg("reason") = "",
          py::arg_v("dnssec", DnssecStatus::kInsecure, "DnssecStatus.INSECURE"),
          "`reason` is for the operator.")
      .def_readonly("answer", &MxVerdict::answer, "The Answer.")
      .def_readonly("reason", &MxVerdict::reason, "For the operator.")
      .def_readonly("dnssec", &MxVerdict::dnssec,
                    "Of the MX records that the answer rests on.")
      .def("__repr__", [](const MxVerdict& verdict) {
        return py::str("<mailsec.MxVerdict {}: {}>")
            .format(py::cast(verdict.answer).attr("name"), verdict.reason);
      });
}

void BindMxAuthority(py::module_& module) {
  py::class_<MxAuthority, PyMxAuthority>(
      module, "MxAuthority",
      R"(Tells whether this server is mail exchanger for a domain.

Subclass it to answer from a source of your own. holds_mx_for() may be called
from several threads and may block. If it raises, the exception goes to
sys.unraisablehook, and the answer is "cannot tell": the client is refused for
now, and nothing is relayed.

>>> class Customers(mailsec.MxAuthority):
...     def holds_mx_for(self, domain):
...         known = domain.is_within("customers.example")
...         return mailsec.MxVerdict(
...             mailsec.Answer.YES if known else mailsec.Answer.NO)
>>> policy = mailsec.RelayPolicy(mx=Customers())
>>> policy.decide(client_ip="203.0.113.9",
...               recipient="<a@shop.customers.example>").accepted
True
)")
      .def(py::init<>(), "For subclasses.")
      .def(
          "holds_mx_for",
          [](MxAuthority& authority, const TextOr<Domain>& domain) {
            return authority.HoldsMxFor(*domain);
          },
          py::arg("domain"), py::call_guard<py::gil_scoped_release>(),
          "The MxVerdict about `domain` itself; a subdomain is another one.");

  py::class_<StaticMxAuthority, MxAuthority>(
      module, "StaticMxAuthority", R"(The domains that the operator has listed.

>>> mx = mailsec.StaticMxAuthority(["ours.example"])
>>> mx.holds_mx_for("x.ours.example").answer.name
'NO'
)")
      .def(py::init([](const std::vector<TextOr<Domain>>& domains) {
             return StaticMxAuthority(Values(domains));
           }),
           py::arg("domains"), "Each domain by itself, without subdomains.");
}

}  // namespace

void BindAuthority(py::module_& module) {
  BindAnswer(module);
  BindMxVerdict(module);
  BindMxAuthority(module);
}

}  // namespace mailsec::python
