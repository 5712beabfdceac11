#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/values.h"
#include "mailcore/ip/ip_address.h"
#include "mailcore/ip/ip_network.h"
#include "mailcore/ip/network_set.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using ip::IpAddress;
using ip::IpNetwork;
using ip::NetworkSet;

template <size_t kSize>
std::array<uint8_t, kSize> ToArray(absl::string_view octets) {
  if (octets.size() != kSize) {
    throw py::value_error("an IPv4 address has 4 octets, an IPv6 address 16");
  }
  std::array<uint8_t, kSize> out;
  std::copy(octets.begin(), octets.end(), out.begin());
  return out;
}

IpAddress FromOctets(const Octets& octets) {
  const absl::string_view view = octets.view();
  return view.size() == 4 ? IpAddress::FromV4(ToArray<4>(view))
                          : IpAddress::FromV6(ToArray<16>(view));
}

py::bytes ToOctets(const IpAddress& ip) {
  const std::array<uint8_t, 16> all = ip.ToV6Octets();
  const size_t skip = ip.is_v4() ? 12 : 0;
  return py::bytes(reinterpret_cast<const char*>(all.data()) + skip,
                   all.size() - skip);
}

void BindIpAddress(py::module_& module) {
  MakeTextValue(
      py::class_<IpAddress>(module, "IpAddress", R"(An IPv4 or IPv6 address.

An IPv4-mapped IPv6 address is the same host as the IPv4 address in it, and
becomes that address. What could be read in two ways is refused.

>>> mailsec.IpAddress("::ffff:192.0.2.7")
IpAddress('192.0.2.7')
>>> mailsec.IpAddress("192.0.2.010")
Traceback (most recent call last):
  ...
ValueError: not an IP address: a leading zero is octal to some and decimal to others
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(IpAddress::Parse(text));
               }),
               py::arg("text"),
               "Parses text; ValueError says what is wrong in it.")
          .def_static("from_octets", &FromOctets, py::arg("octets"),
                      R"(The address of 4 or 16 octets in network order.

>>> mailsec.IpAddress.from_octets(bytes([192, 0, 2, 7]))
IpAddress('192.0.2.7')
)")
          .def("to_octets", &ToOctets,
               "4 octets in network order, or 16 for IPv6.")
          .def_property_readonly("is_v4", &IpAddress::is_v4,
                                 "True for IPv4, False for IPv6.")
          .def_property_readonly("bits", &IpAddress::bits, "32 or 128.")
          .def_property_readonly("is_loopback", &IpAddress::IsLoopback,
                                 "True in 127.0.0.0/8, and for ::1.")
          .def_property_readonly("is_unspecified", &IpAddress::IsUnspecified,
                                 "True for 0.0.0.0 and ::.")
          .def(py::self == py::self)
          .def(py::self < py::self)
          .def("__hash__",
               [](const IpAddress& ip) { return absl::Hash<IpAddress>{}(ip); })
          .def("__str__", &IpAddress::ToString)
          .def("__repr__",
               [](const IpAddress& ip) {
                 return py::str("IpAddress({!r})").format(ip.ToString());
               }),
      &IpAddress::ToString, &IpAddress::Parse);
}

void BindIpNetwork(py::module_& module) {
  MakeTextValue(
      py::class_<IpNetwork>(module, "IpNetwork",
                            R"(The hosts that share a prefix.

>>> net = mailsec.IpNetwork("192.0.2.0/24")
>>> "192.0.2.255" in net, "192.0.3.0" in net
(True, False)
>>> mailsec.IpNetwork("10.0.0.5/8")
Traceback (most recent call last):
  ...
ValueError: bits to the right of the prefix are set: did you mean 10.0.0.0/8 or 10.0.0.5/32?
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(IpNetwork::Parse(text));
               }),
               py::arg("text"),
               "Parses \"address/prefix length\", or an address alone.")
          .def_static(
              "create",
              [](const TextOr<IpAddress>& address, int prefix_length) {
                return IpNetwork::Create(*address, prefix_length);
              },
              py::arg("address"), py::arg("prefix_length"),
              R"(The network of `address`; bits beyond the prefix are cleared.

>>> mailsec.IpNetwork.create("10.0.0.5", 8)
IpNetwork('10.0.0.0/8')
)")
          .def_property_readonly("address", &IpNetwork::address,
                                 "The lowest address.")
          .def_property_readonly("prefix_length", &IpNetwork::prefix_length,
                                 "How many bits its hosts share.")
          .def(
              "__contains__",
              [](const IpNetwork& net, const TextOr<IpAddress>& address) {
                return net.Contains(*address);
              },
              py::arg("address"))
          .def(py::self == py::self)
          .def("__hash__",
               [](const IpNetwork& net) {
                 return absl::HashOf(net.address(), net.prefix_length());
               })
          .def("__str__", &IpNetwork::ToString)
          .def("__repr__",
               [](const IpNetwork& net) {
                 return py::str("IpNetwork({!r})").format(net.ToString());
               }),
      &IpNetwork::ToString, &IpNetwork::Parse);
}

void BindNetworkSet(py::module_& module) {
  MakePickled(
      py::class_<NetworkSet>(module, "NetworkSet",
                             R"(Networks, asked by longest prefix; immutable.

>>> nets = mailsec.NetworkSet(["192.0.2.0/24", "192.0.2.128/25"])
>>> nets.find("192.0.2.200")
IpNetwork('192.0.2.128/25')
>>> nets.find("203.0.113.1") is None, "192.0.2.1" in nets, len(nets)
(True, True, 2)
)")
          .def(py::init([](const std::vector<TextOr<IpNetwork>>& networks) {
                 return NetworkSet(Values(networks));
               }),
               py::arg("networks") = py::tuple(),
               "ValueError says which text is no network, and why.")
          .def(
              "find",
              [](const NetworkSet& nets, const TextOr<IpAddress>& address)
                  -> Typed<"Optional[mailsec.IpNetwork]"> {
                return py::cast(nets.Find(*address),
                                py::return_value_policy::copy);
              },
              py::arg("address"),
              "The smallest network that holds `address`, or None.")
          .def_property_readonly("networks", &NetworkSet::networks,
                                 "All networks: IPv4 first, then by address.")
          .def(
              "__contains__",
              [](const NetworkSet& nets, const TextOr<IpAddress>& address) {
                return nets.Contains(*address);
              },
              py::arg("address"))
          .def("__len__",
               [](const NetworkSet& nets) { return nets.networks().size(); }),
      {"networks"},
      [](const NetworkSet& nets) { return py::make_tuple(nets.networks()); },
      [](const py::tuple& state) {
        return NetworkSet(state[0].cast<std::vector<IpNetwork>>());
      });
}

}  // namespace

void BindIp(py::module_& module) {
  BindIpAddress(module);
  BindIpNetwork(module);
  BindNetworkSet(module);
}

}  // namespace mailsec::python
