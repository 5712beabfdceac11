#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/callbacks.h"
#include "bindings/python/gil.h"
#include "bindings/python/override.h"
#include "bindings/python/values.h"
#include "bindings/python/verdict.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/policy/recipient_verifier.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::ForwardPath;
using policy::Answer;
using policy::CachingVerifier;
using policy::RecipientVerifier;
using policy::Verdict;
using policy::VerifierAnswer;

// The answer whose class is the reply's.
VerifierAnswer ToAnswer(const smtp::Reply& reply, std::string hop) {
  VerifierAnswer answer = {.reply = reply, .hop = std::move(hop)};
  switch (VerdictOf(reply)) {
    case Verdict::kAccept:
      answer.answer = Answer::kYes;
      break;
    case Verdict::kRefuse:
      answer.answer = Answer::kNo;
      break;
    case Verdict::kCannotTell:
      answer.answer = Answer::kCannotTell;
      break;
  }
  return answer;
}

// A RecipientVerifier that is implemented in Python.
class PyRecipientVerifier : public RecipientVerifier {
 public:
  std::optional<VerifierAnswer> Verify(const ForwardPath& recipient,
                                       uint64_t octets) override {
    std::string error;
    std::optional<std::optional<VerifierAnswer>> answer =
        CallOverride<std::optional<VerifierAnswer>>(
            static_cast<RecipientVerifier*>(this), "verify", &error, recipient,
            octets);
    if (answer) return *std::move(answer);
    // What was raised is for the operator and not for the peer.
    VerifierAnswer unanswered;
    unanswered.reply = smtp::Reply(
        451, {4, 4, 3}, "The recipient cannot be verified; try again later");
    return unanswered;
  }
};

void BindAnswerValue(py::module_& module) {
  MakeValue(
      py::class_<VerifierAnswer>(module, "VerifierAnswer",
                                 R"(Would the next hop take this?

>>> full = mailsec.Reply(552, "Mailbox full", status=(5, 2, 2))
>>> mailsec.VerifierAnswer(full, hop="mail.example.org").answer.name
'NO'
)")
          .def(py::init(&ToAnswer), py::arg("reply"), py::arg("hop") = "",
               "The `answer` is the class of the reply: 2yz YES, 5yz NO, 4yz "
               "CANNOT_TELL; ValueError for 3yz.")
          .def_readonly("answer", &VerifierAnswer::answer, "The Answer.")
          .def_readonly("reply", &VerifierAnswer::reply,
                        "The next hop's Reply.")
          .def_readonly("hop", &VerifierAnswer::hop,
                        "Who said so; \"\": nobody could be asked.")
          .def_readonly("remembered", &VerifierAnswer::remembered,
                        "From an earlier question.")
          .def("__repr__",
               [](const VerifierAnswer& answer) {
                 return py::str("<mailsec.VerifierAnswer {} {!r}>")
                     .format(py::cast(answer.answer).attr("name"),
                             answer.reply.ToString());
               }),
      {"answer", "reply", "hop", "remembered"}, &VerifierAnswer::answer,
      &VerifierAnswer::reply, &VerifierAnswer::hop, &VerifierAnswer::remembered,
      &VerifierAnswer::of_route);
}

constexpr char kVerifyDoc[] =
    "The VerifierAnswer about a path, or None if it is not to be verified. "
    "`octets` is the announced size; 0: none.";

void BindVerifierClass(py::module_& module) {
  const py::object base =
      py::class_<RecipientVerifier, PyRecipientVerifier>(
          module, "RecipientVerifier",
          R"(Asks the next hop whether it would take a recipient. Subclass it.

Where another server knows better who exists and how full the mailboxes are, it
is asked before the mail is accepted, so that nothing has to be returned later.
verify() may block and may be called from several threads. If it raises, the
exception goes to sys.unraisablehook, and the answer is "cannot tell": strangers
try again later.

>>> class Inner(mailsec.RecipientVerifier):
...     def verify(self, recipient, octets):
...         if recipient.address.local_part == "alice":
...             return mailsec.VerifierAnswer(mailsec.Reply(250, "OK"), "inner")
...         return mailsec.VerifierAnswer(
...             mailsec.Reply(550, "Unknown", status=(5, 1, 1)), "inner")
>>> directory = mailsec.TextRecipientDirectory("""
... postmaster@example.org
... abuse@example.org
... """)
>>> policy = mailsec.AcceptancePolicy(
...     local_domains=["example.org"], directory=directory,
...     relay_domains={"inner.example.org": None}, verifier=Inner())
>>> print(policy.decide_rcpt(client_ip="203.0.113.9",
...                          recipient="<bob@inner.example.org>").reply)
550 5.1.1 Unknown
)")
          .def(py::init<>(), "For subclasses.")
          .def("verify", Unlocked(&RecipientVerifier::Verify),
               py::arg("recipient"), py::arg("octets"), kVerifyDoc);
  RefuseCoroutines(base, {"verify"});
}

void BindCaching(py::module_& module) {
  const CachingVerifier::Options standard;
  py::class_<CachingVerifier, RecipientVerifier>(
      module, "CachingVerifier", R"(Remembers what another verifier said.

A yes holds for messages as large or smaller, "no such recipient" for all, and
another no, as "full", for as large or larger ones. That nobody could be asked
is not remembered.

>>> class Inner(mailsec.RecipientVerifier):
...     def verify(self, recipient, octets):
...         return mailsec.VerifierAnswer(mailsec.Reply(250, "OK"), "inner")
>>> verifier = mailsec.CachingVerifier(Inner())
>>> verifier.verify("<alice@example.org>").remembered
False
>>> verifier.verify("<alice@example.org>").remembered
True
)")
      .def(py::init([](RecipientVerifier& asked, absl::Duration yes,
                       absl::Duration unknown, absl::Duration other_no,
                       size_t max_entries) {
             static const io::SystemClock clock;
             if (max_entries == 0) {
               throw py::value_error("max_entries is at least 1");
             }
             return std::make_unique<CachingVerifier>(
                 CachingVerifier::Options{.yes = yes,
                                          .unknown = unknown,
                                          .other_no = other_no,
                                          .max_entries = max_entries},
                 &asked, &clock);
           }),
           py::arg("asked"), py::kw_only(), py::arg("yes") = standard.yes,
           py::arg("unknown") = standard.unknown,
           py::arg("other_no") = standard.other_no,
           py::arg("max_entries") = standard.max_entries,
           py::keep_alive<1, 2>(),
           "How long each answer holds; of more than `max_entries` the oldest "
           "go. `asked` is kept alive.")
      .def("verify",
           Unlocked(
               [](CachingVerifier& self, const TextOr<ForwardPath>& recipient,
                  uint64_t octets) { return self.Verify(*recipient, octets); }),
           py::arg("recipient"), py::arg("octets") = 0, kVerifyDoc)
      .def("forget", Unlocked(&CachingVerifier::Forget),
           "Forgets all: the configuration has changed.");
}

}  // namespace

void BindVerifier(py::module_& module) {
  BindAnswerValue(module);
  BindVerifierClass(module);
  BindCaching(module);
}

}  // namespace mailsec::python
