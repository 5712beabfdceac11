#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "bindings/python/typed.h"
#include "bindings/python/values.h"
#include "bindings/python/verdict.h"
#include "mailcore/policy/decision.h"
#include "mailcore/smtp/reply.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using policy::Decision;
using policy::Verdict;
using smtp::EnhancedStatus;
using smtp::Reply;

// Of Decision.explain(): more would leave no room for the text. Ours.
constexpr int kMaxIndent = 80;

using StatusArgument = std::variant<EnhancedStatus, std::tuple<int, int, int>>;

// RFC 3463, 2: 2, 4 or 5, and twice 0 to 999. All zero: none.
EnhancedStatus MakeStatus(int class_code, int subject, int detail) {
  const bool none = class_code == 0 && subject == 0 && detail == 0;
  const bool has_class = class_code == 2 || class_code == 4 || class_code == 5;
  if (!none && (!has_class || subject < 0 || subject > 999 || detail < 0 ||
                detail > 999)) {
    throw py::value_error("an enhanced status is 2, 4 or 5, and 0 to 999");
  }
  return {class_code, subject, detail};
}

EnhancedStatus ToStatus(const StatusArgument& argument) {
  if (const auto* status = std::get_if<EnhancedStatus>(&argument)) {
    return *status;
  }
  const auto& [class_code, subject, detail] = std::get<1>(argument);
  return MakeStatus(class_code, subject, detail);
}

Reply MakeReply(int code, absl::string_view text,
                const StatusArgument& status) {
  if (code < 200 || code > 599) {
    throw py::value_error("a reply code is 200 to 599");
  }
  return Reply(code, ToStatus(status), text);
}

Typed<"Dict[str, str]"> InputsOf(const Decision& decision) {
  py::dict inputs;
  for (const auto& [name, value] : decision.inputs) {
    inputs[py::str(name)] = py::cast(absl::string_view(value));
  }
  return inputs;
}

std::string ToText(absl::string_view text) { return std::string(text); }

void BindStatus(py::module_& module) {
  MakeValue(py::class_<EnhancedStatus>(module, "EnhancedStatus",
                                       R"(An enhanced status code (RFC 3463).

>>> str(mailsec.EnhancedStatus(5, 7, 1))
'5.7.1'
>>> mailsec.EnhancedStatus().is_none
True
)")
                .def(py::init(&MakeStatus), py::arg("class_code") = 0,
                     py::arg("subject") = 0, py::arg("detail") = 0,
                     "Without arguments: none. ValueError if out of range.")
                .def_readonly("class_code", &EnhancedStatus::class_code,
                              "2, 4 or 5; 0 if there is none.")
                .def_readonly("subject", &EnhancedStatus::subject, "0 to 999.")
                .def_readonly("detail", &EnhancedStatus::detail, "0 to 999.")
                .def_property_readonly("is_none", &EnhancedStatus::IsNone,
                                       "True if there is no enhanced status.")
                .def(py::self == py::self)
                .def("__hash__",
                     [](const EnhancedStatus& s) {
                       return py::hash(
                           py::make_tuple(s.class_code, s.subject, s.detail));
                     })
                .def("__str__", &EnhancedStatus::ToString)
                .def("__repr__",
                     [](const EnhancedStatus& s) {
                       return py::str("EnhancedStatus({}, {}, {})")
                           .format(s.class_code, s.subject, s.detail);
                     }),
            {"class_code", "subject", "detail"}, &EnhancedStatus::class_code,
            &EnhancedStatus::subject, &EnhancedStatus::detail);
}

void BindReply(py::module_& module) {
  MakePickled(
      py::class_<Reply>(module, "Reply", R"(An SMTP reply; always well formed.

>>> reply = mailsec.Reply(550, "No such mailbox", status=(5, 1, 1))
>>> print(reply)
550 5.1.1 No such mailbox
>>> reply.to_wire()
b'550 5.1.1 No such mailbox\r\n'
)")
          .def(
              py::init(&MakeReply), py::arg("code"), py::arg("text"),
              py::arg_v("status", EnhancedStatus(), "EnhancedStatus()"),
              R"(`text` may hold several lines; what cannot be sent is replaced.

`status` is an EnhancedStatus or three numbers; a class that disagrees with
the code is corrected to it. ValueError unless `code` is 200 to 599.)")
          .def_property_readonly("code", &Reply::code, "200 to 599.")
          .def_property_readonly("status", &Reply::status,
                                 "The EnhancedStatus; may be none.")
          .def_property_readonly("text", &Reply::text,
                                 "Lines parted by \"\\n\".")
          .def_property_readonly("is_positive", &Reply::IsPositive, "2yz.")
          .def_property_readonly("is_intermediate", &Reply::IsIntermediate,
                                 "3yz.")
          .def_property_readonly("is_transient", &Reply::IsTransient, "4yz.")
          .def_property_readonly("is_permanent", &Reply::IsPermanent, "5yz.")
          .def(
              "to_wire",
              [](const Reply& reply) { return py::bytes(reply.ToWire()); },
              "The octets to send, each line with its CRLF.")
          .def(py::self == py::self)
          .def("__hash__",
               [](const Reply& reply) {
                 return py::hash(py::str(reply.ToString()));
               })
          .def("__str__", &Reply::ToString)
          .def(
              "__repr__",
              [](const Reply& reply) {
                return py::str("<mailsec.Reply {!r}>").format(reply.ToString());
              }),
      {"code", "status", "text"},
      [](const Reply& reply) {
        return py::make_tuple(reply.code(), reply.status(),
                              py::bytes(reply.text()));
      },
      [](const py::tuple& state) {
        return MakeReply(state[0].cast<int>(), state[2].cast<std::string>(),
                         state[1].cast<EnhancedStatus>());
      });
}

void BindVerdict(py::module_& module) {
  BindEnum<Verdict>(
      module, "Verdict", "What a policy answers.",
      {{"ACCEPT", Verdict::kAccept, "Yes: the reply is 2yz."},
       {"REFUSE", Verdict::kRefuse, "For good: the reply is 5yz."},
       {"CANNOT_TELL", Verdict::kCannotTell,
        "For now: the reply is 4yz, and the client tries again."}});
}

py::tuple SaveDecision(const Decision& decision) {
  return py::make_tuple(decision.reply, ToText(decision.rule->name),
                        ToText(decision.rule->source),
                        ToText(decision.rule->otherwise), decision.inputs,
                        decision.exact_otherwise, decision.because);
}

Decision LoadDecision(const py::tuple& state) {
  const auto text = [&](size_t index) {
    return state[index].cast<std::string>();
  };
  using Inputs = std::vector<std::pair<std::string, std::string>>;
  const Reply reply = state[0].cast<Reply>();
  return {.verdict = VerdictOf(reply),
          .reply = reply,
          .rule = policy::RulePtr::Make(text(1), text(2), text(3)),
          .inputs = state[4].cast<Inputs>(),
          .exact_otherwise = text(5),
          .because = state[6].cast<std::vector<Decision>>()};
}

void BindDecisionClass(py::module_& module) {
  MakePickled(
      py::class_<Decision>(module, "Decision",
                           R"(What a policy answered, and why.

>>> refused = mailsec.Decision(
...     mailsec.Reply(550, "Not here", status=(5, 7, 1)), rule="demo.never")
>>> refused.accepted, refused.verdict.name
(False, 'REFUSE')
>>> print(refused.explain(), end="")
refuse: 550 5.7.1 Not here
  rule: demo.never
)")
          .def(py::init([](const Reply& reply, std::string rule,
                           std::string source, std::string otherwise) {
                 return Decision{.verdict = VerdictOf(reply),
                                 .reply = reply,
                                 .rule = policy::RulePtr::Make(
                                     std::move(rule), std::move(source),
                                     std::move(otherwise))};
               }),
               py::arg("reply"), py::arg("rule") = "", py::arg("source") = "",
               py::arg("otherwise") = "",
               "The verdict follows from the reply: 2yz accepts, 5yz refuses, "
               "4yz "
               "cannot tell; ValueError for 3yz.")
          .def_readonly("verdict", &Decision::verdict, "The answer.")
          .def_readonly("reply", &Decision::reply, "What the client is told.")
          .def_property_readonly(
              "rule",
              [](const Decision& decision) { return decision.rule->name; },
              "The name of the rule that decided.")
          .def_property_readonly(
              "source",
              [](const Decision& decision) { return decision.rule->source; },
              "The requirement or RFC that the rule serves.")
          .def_property_readonly("inputs", &InputsOf,
                                 "What was asked: str to str.")
          .def_property_readonly("otherwise", &Decision::otherwise,
                                 "What would have led to another answer.")
          .def_property_readonly(
              "because",
              [](const Decision& decision) { return decision.because; },
              "The decisions of other policies that led to this one.")
          .def_property_readonly("accepted", &Decision::accepted,
                                 "True if the verdict is ACCEPT.")
          .def(
              "explain",
              [](const Decision& decision, int indent) {
                if (indent < 0 || indent > kMaxIndent) {
                  throw py::value_error("indent: from 0 to 80");
                }
                return decision.Explain(indent);
              },
              py::arg("indent") = 0,
              "Several lines for people, safe to print. ValueError unless "
              "`indent`, "
              "in columns, is 0 to 80.")
          .def("to_json", &Decision::ToJson, "The same as one JSON object.")
          .def("__repr__",
               [](const Decision& decision) {
                 return py::str("<mailsec.Decision {}: {!r}, {}>")
                     .format(py::cast(policy::VerdictName(decision.verdict)),
                             decision.reply.ToString(), decision.rule->name);
               }),
      {"verdict", "reply", "rule", "source", "inputs", "otherwise", "because"},
      &SaveDecision, &LoadDecision);
}

}  // namespace

void BindDecision(py::module_& module) {
  BindStatus(module);
  BindReply(module);
  BindVerdict(module);
  BindDecisionClass(module);
}

}  // namespace mailsec::python
