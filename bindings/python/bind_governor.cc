// What may be sent automatically; mailsec.Governor in Python.

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/random_seed.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/message/content_verdict.h"
#include "mailcore/policy/governor.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using address::Domain;
using address::ReversePath;
using message::ContentVerdict;
using policy::AutomaticKind;
using policy::AutomaticMail;
using policy::Governor;
using policy::GovernorAnswer;
using policy::GovernorBound;

// How many at once, and how long until one more.
using Bound = std::pair<uint32_t, absl::Duration>;

void BindEnums(py::module_& module) {
  BindEnum<ContentVerdict>(module, "ContentVerdict",
                           "What the scanners said of the content.",
                           {{"UNKNOWN", ContentVerdict::kUnknown,
                             "None looked at it, or one could not tell."},
                            {"CLEAN", ContentVerdict::kClean},
                            {"SPAM", ContentVerdict::kSpam},
                            {"MALWARE", ContentVerdict::kMalware}});
  BindEnum<AutomaticKind>(
      module, "AutomaticKind", "What a server sends by itself.",
      {{"NOTIFICATION", AutomaticKind::kNotification,
        "Of a failure or a success (RFC 3464)."},
       {"DELAY_WARNING", AutomaticKind::kDelayWarning},
       {"ABSENCE_NOTICE", AutomaticKind::kAbsenceNotice},
       {"RECEIPT", AutomaticKind::kReceipt, "RFC 8098."},
       {"FORWARD", AutomaticKind::kForward},
       {"ALARM", AutomaticKind::kAlarm, "To the operators."}});
  BindEnum<GovernorBound>(
      module, "GovernorBound", "Whose bound it is.",
      {{"NONE", GovernorBound::kNone, "No bound was asked."},
       {"TOTAL", GovernorBound::kTotal, "Of all absence notices and receipts."},
       {"ADDRESS", GovernorBound::kAddress, "Of the target's address."},
       {"DOMAIN", GovernorBound::kDomain,
        "Of the target's organisational domain."},
       {"EXCHANGER", GovernorBound::kExchanger,
        "Of the public mail provider behind it."}});
}

void BindMail(py::module_& module) {
  MakeValue(
      py::class_<AutomaticMail>(module, "AutomaticMail", R"(What is asked.

Of the mail that is answered or forwarded: `verdict`, `answered` (its envelope
sender), `sender_is_ours` (authorised network or authenticated) and
`answers_automatic` (its Auto-Submitted says other than "no"). Of the mail that
would be sent: `sender` (envelope; "<>" for all but forwards), `author` (From:,
or who forwards), `target`, and the names of its mail `exchangers` if somebody
asked the DNS.
)")
          .def(py::init(
                   [](AutomaticKind kind, const TextOr<Address>& target,
                      const TextOr<Address>& author, ContentVerdict verdict,
                      const TextOr<ReversePath>& answered, bool sender_is_ours,
                      bool answers_automatic, const TextOr<ReversePath>& sender,
                      std::vector<std::string> exchangers) {
                     return AutomaticMail{
                         .kind = kind,
                         .verdict = verdict,
                         .answered = *answered,
                         .sender_is_ours = sender_is_ours,
                         .answers_automatic = answers_automatic,
                         .sender = *sender,
                         .author = *author,
                         .target = *target,
                         .exchangers = std::move(exchangers)};
                   }),
               py::arg("kind"), py::kw_only(), py::arg("target"),
               py::arg("author"),
               py::arg_v("verdict", ContentVerdict::kUnknown,
                         "ContentVerdict.UNKNOWN"),
               py::arg("answered") = "<>", py::arg("sender_is_ours") = false,
               py::arg("answers_automatic") = false, py::arg("sender") = "<>",
               py::arg("exchangers") = std::vector<std::string>(),
               "What is not said is what allows least.")
          .def_readonly("kind", &AutomaticMail::kind, "An AutomaticKind.")
          .def_readonly("verdict", &AutomaticMail::verdict,
                        "The ContentVerdict on what is answered or forwarded.")
          .def_readonly("answered", &AutomaticMail::answered,
                        "Its envelope sender.")
          .def_readonly("sender_is_ours", &AutomaticMail::sender_is_ours,
                        "It came from an authorised network or authenticated.")
          .def_readonly("answers_automatic", &AutomaticMail::answers_automatic,
                        "Its Auto-Submitted says other than \"no\".")
          .def_readonly("sender", &AutomaticMail::sender,
                        "Envelope sender of what would be sent.")
          .def_readonly("author", &AutomaticMail::author,
                        "Its From:, or who forwards.")
          .def_readonly("target", &AutomaticMail::target, "Who would get it.")
          .def_readonly("exchangers", &AutomaticMail::exchangers,
                        "Names of the target's mail exchangers.")
          .def("__repr__",
               [](const AutomaticMail& mail) {
                 return py::str("<mailsec.AutomaticMail {} to {}>")
                     .format(std::string(AutomaticKindName(mail.kind)),
                             mail.target.ToString());
               }),
      {"kind", "verdict", "answered", "sender_is_ours", "answers_automatic",
       "sender", "author", "target", "exchangers"},
      &AutomaticMail::kind, &AutomaticMail::verdict, &AutomaticMail::answered,
      &AutomaticMail::sender_is_ours, &AutomaticMail::answers_automatic,
      &AutomaticMail::sender, &AutomaticMail::author, &AutomaticMail::target,
      &AutomaticMail::exchangers);
}

// The answer, and what it says of the mail that was asked about.
struct Answered {
  GovernorAnswer answer;
  policy::Decision decision;
};

void BindAnswer(py::module_& module) {
  const auto figure = [](auto field) {
    return [field](const Answered& self) { return self.answer.*field; };
  };
  CompareBy(
      py::class_<Answered>(module, "GovernorAnswer", "What a Governor says.")
          .def_property_readonly(
              "allowed",
              [](const Answered& self) { return self.answer.allowed(); },
              "It may be sent.")
          .def_property_readonly(
              "rule",
              [](const Answered& self) {
                return std::string(self.answer.rule_name());
              },
              "Which line decided: \"automatic.bound\".")
          .def_property_readonly(
              "bound", figure(&GovernorAnswer::bound),
              "The GovernorBound that said no; if allowed, the "
              "one with the least left.")
          .def_property_readonly("burst", figure(&GovernorAnswer::burst),
                                 "Of that bound: so many at once.")
          .def_property_readonly("interval", figure(&GovernorAnswer::interval),
                                 "And then one more each timedelta.")
          .def_property_readonly("used", figure(&GovernorAnswer::used),
                                 "Of the burst, with this mail.")
          .def_property_readonly("left", figure(&GovernorAnswer::left),
                                 "Of the burst, after it.")
          .def_property_readonly("retry_after",
                                 figure(&GovernorAnswer::retry_after),
                                 "A timedelta; if the bound said no.")
          .def_readonly("decision", &Answered::decision,
                        "Why, and what would change it: a mailsec.Decision.")
          .def("__repr__",
               [](const Answered& self) {
                 return py::str("<mailsec.GovernorAnswer {}>")
                     .format(std::string(self.answer.rule_name()));
               }),
      {"allowed", "rule", "bound", "burst", "interval", "used", "left",
       "retry_after"});
}

void BindDecide(py::class_<Governor>& governor) {
  governor
      .def("decide",
           Unlocked([](Governor& self, const AutomaticMail& mail, bool takes,
                       const MaybeTime& now) {
             const GovernorAnswer answer = self.Decide(mail, OrNow(now), takes);
             return Answered{answer, answer.ToDecision(mail)};
           }),
           py::arg("mail"), py::kw_only(), py::arg("takes") = true,
           py::arg("now") = py::none(),
           "A GovernorAnswer. If it allows, each bound has one less, unless "
           "takes=False, the dry run. Without `now`, the clock is asked.")
      .def(
          "return_",
          Unlocked([](Governor& self, const AutomaticMail& mail,
                      const MaybeTime& now) { self.Return(mail, OrNow(now)); }),
          py::arg("mail"), py::kw_only(), py::arg("now") = py::none(),
          "Gives back what decide() took for a mail that was not sent.")
      .def(
          "save_bounds",
          [](const Governor& self, const MaybeTime& now) {
            std::string octets;
            {
              const GilRelease without_gil;
              octets = self.SaveBounds(OrNow(now));
            }
            return py::bytes(octets);
          },
          py::arg("now") = py::none(),
          "How much of the bounds is used, as bytes, for a restart. They hold "
          "secrets: nobody else may read them.")
      .def(
          "load_bounds",
          [](Governor& self, const Octets& octets) {
            const GilRelease without_gil;
            RaiseIfError(self.LoadBounds(octets.view()));
          },
          py::arg("octets"),
          "Goes on where save_bounds() was. OSError, and nothing is changed, "
          "if it did not make them.")
      .def_property_readonly("memory_octets", &Governor::memory_octets,
                             "Of all bounds now.");
}

constexpr char kDoc[] = R"(May we send this mail by ourselves?

Whatever a server sends without a person's wish at that moment asks here (R22,
R23, R24). Each decision explains itself.

>>> from datetime import timedelta
>>> from mailsec import AutomaticKind, AutomaticMail, ContentVerdict
>>> governor = mailsec.Governor(["example.org"],
...                             per_address=(1, timedelta(hours=1)))
>>> notice = AutomaticMail(
...     AutomaticKind.ABSENCE_NOTICE, answered="<alice@example.com>",
...     verdict=ContentVerdict.CLEAN, author="bob@example.org",
...     target="alice@example.com")
>>> governor.decide(notice).allowed
True
>>> answer = governor.decide(notice)
>>> answer.rule, answer.bound.name, answer.burst, answer.left
('automatic.bound', 'ADDRESS', 1, 0)

What no scanner has called clean is not answered:

>>> governor.decide(AutomaticMail(
...     AutomaticKind.ABSENCE_NOTICE, answered="<carol@example.com>",
...     author="bob@example.org", target="carol@example.com")).rule
'automatic.no-verdict'

All methods may be called from several threads.
)";

}  // namespace

void BindGovernor(py::module_& module) {
  BindEnums(module);
  BindMail(module);
  BindAnswer(module);
  py::class_<Governor> governor(module, "Governor", kDoc);
  const Governor::Options standard;
  const auto bound = [](const Governor::Bound& limit) {
    return Bound(limit.burst, limit.interval);
  };
  governor.def(
      py::init([](const std::vector<TextOr<Domain>>& own_domains,
                  const std::vector<TextOr<Address>>& operators,
                  const Bound& per_address, const Bound& per_domain,
                  const Bound& per_exchanger, const Bound& notices,
                  const Bound& forwards_per_address,
                  const Bound& forwards_per_domain,
                  const Bound& forwards_per_exchanger, const Bound& alarms,
                  const std::vector<TextOr<Domain>>& public_providers) {
        Governor::Options options = {
            .own_domains = Values(own_domains),
            .operators = Values(operators),
            .public_providers = Values(public_providers),
            .seed = RandomSeed()};
        const auto set = [](const Bound& from, Governor::Bound& to) {
          to.burst = from.first;
          to.interval = from.second;
        };
        set(per_address, options.per_address);
        set(per_domain, options.per_domain);
        set(per_exchanger, options.per_exchanger);
        set(notices, options.notices);
        set(forwards_per_address, options.forwards_per_address);
        set(forwards_per_domain, options.forwards_per_domain);
        set(forwards_per_exchanger, options.forwards_per_exchanger);
        set(alarms, options.alarms);
        return std::make_unique<Governor>(std::move(options));
      }),
      py::arg("own_domains"), py::kw_only(),
      py::arg("operators") = std::vector<std::string>(),
      py::arg("per_address") = bound(standard.per_address),
      py::arg("per_domain") = bound(standard.per_domain),
      py::arg("per_exchanger") = bound(standard.per_exchanger),
      py::arg("notices") = bound(standard.notices),
      py::arg("forwards_per_address") = bound(standard.forwards_per_address),
      py::arg("forwards_per_domain") = bound(standard.forwards_per_domain),
      py::arg("forwards_per_exchanger") =
          bound(standard.forwards_per_exchanger),
      py::arg("alarms") = bound(standard.alarms),
      py::arg("public_providers") = std::vector<std::string>(),
      "`own_domains`: the institution's name space, aliases included; "
      "subdomains are not implied. `operators` may get alarms. Bounds are "
      "pairs: how many at once, and a timedelta until one more. "
      "`public_providers`: domains of exchangers, beside those built in.");
  BindDecide(governor);
}

}  // namespace mailsec::python
