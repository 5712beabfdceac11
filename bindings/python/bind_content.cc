#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/message/field_remover.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/policy/content_policy.h"
#include "mailcore/policy/string_content.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::ContentDecision;
using policy::ContentOutcome;
using policy::ContentPolicy;
using policy::Scanner;
using policy::ScanOpinion;
using policy::ScanRequest;

// One of the scanners of a policy, which keeps it.
struct ScanStep {
  Typed<"mailsec.Scanner"> scanner;
  ContentPolicy::OnFault on_fault = ContentPolicy::OnFault::kDefer;
  ContentPolicy::OnTooLarge on_too_large = ContentPolicy::OnTooLarge::kDefer;
};

// A policy and the Python objects that it asks.
// Thread safety: as ContentPolicy; made and destroyed with the GIL held.
struct KeptPolicy {
  std::vector<py::object> scanners;
  std::unique_ptr<ContentPolicy> policy;
};

using Scanners = std::vector<Typed<"Union[mailsec.Scanner, mailsec.ScanStep]">>;

std::unique_ptr<KeptPolicy> MakePolicy(const Scanners& scanners,
                                       ContentPolicy::Options options) {
  auto made = std::make_unique<KeptPolicy>();
  for (const auto& item : scanners) {
    ScanStep step;
    if (py::isinstance<ScanStep>(item)) {
      step = item.cast<ScanStep>();
    } else if (py::isinstance<Scanner>(item)) {
      step.scanner = item;
    } else {
      throw py::type_error("scanners are of mailsec.Scanner or ScanStep");
    }
    options.scanners.push_back({.scanner = step.scanner.cast<Scanner*>(),
                                .on_fault = step.on_fault,
                                .on_too_large = step.on_too_large});
    made->scanners.push_back(step.scanner);
  }
  made->policy = ValueOrRaise(ContentPolicy::Create(std::move(options)));
  return made;
}

void BindChoices(py::module_& module) {
  BindEnum<ContentPolicy::OnFault>(
      module, "OnFault", "What if a scanner cannot tell?",
      {{"DEFER", ContentPolicy::OnFault::kDefer, "451: fails closed."},
       {"ACCEPT_UNSCANNED", ContentPolicy::OnFault::kAcceptUnscanned}});
  BindEnum<ContentPolicy::OnTooLarge>(
      module, "OnTooLarge", "What of content above its limit?",
      {{"DEFER", ContentPolicy::OnTooLarge::kDefer, "451."},
       {"REFUSE", ContentPolicy::OnTooLarge::kRefuse, "552 5.3.4."},
       {"ACCEPT_UNSCANNED", ContentPolicy::OnTooLarge::kAcceptUnscanned}});
  BindEnum<ContentPolicy::OnMalware>(
      module, "OnMalware", "What becomes of malware?",
      {{"REFUSE", ContentPolicy::OnMalware::kRefuse, "554 5.7.1."},
       {"QUARANTINE", ContentPolicy::OnMalware::kQuarantine,
        "Accepted, and kept for a person."}});
  BindEnum<ContentPolicy::OnUnscannable>(
      module, "OnUnscannable", "What of what cannot be looked into?",
      {{"ACCEPT", ContentPolicy::OnUnscannable::kAccept},
       {"MARK", ContentPolicy::OnUnscannable::kMark},
       {"REFUSE", ContentPolicy::OnUnscannable::kRefuse, "554 5.7.1."}});
  py::class_<ScanStep> step(module, "ScanStep",
                            "One scanner of a ContentPolicy.");
  ShowBy(step, {"scanner", "on_fault", "on_too_large"});
  step.def_readonly("scanner", &ScanStep::scanner, "The Scanner.")
      .def_readonly("on_fault", &ScanStep::on_fault, "If it cannot tell.")
      .def_readonly("on_too_large", &ScanStep::on_too_large,
                    "If the content is above its limit.")
      .def(py::init([](const Typed<"mailsec.Scanner">& scanner,
                       ContentPolicy::OnFault on_fault,
                       ContentPolicy::OnTooLarge on_too_large) {
             if (!py::isinstance<Scanner>(scanner)) {
               throw py::type_error("scanner: no mailsec.Scanner");
             }
             return ScanStep{scanner, on_fault, on_too_large};
           }),
           py::arg("scanner"), py::kw_only(),
           py::arg_v("on_fault", ContentPolicy::OnFault::kDefer, "..."),
           py::arg_v("on_too_large", ContentPolicy::OnTooLarge::kDefer, "..."),
           "A Scanner, and what to do if it does not help.");
}

void BindContentDecision(py::module_& module) {
  BindEnum<ContentOutcome>(
      module, "ContentOutcome", "What becomes of a message by its content.",
      {{"ACCEPT", ContentOutcome::kAccept},
       {"MARK", ContentOutcome::kMark, "Accepted, with a field."},
       {"QUARANTINE", ContentOutcome::kQuarantine,
        "Accepted, and kept for a person."},
       {"REFUSE", ContentOutcome::kRefuse, "5yz at the end of the data."},
       {"DEFER", ContentOutcome::kDefer, "4yz at the end of the data."}});
  MakeValue(
      py::class_<ScanOpinion>(module, "ScanOpinion", "What one scanner said.")
          .def_readonly("scanner", &ScanOpinion::scanner, "Its name.")
          .def_readonly("result", &ScanOpinion::result, "Its ScanResult.")
          .def("__str__", &ScanOpinion::ToString),
      {"scanner", "result"}, &ScanOpinion::scanner, &ScanOpinion::result);
  MakeValue(
      py::class_<ContentDecision>(module, "ContentDecision",
                                  "What a ContentPolicy decided.")
          .def_readonly("outcome", &ContentDecision::outcome,
                        "The ContentOutcome.")
          .def_readonly("verdict", &ContentDecision::verdict,
                        "The ContentVerdict, on which automatic mail depends.")
          .def_readonly("decision", &ContentDecision::decision,
                        "The Decision with its reply, rule and inputs.")
          .def_readonly("opinions", &ContentDecision::opinions,
                        "ScanOpinions, in the order of asking.")
          .def_readonly("report", &ContentDecision::report,
                        "All of them in one line.")
          .def_property_readonly(
              "fields",
              [](const ContentDecision& made) {
                return py::bytes(made.fields);
              },
              "Header fields to put before the content, as bytes."),
      {"outcome", "verdict", "decision", "opinions", "report", "fields"},
      &ContentDecision::outcome, &ContentDecision::verdict,
      &ContentDecision::decision, &ContentDecision::opinions,
      &ContentDecision::report, &ContentDecision::fields);
}

void BindPolicy(py::module_& module) {
  const ContentPolicy::Options standard;
  py::class_<KeptPolicy>(module, "ContentPolicy",
                         R"(What becomes of content, by what scanners say?

They are asked in order, until the answer cannot change. It fails closed.

>>> class Greedy(mailsec.Scanner):
...     def scan(self, request, content):
...         return mailsec.ScanResult(mailsec.ScanOutcome.CLEAN,
...                                   score=9.5 if b"money" in content else 0)
>>> policy = mailsec.ContentPolicy([Greedy("greedy")], refuse_score=20)
>>> made = policy.decide(b"Subject: x\r\n\r\nmoney!\r\n")
>>> made.outcome.name, made.verdict.name, made.decision.rule
('MARK', 'SPAM', 'content.spam')
>>> made.fields
b'X-Mailsec-Verdict: spam; score=9.5; scanner=greedy\r\nX-Spam-Flag: YES\r\n'
)")
      .def(
          py::init(
              [](const Scanners& scanners, ContentPolicy::OnMalware on_malware,
                 ContentPolicy::OnUnscannable on_unscannable, double mark_score,
                 double refuse_score, std::optional<double> own_refuse_score) {
                return MakePolicy(scanners,
                                  {.on_malware = on_malware,
                                   .on_unscannable = on_unscannable,
                                   .mark_score = mark_score,
                                   .refuse_score = refuse_score,
                                   .own_refuse_score = own_refuse_score});
              }),
          py::arg("scanners"), py::kw_only(),
          py::arg_v("on_malware", standard.on_malware, "..."),
          py::arg_v("on_unscannable", standard.on_unscannable, "..."),
          py::arg("mark_score") = standard.mark_score,
          py::arg("refuse_score") = standard.refuse_score,
          py::arg("own_refuse_score") = py::none(),
          "Scanners or ScanSteps. ValueError for two of one name, scores that "
          "are not finite, or refusing below marking.")
      .def("decide",
           Unlocked([](const KeptPolicy& kept, const Octets& content,
                       const ScanRequest& request) {
             const message::HeaderScanner header(content.view());
             policy::StringContent pieces(content.view());
             return kept.policy->Decide(
                 request, content.view().substr(0, header.body_offset()),
                 pieces);
           }),
           py::arg("content"), py::arg_v("request", ScanRequest(), "..."),
           "The ContentDecision. Blocks no longer than all scanners' time "
           "limits together.");
}

void BindFields(py::module_& module) {
  module.def(
      "remove_fields",
      [](const Octets& content, std::vector<std::string> names,
         bool keeps_ours) {
        message::FieldRemover remover(
            {.names = std::move(names), .keeps_ours = keeps_ours});
        std::string kept;
        const auto keep = [&](absl::string_view piece) {
          kept.append(piece.data(), piece.size());
        };
        CallUnlocked([&] {
          remover.Feed(content.view(), keep);
          remover.Finish(keep);
        });
        return py::bytes(kept);
      },
      py::arg("content"),
      py::arg_v("names", message::UsualScannerFields(), "..."),
      py::arg("keeps_ours") = false,
      R"(The content without these header fields and those of our own.

A name that ends in "*" stands for all that begin so. Default: the fields of
usual scanners, which nobody outside may write. X-Mailsec-Verdict and
X-Mailsec-Sender go too, unless the content was received before: `keeps_ours`.

>>> mailsec.remove_fields(b"X-Spam-Status: No\r\nTo: a\r\n\r\nX-Spam: 1\r\n")
b'To: a\r\n\r\nX-Spam: 1\r\n'
)");
}

}  // namespace

void BindContent(py::module_& module) {
  BindChoices(module);
  BindContentDecision(module);
  BindPolicy(module);
  BindFields(module);
}

}  // namespace mailsec::python
