#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/callbacks.h"
#include "bindings/python/gil.h"
#include "bindings/python/override.h"
#include "bindings/python/values.h"
#include "mailcore/policy/recipient_directory.h"
#include "mailcore/policy/text_recipient_directory.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using policy::Answer;
using policy::Mailbox;
using policy::NameKind;
using policy::RecipientAnswer;
using policy::RecipientDirectory;
using policy::TextRecipientDirectory;

// A RecipientDirectory that is implemented in Python.
class PyRecipientDirectory : public RecipientDirectory {
 public:
  RecipientAnswer Find(const Address& address) override {
    std::string error;
    std::optional<RecipientAnswer> answer = CallOverride<RecipientAnswer>(
        static_cast<RecipientDirectory*>(this), "find", &error, address);
    if (answer) return *std::move(answer);
    return {.answer = Answer::kCannotTell, .reason = error};
  }
};

void BindMailboxValue(py::module_& module) {
  MakeValue(
      py::class_<Mailbox>(
          module, "Mailbox",
          "Where the mail of a recipient goes, and is there room?")
          .def(py::init([](std::string name, bool has_room,
                           std::optional<uint64_t> max_message_octets,
                           std::optional<uint64_t> quota_octets,
                           std::optional<uint64_t> room_octets) {
                 return Mailbox{std::move(name), has_room, max_message_octets,
                                quota_octets, room_octets};
               }),
               py::arg("name"), py::arg("has_room") = true,
               py::arg("max_message_octets") = py::none(),
               py::arg("quota_octets") = py::none(),
               py::arg("room_octets") = py::none(),
               "`name` is one path component; `has_room` is False over quota, "
               "and `room_octets` how large a message fits in now.")
          .def_readonly("name", &Mailbox::name,
                        "The name by which mail is delivered.")
          .def_readonly("has_room", &Mailbox::has_room, "False: over quota.")
          .def_readonly("max_message_octets", &Mailbox::max_message_octets,
                        "Largest message it takes; None: the server's limit.")
          .def_readonly("quota_octets", &Mailbox::quota_octets,
                        "Largest sum of its messages; None: its domain's.")
          .def_readonly("room_octets", &Mailbox::room_octets,
                        "How large a message fits in now; None: not known.")
          .def(py::self == py::self)
          .def("__repr__",
               [](const Mailbox& mailbox) {
                 return py::str("<mailsec.Mailbox {!r}>").format(mailbox.name);
               }),
      {"name", "has_room", "max_message_octets", "quota_octets", "room_octets"},
      &Mailbox::name, &Mailbox::has_room, &Mailbox::max_message_octets,
      &Mailbox::quota_octets, &Mailbox::room_octets);
}

void BindNameKind(py::module_& module) {
  BindEnum<NameKind>(module, "NameKind", "What an address of ours is.",
                     {{"MAILBOX", NameKind::kMailbox, "The name of a mailbox."},
                      {"ALIAS", NameKind::kAlias, "Stands for others."},
                      {"SUBADDRESS", NameKind::kSubaddress,
                       "One of these with a detail behind it (RFC 5233)."},
                      {"CATCH_ALL", NameKind::kCatchAll,
                       "None of these: the domain's catch-all takes it."}});
}

void BindAnswerValue(py::module_& module) {
  MakeValue(
      py::class_<RecipientAnswer>(module, "RecipientAnswer",
                                  R"(Does a recipient exist?

>>> mailsec.RecipientAnswer.known(mailsec.Mailbox("alice")).answer.name
'YES'
>>> mailsec.RecipientAnswer.cannot_tell("the directory is down").mailbox
)")
          .def_static(
              "known",
              [](const Mailbox& mailbox, bool bounces_only, NameKind kind) {
                return RecipientAnswer{.answer = Answer::kYes,
                                       .mailbox = mailbox,
                                       .kind = kind,
                                       .bounces_only = bounces_only};
              },
              py::arg("mailbox"), py::kw_only(),
              py::arg("bounces_only") = false,
              py::arg_v("kind", NameKind::kMailbox, "NameKind.MAILBOX"),
              "Yes, and this is the mailbox. `bounces_only`: it takes mail "
              "from "
              "<> only, as a rewritten sender does (R23). `kind`: what the "
              "address is.")
          .def_static(
              "unknown",
              [](bool listed_as_refused) {
                return RecipientAnswer{.answer = Answer::kNo,
                                       .listed_as_refused = listed_as_refused};
              },
              py::kw_only(), py::arg("listed_as_refused") = false,
              "No: refused for good (550 5.1.1). `listed_as_refused`: no "
              "subaddress and no catch-all takes it.")
          .def_static(
              "cannot_tell",
              [](std::string reason) {
                return RecipientAnswer{.answer = Answer::kCannotTell,
                                       .reason = std::move(reason)};
              },
              py::arg("reason"),
              "Refused for now; `reason` is for the operator.")
          .def_readonly("answer", &RecipientAnswer::answer, "The Answer.")
          .def_property_readonly(
              "mailbox",
              [](const RecipientAnswer& a) {
                return a.answer == Answer::kYes
                           ? std::optional<Mailbox>(a.mailbox)
                           : std::nullopt;
              },
              "The Mailbox, or None unless the answer is YES.")
          .def_readonly("bounces_only", &RecipientAnswer::bounces_only,
                        "It takes mail from <> only.")
          .def_readonly("kind", &RecipientAnswer::kind,
                        "If YES: the NameKind of the address.")
          .def_readonly("listed_as_refused",
                        &RecipientAnswer::listed_as_refused,
                        "If NO: no subaddress and no catch-all takes it.")
          .def_readonly("reason", &RecipientAnswer::reason,
                        "Why it cannot tell, for the operator.")
          .def("__repr__",
               [](const RecipientAnswer& a) {
                 return py::str("<mailsec.RecipientAnswer {} {}>")
                     .format(
                         py::cast(a.answer).attr("name"),
                         a.answer == Answer::kYes ? a.mailbox.name : a.reason);
               }),
      {"answer", "mailbox", "kind", "listed_as_refused", "bounces_only",
       "reason"},
      &RecipientAnswer::answer, &RecipientAnswer::mailbox,
      &RecipientAnswer::kind, &RecipientAnswer::listed_as_refused,
      &RecipientAnswer::bounces_only, &RecipientAnswer::reason);
}

void BindDirectoryClasses(py::module_& module) {
  const py::object base =
      py::class_<RecipientDirectory, PyRecipientDirectory>(
          module, "RecipientDirectory",
          R"(Tells whether a recipient exists. Subclass it.

find() may block and may be called from several threads. If it raises, the
exception goes to sys.unraisablehook, and the answer is "cannot tell": the
client tries again later, and no mail is lost.

>>> class Staff(mailsec.RecipientDirectory):
...     def find(self, address):
...         if address.canonical_key() == "alice@example.org":
...             return mailsec.RecipientAnswer.known(mailsec.Mailbox("alice"))
...         return mailsec.RecipientAnswer.unknown()
>>> Staff().find(mailsec.Address("Alice@EXAMPLE.org")).mailbox.name
'alice'
)")
          .def(py::init<>(), "For subclasses.")
          .def("find", Unlocked(&RecipientDirectory::Find), py::arg("address"),
               "The RecipientAnswer about an Address.");
  RefuseCoroutines(base, {"find"});

  py::class_<TextRecipientDirectory, RecipientDirectory>(
      module, "TextRecipientDirectory", R"(The recipients that a text lists.

One a line: ADDRESS [mailbox=NAME] [size=OCTETS] [quota=OCTETS] [full], or
ADDRESS refused.

>>> directory = mailsec.TextRecipientDirectory(
...     "alice@example.org mailbox=alice\n"
...     "full@example.org  full  # over quota\n")
>>> directory.find("ALICE@example.org").mailbox.name
'alice'
>>> directory.find("nobody@example.org").answer.name
'NO'
)")
      .def(py::init([](absl::string_view text) {
             return ValueOrRaise(CallUnlocked(
                 [text] { return TextRecipientDirectory::Parse(text); }));
           }),
           py::arg("text"),
           "ValueError lists every error with its line and column.")
      .def("find",
           Unlocked([](TextRecipientDirectory& self,
                       const TextOr<Address>& address) {
             return self.Find(*address);
           }),
           py::arg("address"), "The RecipientAnswer about an address.")
      .def("__len__", &TextRecipientDirectory::size);
}

}  // namespace

void BindDirectory(py::module_& module) {
  BindMailboxValue(module);
  BindNameKind(module);
  BindAnswerValue(module);
  BindDirectoryClasses(module);
}

}  // namespace mailsec::python
