// Who is told that it failed; mailsec.ndn.NdnPolicy in Python.

#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/values.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/notify/ndn_policy.h"
#include "mailcore/policy/governor.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using message::ContentVerdict;
using notify::Action;
using notify::Cause;
using notify::NdnDecision;
using notify::NdnOutcome;
using notify::NdnPolicy;
using policy::Governor;
using smtp::DsnNotify;

using Contradictions = NdnPolicy::Contradictions;

void BindEnums(py::module_& module) {
  BindEnum<NdnOutcome>(
      module, "NdnOutcome", "What becomes of a failure.",
      {{"NOTIFY", NdnOutcome::kNotify, "The sender is told."},
       {"SILENT", NdnOutcome::kSilent,
        "Not told, and nothing else is to be done."},
       {"HOLD", NdnOutcome::kHold, "Not told, and a person must look."}});
  BindEnum<Contradictions>(
      module, "Contradictions", "What becomes of those with strangers.",
      {{"HOLD", Contradictions::kHold, "They are not told."},
       {"NOTIFY", Contradictions::kNotify, "They are, against R19."}});
}

void BindNdnDecision(py::module_& module) {
  MakeValue(
      py::class_<NdnDecision>(module, "NdnDecision", "What NdnPolicy decided.")
          .def_readonly("outcome", &NdnDecision::outcome, "The NdnOutcome.")
          .def_readonly("decision", &NdnDecision::decision,
                        "Why, and what would change it: a mailsec.Decision.")
          .def("__repr__",
               [](const NdnDecision& made) {
                 return py::str("<mailsec.ndn.NdnDecision {} {}>")
                     .format(py::cast(made.outcome).attr("name"),
                             made.decision.rule->name);
               }),
      {"outcome", "decision"}, &NdnDecision::outcome, &NdnDecision::decision);
}

NdnDecision Decide(const NdnPolicy& policy,
                   const TextOr<address::ReversePath>& sender,
                   const TextOr<address::ForwardPath>& recipient,
                   const TextOr<address::Address>& author, Action action,
                   const DsnNotify& notify, bool sender_is_ours, bool automatic,
                   ContentVerdict verdict, Cause cause, std::string hop,
                   std::vector<std::string> exchangers, bool takes,
                   const MaybeTime& now) {
  const notify::NdnQuestion question = {.action = action,
                                        .sender = *sender,
                                        .recipient = *recipient,
                                        .author = *author,
                                        .notify = notify,
                                        .sender_is_ours = sender_is_ours,
                                        .automatic = automatic,
                                        .verdict = verdict,
                                        .cause = cause,
                                        .hop = std::move(hop),
                                        .exchangers = std::move(exchangers)};
  return policy.Decide(question, OrNow(now), takes);
}

void BindDecide(py::class_<NdnPolicy>& policy) {
  policy.def("decide", Unlocked(&Decide), py::kw_only(), py::arg("sender"),
             py::arg("recipient"), py::arg("author"),
             py::arg_v("action", Action::kFailed, "Action.FAILED"),
             py::arg_v("notify", DsnNotify(), "mailsec.DsnNotify()"),
             py::arg("sender_is_ours") = false, py::arg("automatic") = false,
             py::arg_v("verdict", ContentVerdict::kUnknown,
                       "mailsec.ContentVerdict.UNKNOWN"),
             py::arg_v("cause", Cause::kOther, "Cause.OTHER"),
             py::arg("hop") = "",
             py::arg("exchangers") = std::vector<std::string>(),
             py::arg("takes") = true, py::arg("now") = py::none(),
             R"(The NdnDecision about one recipient of a message.

`author`: the notification's From would be this. `automatic`: the message's
Auto-Submitted says other than "no". `hop`: who refused it; ""
is this server. `exchangers`: of the sender's domain, if somebody asked the DNS.
If it is NOTIFY, the governor's bounds have one less. All recipients of a
message go into one notification: once it is NOTIFY for one of them, ask about
the others with takes=False. Without `now`, the clock is asked.)");
}

constexpr char kDoc[] = R"(Must the sender be told, and may we?

Notifications are rare and right (R17): never to the null path, about automatic
mail or spam, against NOTIFY=NEVER, above the bounds, or to a stranger for what
two hops disagree about. Each decision explains itself.

>>> from mailsec import ndn
>>> governor = mailsec.Governor(["example.org"])
>>> policy = ndn.NdnPolicy(governor)
>>> made = policy.decide(sender="<alice@example.com>",
...                      recipient="<bob@example.org>",
...                      author="postmaster@example.org",
...                      cause=ndn.Cause.MAILBOX_FULL, hop="mail.example.org")
>>> made.outcome.name, made.decision.rule, made.decision.source
('HOLD', 'ndn.contradiction', 'R18, R19')
>>> policy.decide(sender="<alice@example.com>", recipient="<bob@example.org>",
...               author="postmaster@example.org", sender_is_ours=True,
...               cause=ndn.Cause.MAILBOX_FULL).outcome.name
'NOTIFY'

What every automatic mail has to pass is the governor's, and so is the rule:

>>> made = policy.decide(sender="<>", recipient="<bob@example.org>",
...                      author="postmaster@example.org")
>>> made.outcome.name, made.decision.rule
('SILENT', 'automatic.null-sender')

All methods may be called from several threads.
)";

}  // namespace

void BindNdnPolicy(py::module_& module) {
  BindEnums(module);
  BindNdnDecision(module);
  py::class_<NdnPolicy> policy(module, "NdnPolicy", kDoc);
  policy.def(py::init([](Governor& governor, Contradictions outside_senders,
                         bool warn_of_delay) {
               return std::make_unique<NdnPolicy>(
                   NdnPolicy::Options{.outside_senders = outside_senders,
                                      .warn_of_delay = warn_of_delay},
                   &governor);
             }),
             py::keep_alive<1, 2>(), py::arg("governor"), py::kw_only(),
             py::arg_v("outside_senders", Contradictions::kHold,
                       "Contradictions.HOLD"),
             py::arg("warn_of_delay") = false,
             "The governor has the bounds (R24). Delay warnings are off by "
             "default.");
  BindDecide(policy);
}

}  // namespace mailsec::python
