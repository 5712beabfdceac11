#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/values.h"
#include "mailcore/address/subaddress.h"
#include "mailcore/route/local_names.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using address::Domain;
using policy::RecipientDirectory;
using route::AliasTable;
using route::LocalNames;
using route::MeantMailbox;
using route::MeantName;
using route::NamesOfDomain;

void BindNameValues(py::module_& module) {
  MakeValue(
      py::class_<NamesOfDomain>(module, "NamesOfDomain",
                                "How names are read in a domain of ours.")
          .def(
              py::init([](const TextOr<Domain>& domain, std::string separators,
                          const std::optional<TextOr<Address>>& catch_all) {
                RaiseIfError(address::CheckSeparators(separators));
                NamesOfDomain names = {.domain = *domain,
                                       .separators = std::move(separators)};
                if (catch_all) names.catch_all = **catch_all;
                return names;
              }),
              py::arg("domain"),
              py::arg("separators") = std::string(address::kUsualSeparators),
              py::arg("catch_all") = py::none(),
              R"(`domain` is its main name. Each sign of `separators` begins a detail.

`catch_all`, a mailbox or an alias, takes the mail for names that do not exist:
every guessed name is valid then. ValueError for what cannot separate.)")
          .def_readonly("domain", &NamesOfDomain::domain, "Its main name.")
          .def_readonly("separators", &NamesOfDomain::separators,
                        "\"\": no address has a detail.")
          .def_readonly("catch_all", &NamesOfDomain::catch_all,
                        "An Address, or None."),
      {"domain", "separators", "catch_all"}, &NamesOfDomain::domain,
      &NamesOfDomain::separators, &NamesOfDomain::catch_all);
  MakeValue(py::class_<MeantMailbox>(module, "MeantMailbox",
                                     "One of those whom an address means.")
                .def_readonly("address", &MeantMailbox::address,
                              "As mail is handed on: with the detail.")
                .def_readonly("mailbox", &MeantMailbox::mailbox,
                              "Whose it is: without."),
            {"address", "mailbox"}, &MeantMailbox::address,
            &MeantMailbox::mailbox);
  MakeValue(py::class_<MeantName>(module, "MeantName",
                                  "What an address of ours means.")
                .def_readonly("kind", &MeantName::kind, "The NameKind.")
                .def_property_readonly(
                    "mailboxes",
                    [](const MeantName& meant) { return meant.mailboxes; },
                    "A MeantMailbox each; [] if nobody is meant."),
            {"kind", "mailboxes"}, &MeantName::kind, &MeantName::mailboxes);
}

}  // namespace

void BindLocalNames(py::module_& module) {
  BindNameValues(module);
  py::class_<LocalNames>(module, "LocalNames",
                         R"(Whose mailboxes does an address of ours mean?

>>> from mailsec.route import AliasTable, LocalNames, NamesOfDomain
>>> names = LocalNames(
...     [NamesOfDomain("example.org", catch_all="info@example.org")],
...     AliasTable("team@example.org: alice@example.org", ["example.org"]),
...     mailsec.TextRecipientDirectory("alice@example.org\ninfo@example.org\n"
...                                    "gone@example.org refused\n"))
>>> for name in ["alice", "Alice+shop", "team", "team+x", "guess", "gone"]:
...     meant = names.of(name + "@example.org")
...     print(meant.kind.name, [str(m.address) for m in meant.mailboxes])
MAILBOX ['alice@example.org']
SUBADDRESS ['Alice+shop@example.org']
ALIAS ['alice@example.org']
SUBADDRESS ['alice@example.org']
CATCH_ALL ['info@example.org']
MAILBOX []
>>> print(names.mailbox_of("Alice+shop@example.org"))
Alice@example.org
)")
      .def(
          py::init([](std::vector<NamesOfDomain> domains,
                      const AliasTable& aliases,
                      RecipientDirectory& mailboxes) {
            return LocalNames(std::move(domains), &aliases, &mailboxes);
          }),
          py::arg("domains"), py::arg("aliases"), py::arg("mailboxes"),
          py::keep_alive<1, 3>(), py::keep_alive<1, 4>(),
          "`mailboxes` knows mailboxes by the main names of their domains, and "
          "no aliases. It and `aliases` are kept alive.")
      .def(
          "of",
          Unlocked([](const LocalNames& names, const TextOr<Address>& address) {
            return names.Of(*address);
          }),
          py::arg("address"),
          "The MeantName of an address with the main name of its domain.")
      .def(
          "mailbox_of",
          Unlocked([](const LocalNames& names, const TextOr<Address>& address) {
            return names.MailboxOf(*address);
          }),
          py::arg("address"),
          "Whose mailbox it is, without the detail; None: nobody's.")
      .def(
          "has_mailbox",
          Unlocked([](const LocalNames& names, const TextOr<Address>& address) {
            return names.HasMailbox(*address);
          }),
          py::arg("address"),
          "True if a mailbox has the name, with a detail or without.");
}

}  // namespace mailsec::python
