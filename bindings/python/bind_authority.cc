#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/callbacks.h"
#include "bindings/python/gil.h"
#include "bindings/python/override.h"
#include "bindings/python/values.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/policy/answer.h"
#include "mailcore/policy/live_mx_authority.h"
#include "mailcore/policy/mx_authority.h"
#include "mailcore/policy/static_mx_authority.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Domain;
using dns::DnssecStatus;
using dns::Resolver;
using policy::Answer;
using policy::LiveMxAuthority;
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
  BindEnum<Answer>(
      module, "Answer", "Yes, no, or cannot tell.",
      {{"YES", Answer::kYes},
       {"NO", Answer::kNo, "Refuses for good."},
       {"CANNOT_TELL", Answer::kCannotTell,
        "The one that knows could not be asked; refuses for now."}});
}

void BindMxVerdict(py::module_& module) {
  MakeValue(py::class_<MxVerdict>(module, "MxVerdict",
                                  R"(Are we mail exchanger for a domain?

>>> mailsec.MxVerdict(mailsec.Answer.YES, "the operator lists it").reason
'the operator lists it'
)")
                .def(py::init([](Answer answer, std::string reason,
                                 DnssecStatus dnssec) {
                       return MxVerdict{answer, std::move(reason), dnssec};
                     }),
                     py::arg("answer"), py::arg("reason") = "",
                     py::arg_v("dnssec", DnssecStatus::kInsecure,
                               "DnssecStatus.INSECURE"),
                     "`reason` is for the operator.")
                .def_readonly("answer", &MxVerdict::answer, "The Answer.")
                .def_readonly("reason", &MxVerdict::reason, "For the operator.")
                .def_readonly("dnssec", &MxVerdict::dnssec,
                              "Of the MX records that the answer rests on.")
                .def("__repr__",
                     [](const MxVerdict& verdict) {
                       return py::str("<mailsec.MxVerdict {}: {}>")
                           .format(py::cast(verdict.answer).attr("name"),
                                   verdict.reason);
                     }),
            {"answer", "reason", "dnssec"}, &MxVerdict::answer,
            &MxVerdict::reason, &MxVerdict::dnssec);
}

constexpr char kHoldsDoc[] =
    "The MxVerdict about `domain` itself; a subdomain is another one.";

// Those of the library take a text, too.
template <typename Authority>
void BindHoldsMxFor(py::class_<Authority, MxAuthority>& authority) {
  authority.def("holds_mx_for",
                Unlocked([](Authority& self, const TextOr<Domain>& domain) {
                  return self.HoldsMxFor(*domain);
                }),
                py::arg("domain"), kHoldsDoc);
}

void BindMxAuthority(py::module_& module) {
  const py::object base =
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
          .def("holds_mx_for", Unlocked(&MxAuthority::HoldsMxFor),
               py::arg("domain"), kHoldsDoc);
  RefuseCoroutines(base, {"holds_mx_for"});

  py::class_<StaticMxAuthority, MxAuthority> listed(
      module, "StaticMxAuthority", R"(The domains that the operator has listed.

>>> mx = mailsec.StaticMxAuthority(["ours.example"])
>>> mx.holds_mx_for("x.ours.example").answer.name
'NO'
)");
  listed.def(py::init([](const std::vector<TextOr<Domain>>& domains) {
               return StaticMxAuthority(Values(domains));
             }),
             py::arg("domains"), "Each domain by itself, without subdomains.");
  BindHoldsMxFor(listed);
}

void BindLiveMx(py::module_& module) {
  py::class_<LiveMxAuthority, MxAuthority> live(
      module, "LiveMxAuthority",
      R"(The domains whose MX records name this server, if the operator agrees.

A record alone never makes a domain ours: anybody can publish one. Either the
domain is in `consenting_domains`, or `any_most_preferred` is set and all its most
preferred exchangers are ours.

>>> class Zone(mailsec.Resolver):
...     def look_up_mx(self, domain):
...         return mailsec.MxAnswer([mailsec.MxRecord(10, "mx.example.org")])
>>> mx = mailsec.LiveMxAuthority(["mx.example.org"], Zone(),
...                              consenting_domains=["customer.example"])
>>> mx.holds_mx_for("customer.example").answer.name
'YES'
>>> mx.holds_mx_for("stranger.example").answer.name
'NO'
)");
  live.def(py::init([](const std::vector<TextOr<Domain>>& own_names,
                       dns::Resolver& resolver,
                       const std::vector<TextOr<Domain>>& consenting_domains,
                       bool any_most_preferred, bool require_dnssec) {
             return std::make_unique<LiveMxAuthority>(
                 LiveMxAuthority::Options{
                     .own_names = Values(own_names),
                     .consenting_domains = Values(consenting_domains),
                     .any_most_preferred = any_most_preferred,
                     .require_dnssec = require_dnssec},
                 &resolver);
           }),
           py::arg("own_names"), py::arg("resolver"), py::kw_only(),
           py::arg("consenting_domains") = py::tuple(),
           py::arg("any_most_preferred") = false,
           py::arg("require_dnssec") = false, py::keep_alive<1, 3>(),
           R"(`own_names` are the host names that MX records call us by.

`resolver` is kept alive. With `require_dnssec`, answers that are not proven
count as "no".)");
  BindHoldsMxFor(live);
}

}  // namespace

void BindAuthority(py::module_& module) {
  BindAnswer(module);
  BindMxVerdict(module);
  BindMxAuthority(module);
  BindLiveMx(module);
}

}  // namespace mailsec::python
