#include <pybind11/stl.h>

#include <cstdint>
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
#include "mailcore/dns/resolver.h"
#include "mailcore/io/unbound_resolver.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Domain;
using dns::AddressAnswer;
using dns::DnssecStatus;
using dns::MxAnswer;
using dns::MxRecord;
using dns::Resolver;
using io::UnboundResolver;

// A Resolver that is implemented in Python. LookupError is NotFound; whatever
// else is raised is Unavailable.
class PyResolver : public Resolver {
 public:
  absl::StatusOr<MxAnswer> LookUpMx(const Domain& domain) override {
    return Ask<MxAnswer>("look_up_mx", domain);
  }
  absl::StatusOr<AddressAnswer> LookUpAddresses(
      const std::string& host) override {
    return Ask<AddressAnswer>("look_up_addresses", host);
  }

 private:
  template <typename R, typename Question>
  absl::StatusOr<R> Ask(const char* method, const Question& question) {
    const GilAcquire gil;
    if (HasKeptException()) return absl::UnavailableError("interrupted");
    try {
      const py::function function =
          FindOverride(static_cast<Resolver*>(this), method);
      if (!function) {
        return absl::UnavailableError(
            absl::StrCat(method, "() is not implemented"));
      }
      return ToResult<R>(Call(function, py::make_tuple(question)), method);
    } catch (const py::error_already_set& raised) {
      // What is raised to answer is an answer; anything else is a mistake, too.
      if (raised.matches(PyExc_LookupError)) {
        return absl::NotFoundError(ExceptionMessage(raised.value()));
      }
      if (raised.matches(PyExc_OSError)) {
        return absl::UnavailableError(ExceptionMessage(raised.value()));
      }
      return absl::UnavailableError(ReportException(method));
    } catch (...) {
      return absl::UnavailableError(ReportException(method));
    }
  }
};

void BindAnswers(py::module_& module) {
  BindEnum<DnssecStatus>(
      module, "DnssecStatus", "Is a DNS answer proven?",
      {{"INSECURE", DnssecStatus::kInsecure, "Not signed, not validated."},
       {"SECURE", DnssecStatus::kSecure, "The chain of trust holds."}});

  MakeValue(
      py::class_<MxRecord>(module, "MxRecord",
                           "One mail exchanger of a domain (RFC 5321, 5.1).")
          .def(
              py::init<uint16_t, std::string>(), py::arg("preference"),
              py::arg("exchange"),
              "`exchange` is in lower case without a trailing dot; \"\" is the "
              "null MX (RFC 7505).")
          .def_readonly("preference", &MxRecord::preference,
                        "Lower goes first.")
          .def_readonly("exchange", &MxRecord::exchange, "A host name.")
          .def("__repr__",
               [](const MxRecord& record) {
                 return py::str("MxRecord({}, {!r})")
                     .format(record.preference, record.exchange);
               }),
      {"preference", "exchange"}, &MxRecord::preference, &MxRecord::exchange);

  MakeValue(
      py::class_<MxAnswer>(module, "MxAnswer", "The MX records of a domain.")
          .def(py::init<std::vector<MxRecord>, DnssecStatus>(),
               py::arg("records"),
               py::arg_v("dnssec", DnssecStatus::kInsecure,
                         "DnssecStatus.INSECURE"),
               "`records` by preference.")
          .def_property_readonly(
              "records", [](const MxAnswer& answer) { return answer.records; },
              "By preference.")
          .def_readonly("dnssec", &MxAnswer::dnssec, "Is the answer proven?"),
      {"records", "dnssec"}, &MxAnswer::records, &MxAnswer::dnssec);

  MakeValue(
      py::class_<AddressAnswer>(module, "AddressAnswer",
                                "The addresses of a host.")
          .def(py::init([](const std::vector<TextOr<ip::IpAddress>>& addresses,
                           DnssecStatus dnssec, std::string canonical_name) {
                 return AddressAnswer{Values(addresses), dnssec,
                                      std::move(canonical_name)};
               }),
               py::arg("addresses"),
               py::arg_v("dnssec", DnssecStatus::kInsecure,
                         "DnssecStatus.INSECURE"),
               py::arg("canonical_name") = "",
               "`addresses` of both families; `canonical_name` if CNAME "
               "records led "
               "to them.")
          .def_property_readonly(
              "addresses",
              [](const AddressAnswer& answer) { return answer.addresses; },
              "A and AAAA records.")
          .def_readonly("dnssec", &AddressAnswer::dnssec,
                        "Is the answer proven?")
          .def_readonly(
              "canonical_name", &AddressAnswer::canonical_name,
              "Where CNAME records led to, in lower case; \"\" if the "
              "name that was asked for is no alias."),
      {"addresses", "dnssec", "canonical_name"}, &AddressAnswer::addresses,
      &AddressAnswer::dnssec, &AddressAnswer::canonical_name);
}

void BindResolverClass(py::module_& module) {
  const py::object base =
      py::class_<Resolver, PyResolver>(
          module, "Resolver",
          R"(Asks the DNS. Subclass it; the methods may block
and may be called from several threads.

To say that there is no such record, raise LookupError; to say that the question
could not be answered, raise OSError (ConnectionError, TimeoutError). Any other
exception counts as the latter, and goes to sys.unraisablehook besides.

>>> class Zone(mailsec.Resolver):
...     def look_up_mx(self, domain):
...         mx = {"a.example": "mx.example.org"}
...         return mailsec.MxAnswer([mailsec.MxRecord(10, mx[str(domain)])])
>>> Zone().look_up_mx("a.example").records
[MxRecord(10, 'mx.example.org')]
>>> Zone().look_up_mx("b.example")
Traceback (most recent call last):
  ...
KeyError: 'b.example'
)")
          .def(py::init<>(), "For subclasses.")
          .def("look_up_mx", Unlocked(&Resolver::LookUpMx), py::arg("domain"),
               "The MxAnswer about a Domain.")
          .def("look_up_addresses", Unlocked(&Resolver::LookUpAddresses),
               py::arg("host"), "The AddressAnswer about a host name, a str.");
  RefuseCoroutines(base, {"look_up_mx", "look_up_addresses"});
}

void BindUnbound(py::module_& module) {
  py::class_<InterruptibleResolver, Resolver>(module, "UnboundResolver",
                                              R"(Asks the DNS by libunbound.

Answers are cached; with a trust anchor they are validated (DNSSEC), and what
fails that raises ConnectionError and is never an answer.

>>> resolver = mailsec.UnboundResolver(forward=["192.0.2.53"])
>>> from mailsec.route import MxPlanner
>>> planner = MxPlanner(resolver)
)")
      .def(py::init([](std::vector<std::string> forward,
                       std::string trust_anchor_file, absl::Duration timeout) {
             return std::make_unique<InterruptibleResolver>(
                 ValueOrRaise(UnboundResolver::Create(
                     {.forward = std::move(forward),
                      .trust_anchor_file = std::move(trust_anchor_file),
                      .timeout = timeout})));
           }),
           py::kw_only(), py::arg("forward") = py::tuple(),
           py::arg("trust_anchor_file") = "",
           py::arg("timeout") = UnboundResolver::Options().timeout,
           R"(`forward` are name servers, "192.0.2.53" or "192.0.2.53@5353".

Without them, those of /etc/resolv.conf are asked. `timeout` is for one
question. ValueError for an option that cannot be used.)")
      .def("look_up_mx",
           Unlocked(
               [](InterruptibleResolver& self, const TextOr<Domain>& domain) {
                 return self.LookUpMx(*domain);
               }),
           py::arg("domain"), "The MxAnswer about a domain.");
}

}  // namespace

void BindResolver(py::module_& module) {
  BindAnswers(module);
  BindResolverClass(module);
  BindUnbound(module);
}

}  // namespace mailsec::python
