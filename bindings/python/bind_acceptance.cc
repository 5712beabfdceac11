#include <pybind11/stl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/networks.h"
#include "bindings/python/override.h"
#include "mailcore/policy/acceptance_policy.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Domain;
using address::ReversePath;
using ip::IpAddress;
using policy::AcceptancePolicy;
using policy::Client;
using policy::Decision;
using policy::MxAuthority;
using policy::OwnSender;
using policy::RecipientDirectory;
using policy::RecipientVerifier;
using smtp::MailParameters;

// An AcceptancePolicy and the directories of its relay domains, which it only
// points to. Thread safety: as AcceptancePolicy; destroyed with the GIL held.
struct KeptPolicy {
  py::list directories;
  std::unique_ptr<AcceptancePolicy> policy = nullptr;
};

using RelayDomains = Typed<
    "Mapping[Union[str, mailsec.Domain], "
    "Optional[mailsec.RecipientDirectory]]">;
using HasSpace = Typed<"Optional[Callable[[int], bool]]">;

// TypeError if it is no mapping.
py::dict ToDict(const RelayDomains& domains) {
  try {
    return py::dict(domains);
  } catch (const py::error_already_set&) {
    throw py::type_error(
        "relay_domains maps a domain to a RecipientDirectory or None");
  }
}

std::vector<policy::RelayDomain> ToRelayDomains(const py::dict& domains) {
  std::vector<policy::RelayDomain> out;
  for (const auto& [domain, directory] : domains) {
    try {
      out.push_back({.domain = *domain.cast<TextOr<Domain>>(),
                     .directory = directory.cast<RecipientDirectory*>()});
    } catch (const py::cast_error&) {
      throw py::type_error(
          "relay_domains maps a domain to a RecipientDirectory or None");
    }
  }
  return out;
}

// `callable` may raise; then there is no room. The policy keeps it alive.
// TypeError if it is none.
std::function<bool(uint64_t)> ToHasSpace(const py::object& callable) {
  if (callable.is_none()) return {};
  if (PyCallable_Check(callable.ptr()) == 0) {
    throw py::type_error("has_space: cannot be called");
  }
  return [function = callable.ptr()](uint64_t octets) {
    const GilAcquire gil;
    std::string error;
    return CallReporting<bool>(function, "has_space", &error, octets)
        .value_or(false);
  };
}

KeptPolicy MakePolicy(const std::vector<TextOr<Domain>>& local_domains,
                      RecipientDirectory& directory, MxAuthority* live_mx,
                      Networks authorised_networks,
                      const std::vector<TextOr<IpAddress>>& own_addresses,
                      const RelayDomains& relay_domains,
                      uint64_t max_message_octets, bool full_is_transient,
                      const HasSpace& has_space, RecipientVerifier* verifier,
                      OwnSender strangers_with_own_sender) {
  const py::dict directories = ToDict(relay_domains);
  AcceptancePolicy::Options options{
      .authorised_networks = ToNetworkSet(std::move(authorised_networks)),
      .own_addresses = Values(own_addresses),
      .local_domains = Values(local_domains),
      .relay_domains = ToRelayDomains(directories),
      .max_message_octets = max_message_octets,
      .full_is_transient = full_is_transient,
      .has_space = ToHasSpace(has_space),
      .strangers_with_own_sender = strangers_with_own_sender,
      .verifier = verifier};
  KeptPolicy made{.directories = py::list(directories.attr("values")())};
  made.policy = ValueOrRaise(CallUnlocked([&] {
    return AcceptancePolicy::Create(std::move(options), &directory, live_mx);
  }));
  return made;
}

Client ToClient(const TextOr<IpAddress>& ip, bool authenticated) {
  return Client{.ip = *ip, .authenticated = authenticated};
}

constexpr char kDoc[] = R"(Decides whether a mail is taken: all of it at once.

Asks what is cheapest first, and everything that can be asked before the content
is sent, so that nothing has to be reported later: size and space at MAIL; at
RCPT relaying, then whether the recipient exists and has room.

>>> directory = mailsec.TextRecipientDirectory("""
... postmaster@example.org
... abuse@example.org
... alice@example.org
... """)
>>> policy = mailsec.AcceptancePolicy(
...     local_domains=["example.org"], directory=directory,
...     authorised_networks=["192.0.2.0/24"])
>>> print(policy.decide_rcpt(client_ip="203.0.113.9",
...                          recipient="<alice@example.org>").reply.code)
250
>>> policy.decide_rcpt(client_ip="203.0.113.9",
...                    recipient="<nobody@example.org>").reply.status
EnhancedStatus(5, 1, 1)
)";

constexpr char kInitDoc[] =
    R"(`directory` answers for `local_domains`, `relay_domains` maps further
domains to a RecipientDirectory, or to None where it is not known who exists.
`live_mx` is asked about all other domains; `has_space(octets)` says whether the
spool has room; `verifier` asks the next hop about recipients whom all others
accept. All of them are kept alive. `strangers_with_own_sender` says what becomes
of mail from strangers whose sender is in one of `local_domains`.

ValueError for an open relay (see RelayPolicy), no local domain or one that is
listed twice; RuntimeError if postmaster or abuse are missing (M 5.56, RFC
2142); ConnectionError if the directory cannot tell.)";

void BindMake(py::class_<KeptPolicy>& policy) {
  policy.def(py::init(&MakePolicy), py::kw_only(), py::arg("local_domains"),
             py::arg("directory"), py::arg("live_mx") = py::none(),
             py::arg("authorised_networks") = py::tuple(),
             py::arg("own_addresses") = py::tuple(),
             py::arg("relay_domains") = py::dict(),
             py::arg("max_message_octets") =
                 AcceptancePolicy::Options().max_message_octets,
             py::arg("full_is_transient") = false,
             py::arg("has_space") = py::none(),
             py::arg("verifier") = py::none(),
             py::arg_v("strangers_with_own_sender", OwnSender::kMark,
                       "OwnSender.MARK"),
             py::keep_alive<1, 3>(), py::keep_alive<1, 4>(),
             py::keep_alive<1, 10>(), py::keep_alive<1, 11>(), kInitDoc);
}

void BindDecide(py::class_<KeptPolicy>& policy) {
  policy.def(
      "decide_mail",
      Unlocked([](const KeptPolicy& self, const TextOr<IpAddress>& client_ip,
                  const TextOr<ReversePath>& sender,
                  const MailParameters& parameters, bool authenticated) {
        return self.policy->DecideMail(ToClient(client_ip, authenticated),
                                       *sender, parameters);
      }),
      py::kw_only(), py::arg("client_ip"), py::arg("sender"),
      py::arg_v("parameters", MailParameters(), "MailParameters()"),
      py::arg("authenticated") = false,
      "The Decision at MAIL: is there room for a message of this size?");
  policy.def(
      "is_to_be_marked",
      [](const KeptPolicy& self, const TextOr<IpAddress>& client_ip,
         const TextOr<ReversePath>& sender, bool authenticated) {
        return self.policy->IsToBeMarked(ToClient(client_ip, authenticated),
                                         *sender);
      },
      py::kw_only(), py::arg("client_ip"), py::arg("sender"),
      py::arg("authenticated") = false,
      "True if the mail is taken, but nothing proves its sender, who is one of "
      "ours: unproven_sender_field() belongs in front of it.");
  policy.def(
      "decide_rcpt",
      Unlocked([](const KeptPolicy& self, const TextOr<IpAddress>& client_ip,
                  const TextOr<address::ForwardPath>& recipient,
                  const TextOr<ReversePath>& sender,
                  const MailParameters& parameters, bool authenticated) {
        return self.policy->DecideRcpt(ToClient(client_ip, authenticated),
                                       *sender, parameters, *recipient);
      }),
      py::kw_only(), py::arg("client_ip"), py::arg("recipient"),
      py::arg("sender") = "<>",
      py::arg_v("parameters", MailParameters(), "MailParameters()"),
      py::arg("authenticated") = false,
      "The Decision at RCPT, once for each. Blocks as long as the directory "
      "and the verifier do, without the GIL.");
}

}  // namespace

void BindAcceptance(py::module_& module) {
  BindEnum<OwnSender>(
      module, "OwnSender",
      "What becomes of mail from strangers whose envelope sender is ours?",
      {{"MARK", OwnSender::kMark, "Taken, and marked."},
       {"REFUSE", OwnSender::kRefuse,
        "550 5.7.1; loses mail that lists and forwards send back."},
       {"ALLOW", OwnSender::kAllow, "Taken as any other."}});
  py::class_<KeptPolicy> policy(module, "AcceptancePolicy", kDoc);
  BindMake(policy);
  BindDecide(policy);
}

}  // namespace mailsec::python
