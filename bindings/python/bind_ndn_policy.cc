// Who is told that it failed; mailsec.ndn.NdnPolicy in Python.

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/now.h"
#include "bindings/python/random_seed.h"
#include "bindings/python/status.h"
#include "mailcore/notify/ndn_policy.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using notify::Action;
using notify::Cause;
using notify::ContentVerdict;
using notify::NdnDecision;
using notify::NdnOutcome;
using notify::NdnPolicy;
using smtp::DsnNotify;

using Contradictions = NdnPolicy::Contradictions;
// How many at once, and how long until one more.
using Bound = std::pair<uint32_t, absl::Duration>;

rate::RateLimiter::Options ToLimit(const Bound& bound) {
  return {.burst = bound.first, .interval = bound.second, .seed = RandomSeed()};
}

void BindEnums(py::module_& module) {
  py::enum_<ContentVerdict>(module, "ContentVerdict",
                            "What a scanner said of the message.")
      .value("UNKNOWN", ContentVerdict::kUnknown, "None looked at it.")
      .value("CLEAN", ContentVerdict::kClean)
      .value("SPAM", ContentVerdict::kSpam)
      .value("MALWARE", ContentVerdict::kMalware);
  py::enum_<NdnOutcome>(module, "NdnOutcome", "What becomes of a failure.")
      .value("NOTIFY", NdnOutcome::kNotify, "The sender is told.")
      .value("SILENT", NdnOutcome::kSilent,
             "Not told, and nothing else is to be done.")
      .value("HOLD", NdnOutcome::kHold, "Not told, and a person must look.");
  py::enum_<Contradictions>(module, "Contradictions",
                            "What becomes of those with strangers.")
      .value("HOLD", Contradictions::kHold, "They are not told.")
      .value("NOTIFY", Contradictions::kNotify, "They are, against R19.");
}

void BindNdnDecision(py::module_& module) {
  py::class_<NdnDecision>(module, "NdnDecision", "What NdnPolicy decided.")
      .def_readonly("outcome", &NdnDecision::outcome, "The NdnOutcome.")
      .def_readonly("decision", &NdnDecision::decision,
                    "Why, and what would change it: a mailsec.Decision.")
      .def("__repr__", [](const NdnDecision& made) {
        return py::str("<mailsec.ndn.NdnDecision {} {}>")
            .format(py::cast(made.outcome).attr("name"), made.decision.rule);
      });
}

NdnDecision Decide(NdnPolicy& policy, const TextOr<ReversePath>& sender,
                   const TextOr<ForwardPath>& recipient, Action action,
                   const DsnNotify& notify, bool sender_is_ours, bool automatic,
                   ContentVerdict verdict, Cause cause, std::string hop,
                   bool takes, const MaybeTime& now) {
  const notify::NdnQuestion question = {.action = action,
                                        .sender = *sender,
                                        .recipient = *recipient,
                                        .notify = notify,
                                        .sender_is_ours = sender_is_ours,
                                        .automatic = automatic,
                                        .verdict = verdict,
                                        .cause = cause,
                                        .hop = std::move(hop)};
  return policy.Decide(question, OrNow(now), takes);
}

void BindDecide(py::class_<NdnPolicy>& policy) {
  policy.def(
      "decide", &Decide, py::kw_only(), py::arg("sender"), py::arg("recipient"),
      py::arg_v("action", Action::kFailed, "Action.FAILED"),
      py::arg_v("notify", DsnNotify(), "mailsec.DsnNotify()"),
      py::arg("sender_is_ours") = false, py::arg("automatic") = false,
      py::arg_v("verdict", ContentVerdict::kUnknown, "ContentVerdict.UNKNOWN"),
      py::arg_v("cause", Cause::kOther, "Cause.OTHER"), py::arg("hop") = "",
      py::arg("takes") = true, py::arg("now") = py::none(),
      py::call_guard<py::gil_scoped_release>(),
      R"(The NdnDecision about one recipient of a message.

`automatic`: its Auto-Submitted says other than "no". `hop`: who refused it; ""
is this server. If it is NOTIFY, the bounds have one less. All recipients of a
message go into one notification: once it is NOTIFY for one of them, ask about
the others with takes=False. Without `now`, the clock is asked.)");
}

void BindBounds(py::class_<NdnPolicy>& policy) {
  policy
      .def(
          "save_bounds",
          [](const NdnPolicy& self, const MaybeTime& now) {
            std::string octets;
            {
              const py::gil_scoped_release without_gil;
              octets = self.SaveBounds(OrNow(now));
            }
            return py::bytes(octets);
          },
          py::arg("now") = py::none(),
          "How much of the bounds is used, as bytes, for a restart. They hold "
          "secrets: nobody else may read them.")
      .def(
          "load_bounds",
          [](NdnPolicy& self, const Octets& octets) {
            const py::gil_scoped_release without_gil;
            RaiseIfError(self.LoadBounds(octets.view()));
          },
          py::arg("octets"),
          "Goes on where save_bounds() was. OSError, and nothing is changed, "
          "if it did not make them.");
}

constexpr char kDoc[] = R"(Must the sender be told, and may we?

Notifications are rare and right (R17): never to the null path, about automatic
mail or spam, against NOTIFY=NEVER, above the bounds, or to a stranger for what
two hops disagree about. Each decision explains itself.

>>> from mailsec import ndn
>>> policy = ndn.NdnPolicy()
>>> made = policy.decide(sender="<alice@example.com>",
...                      recipient="<bob@example.org>",
...                      cause=ndn.Cause.MAILBOX_FULL, hop="mail.example.org")
>>> made.outcome.name, made.decision.rule, made.decision.source
('HOLD', 'ndn.contradiction', 'R18, R19')
>>> policy.decide(sender="<alice@example.com>", recipient="<bob@example.org>",
...               cause=ndn.Cause.MAILBOX_FULL, sender_is_ours=True).outcome.name
'NOTIFY'
>>> policy.decide(sender="<>", recipient="<bob@example.org>").outcome.name
'SILENT'

All methods may be called from several threads.
)";

}  // namespace

void BindNdnPolicy(py::module_& module) {
  BindEnums(module);
  BindNdnDecision(module);
  py::class_<NdnPolicy> policy(module, "NdnPolicy", kDoc);
  const NdnPolicy::Options standard;
  const auto bound = [](const rate::RateLimiter::Options& limit) {
    return Bound(limit.burst, limit.interval);
  };
  policy.def(
      py::init([](Contradictions outside_senders, bool warn_of_delay,
                  const Bound& per_address, const Bound& per_domain) {
        return std::make_unique<NdnPolicy>(
            NdnPolicy::Options{.outside_senders = outside_senders,
                               .warn_of_delay = warn_of_delay,
                               .per_address = ToLimit(per_address),
                               .per_domain = ToLimit(per_domain)});
      }),
      py::kw_only(),
      py::arg_v("outside_senders", Contradictions::kHold,
                "Contradictions.HOLD"),
      py::arg("warn_of_delay") = false,
      py::arg("per_address") = bound(standard.per_address),
      py::arg("per_domain") = bound(standard.per_domain),
      "Delay warnings are off by default. The bounds (R24) of one target "
      "address and one target domain are pairs: how many at once, and a "
      "timedelta until one more.");
  BindDecide(policy);
  BindBounds(policy);
}

}  // namespace mailsec::python
