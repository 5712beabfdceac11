// Absence notices and receipts; mailsec.autoreply in Python.

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bindings/python/absl_casters.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/status.h"
#include "bindings/python/values.h"
#include "mailcore/autoreply/absence_notice.h"
#include "mailcore/autoreply/absence_settings.h"
#include "mailcore/autoreply/automatic_message.h"
#include "mailcore/autoreply/autoresponder.h"
#include "mailcore/autoreply/receipt.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using address::ReversePath;
using autoreply::AbsenceDecision;
using autoreply::AbsenceSettings;
using autoreply::AbsenceText;
using autoreply::AutomaticMessage;
using autoreply::Autoresponder;
using autoreply::ReceiptDecision;
using autoreply::ReceiptPolicy;
using message::HeaderScanner;

using Addresses = std::vector<TextOr<Address>>;
// A text, or its language and words.
using TextArgument =
    std::variant<AbsenceText, std::pair<std::string, std::string>>;
using TextArguments = std::vector<TextArgument>;

std::vector<AbsenceText> ToTexts(const TextArguments& arguments) {
  std::vector<AbsenceText> texts;
  for (const TextArgument& argument : arguments) {
    if (const auto* text = std::get_if<AbsenceText>(&argument)) {
      texts.push_back(*text);
    } else {
      const auto& pair = std::get<1>(argument);
      texts.push_back({.language = pair.first, .text = pair.second});
    }
  }
  return texts;
}

AbsenceSettings MakeSettings(
    const TextOr<Address>& owner, const TextArguments& inside,
    const TextArguments& outside, std::optional<absl::Time> start,
    std::optional<absl::Time> end, std::optional<uint32_t> period_days,
    std::string display_name, const MaybeTime& set_at) {
  AbsenceSettings settings = {
      .owner = *owner,
      .display_name = std::move(display_name),
      .start = start,
      .end = end,
      .inside_texts = ToTexts(inside),
      .outside_texts = ToTexts(outside),
      .period_days = period_days,
      .set_at = absl::FromUnixMicros(absl::ToUnixMicros(OrNow(set_at)))};
  RaiseIfError(autoreply::ValidateAbsence(settings));
  return settings;
}

void BindAbsenceText(py::module_& module) {
  MakeValue(
      py::class_<AbsenceText>(module, "AbsenceText",
                              "What a notice says in one language.")
          .def(py::init([](std::string language, std::string text,
                           std::string subject) {
                 return AbsenceText{.language = std::move(language),
                                    .subject = std::move(subject),
                                    .text = std::move(text)};
               }),
               py::arg("language"), py::arg("text"), py::arg("subject") = "",
               "`language`: a tag like \"de\" or \"en-GB\" (RFC 5646). Without "
               "a "
               "`subject`, it is \"Auto: \" and the one that came.")
          .def_readonly("language", &AbsenceText::language, "Its tag.")
          .def_readonly("text", &AbsenceText::text, "The words.")
          .def_readonly("subject", &AbsenceText::subject, "May be empty.")
          .def(
              "__eq__",
              [](const AbsenceText& a, const AbsenceText& b) { return a == b; },
              py::is_operator()),
      {"language", "subject", "text"}, &AbsenceText::language,
      &AbsenceText::subject, &AbsenceText::text);
}

constexpr char kSettingsDoc[] = R"(What a user has set for an absence.

>>> from mailsec import autoreply
>>> away = autoreply.AbsenceSettings(
...     "anna@example.org",
...     inside_texts=[("de", "Im Urlaub, Vertretung: App. 4711")],
...     outside_texts=[("de", "Nicht im Haus."), ("en", "Away.")])
>>> away.is_active()
True
>>> autoreply.AbsenceSettings("anna@example.org", outside_texts=[("en", "")])
Traceback (most recent call last):
  ...
ValueError: outside_texts[0].text: is empty

A side without a text gets no answer. ValueError says what is wrong.
)";

void BindSettings(py::module_& module) {
  MakePickled(
      py::class_<AbsenceSettings>(module, "AbsenceSettings", kSettingsDoc)
          .def(py::init(&MakeSettings), py::arg("owner"), py::kw_only(),
               py::arg("inside_texts") = py::tuple(),
               py::arg("outside_texts") = py::tuple(),
               py::arg("start") = py::none(), py::arg("end") = py::none(),
               py::arg("period_days") = py::none(),
               py::arg("display_name") = "", py::arg("set_at") = py::none(),
               "Texts are AbsenceTexts or pairs of language and text. Without "
               "`period_days`, a sender gets one notice an absence. A new "
               "`set_at` "
               "(else: now) is a new absence.")
          .def_readonly("owner", &AbsenceSettings::owner,
                        "Whose mailbox it is.")
          .def_readonly("display_name", &AbsenceSettings::display_name,
                        "What From says beside the address; may be empty.")
          .def_readonly("start", &AbsenceSettings::start, "From when, or None.")
          .def_readonly("end", &AbsenceSettings::end,
                        "Until before when, or None.")
          .def_readonly("inside_texts", &AbsenceSettings::inside_texts,
                        "For senders inside.")
          .def_readonly("outside_texts", &AbsenceSettings::outside_texts,
                        "For all others.")
          .def_readonly("period_days", &AbsenceSettings::period_days,
                        "Days between two notices to one sender, or None.")
          .def_readonly("set_at", &AbsenceSettings::set_at, "When it was set.")
          .def_property_readonly("id", &AbsenceSettings::Id,
                                 "Names this absence; changes with whatever is "
                                 "set.")
          .def(
              "is_active",
              [](const AbsenceSettings& self, const MaybeTime& now) {
                return self.IsActive(OrNow(now));
              },
              py::arg("now") = py::none(), "Between start and end?")
          .def(
              "period",
              [](const AbsenceSettings& self,
                 const MaybeTime& now) -> std::optional<absl::Duration> {
                const absl::Duration period = self.Period(OrNow(now));
                if (period == absl::InfiniteDuration()) return std::nullopt;
                return period;
              },
              py::arg("now") = py::none(),
              "How long a notice of now counts; None: for ever.")
          .def(
              "to_bytes",
              [](const AbsenceSettings& self) {
                return py::bytes(autoreply::SerializeAbsence(self));
              },
              "For a store of one's own.")
          .def_static(
              "from_bytes",
              [](const Octets& octets) {
                return autoreply::ParseAbsence(octets.view());
              },
              py::arg("octets"),
              "The other way round; OSError if it is damaged.")
          .def(
              "__eq__",
              [](const AbsenceSettings& a, const AbsenceSettings& b) {
                return a == b;
              },
              py::is_operator())
          .def("__repr__",
               [](const AbsenceSettings& self) {
                 return absl::StrCat("<mailsec.autoreply.AbsenceSettings ",
                                     self.owner.ToString(), " ", self.Id(),
                                     ">");
               }),
      {"owner", "display_name", "start", "end", "inside_texts", "outside_texts",
       "period_days", "set_at"},
      [](const AbsenceSettings& self) {
        return py::make_tuple(py::bytes(autoreply::SerializeAbsence(self)));
      },
      [](const py::tuple& state) {
        return ValueOrRaise(
            autoreply::ParseAbsence(state[0].cast<std::string>()));
      });
}

constexpr char kResponderDoc[] = R"(Does this message get an absence notice?

What RFC 3834 and RFC 5230 say about the message and the user. Whether the
sender had one already is a ReplyMemory's question.

>>> from mailsec import autoreply
>>> away = autoreply.AbsenceSettings("anna@example.org",
...                                  outside_texts=[("en", "Away.")])
>>> responder = autoreply.Autoresponder()
>>> mail = b"To: anna@example.org\r\nList-Id: <l.example.net>\r\n\r\n"
>>> made = responder.decide(mail, sender="<bob@example.net>", settings=away)
>>> made.answer, made.decision.rule, made.decision.source
(False, 'absence.list', 'RFC 5230, 4.6')
>>> responder.decide(b"To: anna@example.org\r\n\r\n",
...                  sender="<bob@example.net>", settings=away).answer
True

`system_senders`: local parts of machines beside the built-in ones, in which
'*' stands for any octets. All methods may be called from several threads.
)";

void BindAutoresponder(py::module_& module) {
  MakeValue(
      py::class_<AbsenceDecision>(module, "AbsenceDecision",
                                  "What Autoresponder decided.")
          .def_readonly("answer", &AbsenceDecision::answer,
                        "True if a notice is due.")
          .def_readonly("decision", &AbsenceDecision::decision,
                        "Why, and what would change it: a mailsec.Decision."),
      {"answer", "decision"}, &AbsenceDecision::answer,
      &AbsenceDecision::decision);
  py::class_<Autoresponder>(module, "Autoresponder", kResponderDoc)
      .def(py::init([](std::vector<std::string> system_senders) {
             return ValueOrRaise(Autoresponder::Create(
                 {.system_senders = std::move(system_senders)}));
           }),
           py::kw_only(), py::arg("system_senders") = py::tuple(),
           "ValueError if one of them is no pattern.")
      .def(
          "decide",
          [](const Autoresponder& self, const Octets& content,
             const TextOr<ReversePath>& sender, const AbsenceSettings& settings,
             const Addresses& own_addresses, const std::string& separators,
             bool sender_is_inside, const MaybeTime& now) {
            const GilRelease without_gil;
            const HeaderScanner header(content.view());
            const std::vector<Address> own = Values(own_addresses);
            return self.Decide({.header = &header,
                                .settings = &settings,
                                .sender = *sender,
                                .own_addresses = own,
                                .separators = separators,
                                .sender_is_inside = sender_is_inside},
                               OrNow(now));
          },
          py::arg("content"), py::kw_only(), py::arg("sender"),
          py::arg("settings"), py::arg("own_addresses") = py::tuple(),
          py::arg("separators") = "", py::arg("sender_is_inside") = false,
          py::arg("now") = py::none(),
          "The AbsenceDecision about a message, of which the header section "
          "is enough. `own_addresses`: the user's others, aliases too. "
          "`separators`: \"+\" if alice+shop is alice's as well.");
}

constexpr char kNoticeDoc[] = R"(Writes an absence notice.

>>> from mailsec import autoreply
>>> away = autoreply.AbsenceSettings("anna@example.org",
...                                  outside_texts=[("en", "Away.")])
>>> notice = autoreply.build_notice(
...     away, b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n",
...     target="bob@example.net", unique="3F9K")
>>> print(notice.content.decode().split("\r\n")[3])
Subject: Auto: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=

`original`: the message that is answered, its header section at least. `unique`
is different for each notice. Send it from <> to `target`.
)";

void BindMessages(py::module_& module) {
  MakeValue(
      py::class_<AutomaticMessage>(module, "AutomaticMessage",
                                   "A message to be sent from the null path.")
          .def_property_readonly(
              "content",
              [](const AutomaticMessage& self) {
                return py::bytes(self.content);
              },
              "Whole lines with CRLF.")
          .def_readonly("needs_smtputf8", &AutomaticMessage::needs_smtputf8,
                        "An address in it is not ASCII.")
          .def_readonly("has_8bit", &AutomaticMessage::has_8bit,
                        "Only with needs_smtputf8."),
      {"content", "needs_smtputf8", "has_8bit"}, &AutomaticMessage::content,
      &AutomaticMessage::needs_smtputf8, &AutomaticMessage::has_8bit);
  module.def(
      "build_notice",
      [](const AbsenceSettings& settings, const Octets& original,
         const TextOr<Address>& target, std::string unique,
         bool sender_is_inside, const MaybeTime& now) {
        const GilRelease without_gil;
        const HeaderScanner header(original.view());
        return autoreply::BuildAbsenceNotice(
            {.settings = &settings,
             .original = &header,
             .target = *target,
             .sender_is_inside = sender_is_inside,
             .unique = std::move(unique)},
            OrNow(now));
      },
      py::arg("settings"), py::arg("original"), py::kw_only(),
      py::arg("target"), py::arg("unique"), py::arg("sender_is_inside") = false,
      py::arg("now") = py::none(), kNoticeDoc);
  module.def(
      "build_receipt",
      [](const Octets& original, const TextOr<Address>& mailbox,
         const TextOr<Address>& target, std::string unique,
         std::string original_recipient, const MaybeTime& now) {
        const GilRelease without_gil;
        const HeaderScanner header(original.view());
        return autoreply::BuildReceipt(
            {.original = &header,
             .mailbox = *mailbox,
             .target = *target,
             .unique = std::move(unique),
             .original_recipient = std::move(original_recipient)},
            OrNow(now));
      },
      py::arg("original"), py::kw_only(), py::arg("mailbox"), py::arg("target"),
      py::arg("unique"), py::arg("original_recipient") = "",
      py::arg("now") = py::none(),
      "Writes a receipt (RFC 8098), as build_notice() does a notice.");
}

constexpr char kReceiptDoc[] = R"(Does the sender get a receipt (RFC 8098)?

Off unless it is switched on.

>>> from mailsec import autoreply
>>> mail = (b"Disposition-Notification-To: bob@example.net\r\n"
...         b"To: anna@example.org\r\nMessage-ID: <1@example.net>\r\n\r\n")
>>> for policy in autoreply.ReceiptPolicy(), autoreply.ReceiptPolicy(
...         enabled=True):
...     print(policy.decide(mail, sender="<bob@example.net>",
...                         mailbox="anna@example.org").decision.rule)
receipt.off
receipt.sent
)";

void BindReceipts(py::module_& module) {
  MakeValue(
      py::class_<ReceiptDecision>(module, "ReceiptDecision",
                                  "What ReceiptPolicy decided.")
          .def_readonly("answer", &ReceiptDecision::answer,
                        "True if a receipt is due.")
          .def_readonly("decision", &ReceiptDecision::decision,
                        "Why, and what would change it: a mailsec.Decision.")
          .def_readonly("message_id", &ReceiptDecision::message_id,
                        "By which one is remembered; empty if none is due."),
      {"answer", "decision", "message_id"}, &ReceiptDecision::answer,
      &ReceiptDecision::decision, &ReceiptDecision::message_id);
  py::class_<ReceiptPolicy>(module, "ReceiptPolicy", kReceiptDoc)
      .def(py::init([](bool enabled, std::vector<std::string> system_senders) {
             return ValueOrRaise(ReceiptPolicy::Create(
                 {.enabled = enabled,
                  .system_senders = std::move(system_senders)}));
           }),
           py::kw_only(), py::arg("enabled") = false,
           py::arg("system_senders") = py::tuple(),
           "`system_senders`: as Autoresponder's.")
      .def(
          "decide",
          [](const ReceiptPolicy& self, const Octets& content,
             const TextOr<ReversePath>& sender, const TextOr<Address>& mailbox,
             const Addresses& own_addresses, const std::string& separators) {
            const GilRelease without_gil;
            const HeaderScanner header(content.view());
            const std::vector<Address> own = Values(own_addresses);
            return self.Decide({.header = &header,
                                .sender = *sender,
                                .mailbox = *mailbox,
                                .own_addresses = own,
                                .separators = separators});
          },
          py::arg("content"), py::kw_only(), py::arg("sender"),
          py::arg("mailbox"), py::arg("own_addresses") = py::tuple(),
          py::arg("separators") = "",
          "The ReceiptDecision about a message. `separators`: as "
          "Autoresponder.decide()'s.");
}

}  // namespace

void BindAutoreply(py::module_& module) {
  py::module_ autoreply = module.def_submodule("_autoreply");
  // Types are named after the module that users import.
  autoreply.attr("__name__") = "mailsec.autoreply";
  BindAbsenceText(autoreply);
  BindSettings(autoreply);
  BindAutoresponder(autoreply);
  BindMessages(autoreply);
  BindReceipts(autoreply);
  BindAutoreplyStores(autoreply);
}

}  // namespace mailsec::python
