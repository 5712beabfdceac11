#include <pybind11/stl.h>

#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/networks.h"
#include "mailcore/address/path.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/network_set.h"
#include "mailcore/policy/relay_policy.h"

namespace mailsec::python {

namespace py = pybind11;
using ip::IpAddress;
using policy::Client;
using policy::MxAuthority;
using policy::RelayPolicy;

void BindRelay(py::module_& module) {
  py::class_<RelayPolicy>(
      module, "RelayPolicy",
      R"(Decides who may send mail through this server (BSI M 5.56, relaying).

>>> mx = mailsec.StaticMxAuthority(["ours.example"])
>>> policy = mailsec.RelayPolicy(authorised_networks=["192.0.2.0/24"], mx=mx)

Anyone may write to us; only our own networks may write to everyone:

>>> policy.decide(client_ip="203.0.113.9",
...               recipient="<a@ours.example>").accepted
True
>>> print(policy.decide(client_ip="203.0.113.9",
...                     recipient="<b@far.example>").reply)
550 5.7.1 Relaying is not permitted
>>> policy.decide(client_ip="192.0.2.7", recipient="<b@far.example>").accepted
True

An open relay cannot be built, not even by mistake:

>>> mailsec.RelayPolicy(authorised_networks=["0.0.0.0/0"], mx=mx)
Traceback (most recent call last):
  ...
ValueError: authorised_networks: prefix length 0 would make an open relay
)")
      .def(py::init([](MxAuthority& mx, Networks authorised_networks,
                       const std::vector<TextOr<IpAddress>>& own_addresses) {
             return ValueOrRaise(RelayPolicy::Create(
                 {.authorised_networks =
                      ToNetworkSet(std::move(authorised_networks)),
                  .own_addresses = Values(own_addresses)},
                 &mx));
           }),
           py::kw_only(), py::arg("mx"),
           py::arg("authorised_networks") = py::tuple(),
           py::arg("own_addresses") = py::tuple(), py::keep_alive<1, 2>(),
           R"(`mx` answers for domains that are ours, and is kept alive.

`authorised_networks` may send to anyone; default: nobody. `own_addresses` are
those of this server that mail may be sent to as a literal. ValueError if the
networks hold nearly everyone.)")
      .def("decide",
           Unlocked([](const RelayPolicy& policy,
                       const TextOr<IpAddress>& client_ip,
                       const TextOr<address::ForwardPath>& recipient,
                       bool authenticated) {
             return policy.Decide(
                 Client{.ip = *client_ip, .authenticated = authenticated},
                 *recipient);
           }),
           py::kw_only(), py::arg("client_ip"), py::arg("recipient"),
           py::arg("authenticated") = false,
           R"(The Decision for one recipient, a path with its brackets.

Blocks as long as the MxAuthority does, without the GIL. If that cannot tell,
the reply is 451 4.4.3.)");
}

}  // namespace mailsec::python
