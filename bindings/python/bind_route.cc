#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/networks.h"
#include "bindings/python/values.h"
#include "mailcore/address/path.h"
#include "mailcore/dns/resolver.h"
#include "mailcore/route/alias_table.h"
#include "mailcore/route/destination.h"
#include "mailcore/route/inside.h"
#include "mailcore/route/mx_planner.h"
#include "mailcore/route/next_hops.h"
#include "mailcore/route/router.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Domain;
using address::ForwardPath;
using dns::Resolver;
using ip::IpAddress;
using route::AliasTable;
using route::Destination;
using route::FixedHost;
using route::Inside;
using route::MailClass;
using route::MxHop;
using route::MxPlan;
using route::MxPlanner;
using route::NextHop;
using route::NextHopFinder;
using route::NextHops;
using route::Router;

Destination Hop(Destination::Kind kind, std::string host, uint16_t port,
                bool cut_through, bool verify,
                std::vector<FixedHost> others = {}) {
  Destination to;
  to.kind = kind;
  to.host = std::move(host);
  to.port = port;
  to.others = std::move(others);
  to.cut_through = cut_through;
  to.verify = verify;
  return to;
}

Destination Maildir(std::string root) {
  Destination to;
  to.kind = Destination::Kind::kMaildir;
  to.maildir_root = std::move(root);
  return to;
}

Destination Mx(const std::optional<TextOr<Domain>>& domain, uint16_t port) {
  Destination to;
  to.kind = Destination::Kind::kMx;
  to.port = port;
  if (domain) to.domain = **domain;
  return to;
}

void BindKinds(py::module_& module) {
  using Kind = Destination::Kind;
  BindEnum<Kind>(
      module, "DestinationKind", "What kind of place is it?",
      {{"NONE", Kind::kNone, "No route: the mail waits for one."},
       {"MAILDIR", Kind::kMaildir, "A folder of Maildirs."},
       {"LMTP", Kind::kLmtp, "A mailbox server (RFC 2033)."},
       {"SMTP", Kind::kSmtp, "A fixed next hop, a smarthost."},
       {"MX", Kind::kMx, "The mail exchangers of a domain."},
       {"ADDRESS", Kind::kAddress, "The host of an address literal."},
       {"REFUSED", Kind::kRefused, "An address literal: 550 5.1.2."}});
  BindEnum<MailClass>(
      module, "MailClass", "May this mail leave the house?",
      {{"ORDINARY", MailClass::kOrdinary, "It may go to anybody."},
       {"LOCAL_ONLY", MailClass::kLocalOnly,
        "From one of our own users to another: it stays inside (R3)."}});
}

void BindFixedHost(py::module_& module) {
  MakeValue(
      py::class_<FixedHost>(module, "FixedHost", "A next hop beside the first.")
          .def(py::init([](std::string host, uint16_t port) {
                 return FixedHost{std::move(host), port};
               }),
               py::arg("host"), py::arg("port") = 25, "A name or an address.")
          .def_readonly("host", &FixedHost::host, "A name or an address.")
          .def_readonly("port", &FixedHost::port, "Of TCP."),
      {"host", "port"}, &FixedHost::host, &FixedHost::port);
}

void BindDestination(py::module_& module) {
  using Kind = Destination::Kind;
  const auto hop = [](Kind kind) {
    return
        [kind](std::string host, uint16_t port, bool cut_through, bool verify) {
          return Hop(kind, std::move(host), port, cut_through, verify);
        };
  };
  MakeValue(
      py::class_<Destination>(module, "Destination",
                              R"(Where a recipient's mail goes next.

>>> from mailsec.route import Destination, FixedHost
>>> print(Destination.lmtp("192.0.2.1"), Destination.mx("example.com"))
lmtp:[192.0.2.1]:24 mx:example.com
>>> print(Destination.smtp("a.example", 587, others=[FixedHost("b.example")]))
smtp:[a.example]:587,[b.example]:25
)")
          .def(py::init<>(), "Nowhere yet: the mail waits for a route.")
          .def_static("maildir", &Maildir, py::arg("root"),
                      "The Maildirs below `root`.")
          .def_static("lmtp", hop(Kind::kLmtp), py::arg("host"),
                      py::arg("port") = 24, py::arg("cut_through") = false,
                      py::arg("verify") = false,
                      "A mailbox server: a name, an address or \"unix:PATH\".")
          .def_static(
              "smtp",
              [](std::string host, uint16_t port, bool cut_through, bool verify,
                 std::vector<FixedHost> others) {
                return Hop(Kind::kSmtp, std::move(host), port, cut_through,
                           verify, std::move(others));
              },
              py::arg("host"), py::arg("port") = 25,
              py::arg("cut_through") = false, py::arg("verify") = false,
              py::arg("others") = py::tuple(),
              "A fixed next hop, a smarthost; each of `others` is tried, in "
              "this order, where those before it have a fault.")
          .def_static(
              "mx", &Mx, py::arg("domain") = py::none(), py::arg("port") = 25,
              "The mail exchangers of `domain`; None: of each recipient's.")
          .def_readonly("kind", &Destination::kind, "The DestinationKind.")
          .def_readonly("host", &Destination::host,
                        "A name, an address or \"unix:PATH\".")
          .def_readonly("port", &Destination::port, "Of TCP.")
          .def_property_readonly(
              "others", [](const Destination& to) { return to.others; },
              "If SMTP: a FixedHost each, tried in this order after `host`.")
          .def_readonly("maildir_root", &Destination::maildir_root,
                        "If MAILDIR.")
          .def_readonly("domain", &Destination::domain, "If MX.")
          .def_readonly("cut_through", &Destination::cut_through,
                        "The next hop is asked while the sender waits.")
          .def_readonly("verify", &Destination::verify,
                        "It is asked at RCPT whether the recipient exists.")
          .def(py::self == py::self)
          .def("__str__", &Destination::ToString)
          .def("__repr__",
               [](const Destination& to) {
                 return py::str("<mailsec.route.Destination {}>")
                     .format(to.ToString());
               }),
      {"kind", "host", "port", "others", "maildir_root", "domain",
       "cut_through", "verify"},
      &Destination::kind, &Destination::host, &Destination::port,
      &Destination::others, &Destination::maildir_root, &Destination::domain,
      &Destination::cut_through, &Destination::verify);
}

using FixedRoutes = std::vector<std::pair<TextOr<Domain>, Destination>>;

Router MakeRouter(std::vector<Router::LocalDomain> local_domains,
                  const FixedRoutes& fixed_routes,
                  const std::vector<TextOr<IpAddress>>& own_addresses,
                  bool allow_literals, Destination fallback) {
  Router::Options options;
  options.local_domains = std::move(local_domains);
  for (const auto& [domain, next_hop] : fixed_routes) {
    options.fixed_routes.push_back({*domain, next_hop});
  }
  options.own_addresses = Values(own_addresses);
  options.allow_literals = allow_literals;
  options.fallback = std::move(fallback);
  return ValueOrRaise(Router::Create(std::move(options)));
}

void BindRouter(py::module_& module) {
  using LocalDomain = Router::LocalDomain;
  MakeValue(
      py::class_<LocalDomain>(module, "LocalDomain",
                              "A domain whose mailboxes are ours.")
          .def(py::init([](const TextOr<Domain>& domain, Destination mailboxes,
                           const std::vector<TextOr<Domain>>& aliases) {
                 return LocalDomain{*domain, Values(aliases),
                                    std::move(mailboxes)};
               }),
               py::arg("domain"), py::arg("mailboxes"),
               py::arg("aliases") = py::tuple(),
               "`aliases` are other names of the domain, with the same "
               "mailboxes.")
          .def_readonly("domain", &LocalDomain::domain, "Its main name.")
          .def_readonly("mailboxes", &LocalDomain::mailboxes,
                        "The Destination.")
          .def_readonly("aliases", &LocalDomain::aliases, "Its other names."),
      {"domain", "aliases", "mailboxes"}, &LocalDomain::domain,
      &LocalDomain::aliases, &LocalDomain::mailboxes);

  py::class_<Router>(module, "Router", R"(Where does mail for a recipient go?

>>> from mailsec.route import Destination, LocalDomain, Router
>>> router = Router(
...     local_domains=[
...         LocalDomain("example.org", Destination.maildir("/var/mail"),
...                     aliases=["example.net"])],
...     fixed_routes=[("dept.example.org", Destination.smtp("10.0.0.1"))],
...     fallback=Destination.smtp("smarthost.example", 587))
>>> print(router.route("<bob@dept.example.org>"))
smtp:[10.0.0.1]:25
>>> print(router.route("<bob@example.com>"))
smtp:[smarthost.example]:587
>>> print(router.mailbox_owner("<alice@EXAMPLE.net>"))
alice@example.org
)")
      .def(py::init(&MakeRouter), py::kw_only(), py::arg("local_domains"),
           py::arg("fixed_routes") = py::tuple(),
           py::arg("own_addresses") = py::tuple(),
           py::arg("allow_literals") = false,
           py::arg_v("fallback", Destination(), "Destination()"),
           R"(`fixed_routes` are pairs of a domain and its next hop.

`own_addresses` are those whose literals mean us, and `fallback` is for
everything else: a smarthost, Destination.mx(), or nowhere yet. ValueError for a
domain that is listed twice, and for a destination that does not belong there.)")
      .def(
          "route",
          [](const Router& router, const TextOr<ForwardPath>& recipient) {
            return router.Route(*recipient);
          },
          py::arg("recipient"), "The Destination of a path with its brackets.")
      .def(
          "mailbox_owner",
          [](const Router& router, const TextOr<ForwardPath>& recipient) {
            return router.MailboxOwner(*recipient);
          },
          py::arg("recipient"),
          "The address with the main name of its domain; None if not local.")
      .def(
          "is_local",
          [](const Router& router, const TextOr<ForwardPath>& recipient) {
            return router.IsLocal(*recipient);
          },
          py::arg("recipient"), "True if a mailbox of ours is meant.");
}

using DomainPairs = std::vector<std::pair<TextOr<Domain>, TextOr<Domain>>>;

void BindAliasTable(py::module_& module) {
  py::class_<AliasTable>(module, "AliasTable", R"(Who is meant by an address?

>>> from mailsec.route import AliasTable
>>> table = AliasTable("team@example.org: alice@example.org, bob@example.org",
...                    served=["example.org"])
>>> [str(a) for a in table.expand("Team@example.org")]
['alice@example.org', 'bob@example.org']
>>> AliasTable("a@example.org: b@example.org\nb@example.org: a@example.org",
...            served=["example.org"])
Traceback (most recent call last):
  ...
ValueError: line 2, column 16: is a circle: a@example.org -> b@example.org -> a@example.org
)")
      .def(py::init([](absl::string_view text,
                       const std::vector<TextOr<Domain>>& served,
                       const DomainPairs& other_names) {
             route::MainNames main_names;
             for (const auto& [other, main] : other_names) {
               main_names.try_emplace(*other, *main);
             }
             return ValueOrRaise(CallUnlocked([&] {
               return AliasTable::Parse(text, Values(served), nullptr,
                                        std::move(main_names));
             }));
           }),
           py::arg("text"), py::arg("served"),
           py::arg("other_names") = py::tuple(),
           R"(One alias a line: "alias: target, target".

Targets must lie in the domains that are `served`; the alias's own name, and an
address with a backslash before it, are mailboxes. `other_names` are pairs of
another name of a domain and its main name. ValueError lists all errors.)")
      .def(
          "expand",
          [](const AliasTable& table, const TextOr<address::Address>& address) {
            return table.Expand(*address);
          },
          py::arg("address"),
          "The mailboxes behind an address, each once; [] if it is no alias.")
      .def("aliases", &AliasTable::Aliases, "Every alias, sorted.");
}

void BindInside(py::module_& module) {
  py::class_<Inside>(module, "Inside", R"(May this mail leave the house (R3)?

>>> from mailsec.route import Inside
>>> inside = Inside(own_domains=["example.org"], networks=["10.0.0.0/8"])
>>> mail_class = inside.classify(client_is_ours=True, recipient_is_ours=True,
...                              sender="<alice@example.org>")
>>> mail_class.name
'LOCAL_ONLY'
>>> inside.may_connect(mail_class, "10.0.0.25")
True
>>> inside.may_connect(mail_class, "198.51.100.1")
False
)")
      .def(py::init([](const std::vector<TextOr<Domain>>& own_domains,
                       Networks networks) {
             ip::NetworkSet set = ToNetworkSet(std::move(networks));
             RaiseIfError(Inside::Check(set));
             return Inside({.own_domains = Values(own_domains),
                            .networks = std::move(set)});
           }),
           py::kw_only(), py::arg("own_domains"),
           py::arg("networks") = py::tuple(),
           "Our name space, and where our hosts are; loopback always is one. "
           "ValueError for networks so wide that nothing would be outside.")
      .def(
          "classify",
          [](const Inside& inside, bool client_is_ours,
             const TextOr<address::ReversePath>& sender,
             bool recipient_is_ours) {
            return inside.Classify(client_is_ours, *sender, recipient_is_ours);
          },
          py::kw_only(), py::arg("client_is_ours"), py::arg("sender"),
          py::arg("recipient_is_ours"), "The MailClass, fixed on acceptance.")
      .def(
          "owns",
          [](const Inside& inside, const TextOr<Domain>& domain) {
            return inside.Owns(*domain);
          },
          py::arg("domain"), "True within our name space.")
      .def(
          "may_connect",
          [](const Inside& inside, MailClass mail_class,
             const TextOr<IpAddress>& address) {
            return inside.MayConnect(mail_class, *address);
          },
          py::arg("mail_class"), py::arg("address"),
          "May mail of this class be handed to that host?")
      .def_static(
          "refusal",
          [](const std::string& host) { return Inside::Refusal(host); },
          py::arg("host"), "550 5.7.1: what becomes of mail that may not.");
}

void BindMxPlan(py::module_& module) {
  MakeValue(
      py::class_<MxHop>(module, "MxHop", "One address of a mail exchanger.")
          .def_readonly("host", &MxHop::host, "The exchanger's name.")
          .def_readonly("address", &MxHop::address, "An IpAddress.")
          .def_readonly("preference", &MxHop::preference, "Lower goes first.")
          .def("__repr__",
               [](const MxHop& hop) {
                 return py::str("<mailsec.route.MxHop {} {}>")
                     .format(hop.host, hop.address.ToString());
               }),
      {"host", "address", "preference"}, &MxHop::host, &MxHop::address,
      &MxHop::preference);
  MakeValue(
      py::class_<MxPlan>(
          module, "MxPlan",
          "The hosts that take mail for a domain, or why none does.")
          .def_property_readonly(
              "hops", [](const MxPlan& plan) { return plan.hops; },
              "To be tried in this order; empty if there is a failure.")
          .def_readonly("failure", &MxPlan::failure, "A Reply, or None.")
          .def_readonly("dnssec", &MxPlan::dnssec, "Are all answers proven?")
          .def_readonly("key", &MxPlan::key,
                        "Equal for domains with the same exchangers."),
      {"hops", "failure", "dnssec", "key"}, &MxPlan::hops, &MxPlan::failure,
      &MxPlan::dnssec, &MxPlan::key);
}

void BindMxPlanner(py::module_& module) {
  py::class_<MxPlanner>(module, "MxPlanner",
                        R"(Which hosts take mail for a domain (RFC 5321, 5.1)?

>>> from mailsec.route import MxPlanner
>>> class Zone(mailsec.Resolver):
...     def look_up_mx(self, domain):
...         mx = {"a.example": "mx.a.example", "null.example": ""}
...         return mailsec.MxAnswer([mailsec.MxRecord(0, mx[str(domain)])])
...     def look_up_addresses(self, host):
...         return mailsec.AddressAnswer(["198.51.100.1"])
>>> planner = MxPlanner(Zone(), own_names=["mx.example.org"])
>>> planner.plan("a.example").hops
[<mailsec.route.MxHop mx.a.example 198.51.100.1>]
>>> print(planner.plan("null.example").failure)
556 5.1.10 The domain null.example takes no mail: it has a null MX record
)")
      .def(py::init([](Resolver& resolver,
                       const std::vector<TextOr<Domain>>& own_names,
                       const std::vector<TextOr<IpAddress>>& own_addresses,
                       Networks refused_networks, Networks inside_networks) {
             return MxPlanner(
                 {.own_names = Values(own_names),
                  .own_addresses = Values(own_addresses),
                  .refused_networks = ToNetworkSet(std::move(refused_networks)),
                  .inside_networks = ToNetworkSet(std::move(inside_networks))},
                 &resolver);
           }),
           py::arg("resolver"), py::kw_only(),
           py::arg("own_names") = py::tuple(),
           py::arg("own_addresses") = py::tuple(),
           py::arg("refused_networks") = py::tuple(),
           py::arg("inside_networks") = py::tuple(), py::keep_alive<1, 2>(),
           R"(The own names and addresses are how MX records call us.

Addresses in `refused_networks` are never used, private ones only if they are in
`inside_networks`. `resolver` is kept alive.)")
      .def("plan",
           Unlocked([](const MxPlanner& planner, const TextOr<Domain>& domain,
                       uint64_t seed) { return planner.Plan(*domain, seed); }),
           py::arg("domain"), py::arg("seed") = 0,
           R"(The MxPlan. Blocks as long as the Resolver does, without the GIL.

`seed` decides the order among equal preferences.)")
      .def(
          "is_ours",
          [](const MxPlanner& planner, const TextOr<IpAddress>& address) {
            return planner.IsOurs(*address);
          },
          py::arg("address"), "Would a connection there end at this host?");
}

void BindNextHops(py::module_& module) {
  MakeValue(py::class_<NextHop>(module, "NextHop",
                                "Where a connection may be opened to.")
                .def_readonly("host", &NextHop::host, "A name, or the address.")
                .def_readonly("address", &NextHop::address, "An IpAddress.")
                .def_readonly("port", &NextHop::port, "Of TCP.")
                .def("__repr__",
                     [](const NextHop& hop) {
                       return py::str("<mailsec.route.NextHop {} [{}]:{}>")
                           .format(hop.host, hop.address.ToString(), hop.port);
                     }),
            {"host", "address", "port"}, &NextHop::host, &NextHop::address,
            &NextHop::port);
  MakeValue(
      py::class_<NextHops>(
          module, "NextHops",
          "Exactly one of `hops`, `unix_path` and `failure` is set.")
          .def_property_readonly(
              "hops", [](const NextHops& to) { return to.hops; },
              "To be tried in this order.")
          .def_readonly("unix_path", &NextHops::unix_path,
                        "A socket here, or \"\".")
          .def_readonly("failure", &NextHops::failure, "A Reply, or None.")
          .def_readonly("kept_inside", &NextHops::kept_inside,
                        "Local-only mail would have left: an alarm is due.")
          .def_readonly("dnssec", &NextHops::dnssec, "Are all answers proven?")
          .def_readonly("key", &NextHops::key,
                        "Equal for the same destination."),
      {"hops", "unix_path", "failure", "kept_inside", "dnssec", "key"},
      &NextHops::hops, &NextHops::unix_path, &NextHops::failure,
      &NextHops::kept_inside, &NextHops::dnssec, &NextHops::key);

  py::class_<NextHopFinder>(module, "NextHopFinder",
                            R"(To which addresses may a message be handed now?

Asked last before a connection is opened: local-only mail gets no address
outside, whatever led here.

>>> from mailsec.route import *
>>> class Zone(mailsec.Resolver):
...     def look_up_addresses(self, host):
...         return mailsec.AddressAnswer(["198.51.100.1", "10.0.0.25"])
>>> zone = Zone()
>>> inside = Inside(own_domains=["example.org"], networks=["10.0.0.0/8"])
>>> finder = NextHopFinder(inside, MxPlanner(zone), zone)
>>> finder.find(Destination.smtp("mail.example.org"), MailClass.LOCAL_ONLY).hops
[<mailsec.route.NextHop mail.example.org [10.0.0.25]:25>]
>>> finder.find(Destination.smtp("192.0.2.1"), MailClass.LOCAL_ONLY).kept_inside
True
)")
      .def(py::init([](const Inside& inside, const MxPlanner& planner,
                       Resolver& resolver) {
             return NextHopFinder(&inside, &planner, &resolver);
           }),
           py::arg("inside"), py::arg("planner"), py::arg("resolver"),
           py::keep_alive<1, 2>(), py::keep_alive<1, 3>(),
           py::keep_alive<1, 4>(), "All three are kept alive.")
      .def("find", Unlocked(&NextHopFinder::Find), py::arg("destination"),
           py::arg("mail_class"), py::arg("seed") = 0,
           "The NextHops. Blocks as long as the Resolver does, without the "
           "GIL.");
}

}  // namespace

void BindRoute(py::module_& module) {
  py::module_ route = module.def_submodule("_route");
  const py::object own_name = route.attr("__name__");
  route.attr("__name__") = "mailsec.route";  // Which users import.
  BindKinds(route);
  BindFixedHost(route);
  BindDestination(route);
  BindRouter(route);
  BindAliasTable(route);
  BindLocalNames(route);
  BindInside(route);
  BindMxPlan(route);
  BindMxPlanner(route);
  BindNextHops(route);
  route.attr("__name__") = own_name;
}

}  // namespace mailsec::python
