#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <string>
#include <variant>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/values.h"
#include "mailcore/address/address.h"
#include "mailcore/address/domain.h"
#include "mailcore/address/path.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using address::AddressLiteral;
using address::Domain;
using address::ForwardPath;
using address::ReversePath;

// Address("…") and the like: what the type holds, as one writes it.
template <typename T>
py::object Represent(const char* name, const T& value) {
  return py::str("{}({!r})").format(name, value.ToString());
}

using HostArgument = std::variant<TextOr<Domain>, AddressLiteral>;

Address::Host ToHost(const HostArgument& host) {
  if (const auto* domain = std::get_if<TextOr<Domain>>(&host)) return **domain;
  return std::get<AddressLiteral>(host);
}

template <typename Path>
size_t HashPath(const Path& path) {
  return path.address() ? absl::Hash<Address>{}(*path.address()) : 0;
}

void BindDomain(py::module_& module) {
  MakeTextValue(
      py::class_<Domain>(module, "Domain", R"(A valid mail domain.

Compares as the DNS does: without regard to case, and U-labels equal their
A-labels (IDNA 2008).

>>> mailsec.Domain("Bücher.example").ascii
'xn--bcher-kva.example'
>>> mailsec.Domain("EXAMPLE.org") == mailsec.Domain("example.org")
True
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(Domain::Parse(text));
               }),
               py::arg("text"),
               "Parses text; ValueError says what is wrong in it.")
          .def_static("from_fqdn", &Domain::ParseFqdn, py::arg("text"),
                      R"(As Domain(text), but drops one trailing dot (DNS).

>>> str(mailsec.Domain.from_fqdn("example.org."))
'example.org'
)")
          .def_property_readonly("ascii", &Domain::ascii,
                                 "In A-labels and lower case.")
          .def_property_readonly(
              "needs_smtputf8", &Domain::needs_smtputf8,
              "True if it was written with a non-ASCII letter.")
          .def("to_unicode", &Domain::ToUnicode, "In U-labels, for people.")
          .def(
              "is_within",
              [](const Domain& domain, const TextOr<Domain>& parent) {
                return domain.IsWithin(*parent);
              },
              py::arg("parent"),
              R"(True for `parent` itself and for every subdomain of it.

>>> mailsec.Domain("a.example.org").is_within("example.org")
True
)")
          .def(py::self == py::self)
          .def(py::self < py::self)
          .def(
              "__hash__",
              [](const Domain& domain) { return absl::Hash<Domain>{}(domain); })
          .def("__str__", &Domain::ascii)
          .def("__repr__",
               [](const Domain& domain) {
                 return py::str("Domain({!r})").format(domain.ascii());
               }),
      [](const Domain& domain) {
        return domain.needs_smtputf8() ? domain.ToUnicode() : domain.ascii();
      },
      &Domain::Parse);
}

void BindLiteral(py::module_& module) {
  MakeTextValue(
      py::class_<AddressLiteral>(module, "AddressLiteral",
                                 R"(A host that is named by its address.

>>> mailsec.AddressLiteral("[IPv6:2001:db8::25]").ip
IpAddress('2001:db8::25')
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(AddressLiteral::Parse(text));
               }),
               py::arg("text"), "Parses text with its brackets.")
          .def_static(
              "from_ip",
              [](const TextOr<ip::IpAddress>& ip) {
                return AddressLiteral(*ip);
              },
              py::arg("ip"), "The literal that names this address.")
          .def_property_readonly("ip", &AddressLiteral::ip,
                                 "The address in it.")
          .def(py::self == py::self)
          .def("__hash__",
               [](const AddressLiteral& literal) {
                 return absl::Hash<AddressLiteral>{}(literal);
               })
          .def("__str__", &AddressLiteral::ToString)
          .def("__repr__",
               [](const AddressLiteral& literal) {
                 return Represent("AddressLiteral", literal);
               }),
      &AddressLiteral::ToString, &AddressLiteral::Parse);
}

void BindMailbox(py::module_& module) {
  MakeTextValue(
      py::class_<Address>(module, "Address", R"(A valid mailbox of RFC 5321.

The local part is the receiving host's business and never taken apart, so that
"a%b@ours.example" is a mailbox of ours and not a way to b.

>>> a = mailsec.Address('"j doe"@Example.ORG')
>>> a.local_part, str(a), a.canonical_key()
('j doe', '"j doe"@Example.ORG', 'j doe@example.org')
>>> mailsec.Address("a@b@c")
Traceback (most recent call last):
  ...
ValueError: not a domain: a label holds letters, digits and hyphens only
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(Address::Parse(text));
               }),
               py::arg("text"),
               "Parses a mailbox without angle brackets; ValueError says why "
               "not.")
          .def_static(
              "create",
              [](absl::string_view local_part, const HostArgument& host) {
                return Address::Create(local_part, ToHost(host));
              },
              py::arg("local_part"), py::arg("host"),
              R"(From its parts; quotes the local part where it must be.

>>> str(mailsec.Address.create("j doe", "example.org"))
'"j doe"@example.org'
)")
          .def_property_readonly(
              "local_part", &Address::local_part,
              "Without quotes and backslashes; may be empty.")
          .def_property_readonly("host", &Address::host,
                                 "A Domain or an AddressLiteral.")
          .def_property_readonly(
              "domain",
              [](const Address& a) -> Typed<"Optional[mailsec.Domain]"> {
                return py::cast(a.domain(), py::return_value_policy::copy);
              },
              "The domain, or None for an address literal.")
          .def_property_readonly(
              "needs_smtputf8", &Address::needs_smtputf8,
              "True if it can only go where SMTPUTF8 is known.")
          .def("canonical_key", &Address::CanonicalKey,
               "Two addresses with the same key name one mailbox of ours.")
          .def(py::self == py::self)
          .def("__hash__",
               [](const Address& a) { return absl::Hash<Address>{}(a); })
          .def("__str__", &Address::ToString)
          .def("__repr__",
               [](const Address& a) { return Represent("Address", a); }),
      &Address::ToString, &Address::Parse);
}

void BindReversePath(py::module_& module) {
  MakeTextValue(
      py::class_<ReversePath>(module, "ReversePath",
                              R"(The path of MAIL: a mailbox or "<>".

>>> mailsec.ReversePath("<>").is_null
True
>>> mailsec.ReversePath("<a@example.org>").address
Address('a@example.org')
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(ReversePath::Parse(text));
               }),
               py::arg("text") = "<>", "Parses a whole path with its brackets.")
          .def_static(
              "from_address",
              [](const TextOr<Address>& address) {
                return ReversePath(*address);
              },
              py::arg("address"), "The path of this mailbox.")
          .def_property_readonly("is_null", &ReversePath::IsNull,
                                 "True for the null path, \"<>\".")
          .def_property_readonly(
              "address",
              [
              ](const ReversePath& path) -> Typed<"Optional[mailsec.Address]"> {
                return py::cast(path.address(), py::return_value_policy::copy);
              },
              "The mailbox, or None for the null path.")
          .def_property_readonly(
              "needs_smtputf8", &ReversePath::needs_smtputf8,
              "True if it can only go where SMTPUTF8 is known.")
          .def(py::self == py::self)
          .def("__hash__", &HashPath<ReversePath>)
          .def("__str__", &ReversePath::ToString)
          .def(
              "__repr__",
              [](const ReversePath& p) { return Represent("ReversePath", p); }),
      &ReversePath::ToString, &ReversePath::Parse);
}

void BindForwardPath(py::module_& module) {
  MakeTextValue(
      py::class_<ForwardPath>(module, "ForwardPath",
                              R"(The path of RCPT: a mailbox or "<Postmaster>".

A source route is read and ignored.

>>> str(mailsec.ForwardPath("<@a.example:b@c.example>"))
'<b@c.example>'
)")
          .def(py::init([](absl::string_view text) {
                 return ValueOrRaise(ForwardPath::Parse(text));
               }),
               py::arg("text"), "Parses a whole path with its brackets.")
          .def_static(
              "from_address",
              [](const TextOr<Address>& address) {
                return ForwardPath(*address);
              },
              py::arg("address"), "The path to this mailbox.")
          .def_static(
              "postmaster", &ForwardPath::Postmaster,
              "The bare \"<Postmaster>\": that of the receiving server.")
          .def_property_readonly("is_bare_postmaster",
                                 &ForwardPath::IsBarePostmaster,
                                 "True for \"<Postmaster>\" without a domain.")
          .def_property_readonly(
              "address",
              [
              ](const ForwardPath& path) -> Typed<"Optional[mailsec.Address]"> {
                return py::cast(path.address(), py::return_value_policy::copy);
              },
              "The mailbox, or None for the bare postmaster.")
          .def_property_readonly(
              "needs_smtputf8", &ForwardPath::needs_smtputf8,
              "True if it can only go where SMTPUTF8 is known.")
          .def(py::self == py::self)
          .def("__hash__", &HashPath<ForwardPath>)
          .def("__str__", &ForwardPath::ToString)
          .def(
              "__repr__",
              [](const ForwardPath& p) { return Represent("ForwardPath", p); }),
      &ForwardPath::ToString, &ForwardPath::Parse);
}

}  // namespace

void BindAddress(py::module_& module) {
  BindDomain(module);
  BindLiteral(module);
  BindMailbox(module);
  BindReversePath(module);
  BindForwardPath(module);
}

}  // namespace mailsec::python
