#include <pybind11/operators.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "bindings/python/absl_casters.h"
#include "bindings/python/bind.h"
#include "bindings/python/values.h"
#include "mailcore/smtp/check_parameters.h"
#include "mailcore/smtp/parameters.h"
#include "mailcore/smtp/protocol.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using smtp::BodyType;
using smtp::DsnNotify;
using smtp::DsnReturn;
using smtp::LineEndPolicy;
using smtp::MailParameters;
using smtp::OutOfTurnPolicy;
using smtp::Protocol;
using smtp::RcptParameters;

// Raises ValueError for what no peer could have said.
template <typename Parameters>
Parameters Checked(Parameters parameters) {
  RaiseIfError(smtp::CheckParameters(parameters));
  return parameters;
}

void BindEnums(py::module_& module) {
  BindEnum<Protocol>(
      module, "Protocol", "The dialect that is spoken.",
      {{"SMTP", Protocol::kSmtp, "RFC 5321."},
       {"LMTP", Protocol::kLmtp,
        "RFC 2033: one reply for each recipient after the data."}});
  BindEnum<LineEndPolicy>(
      module, "LineEndPolicy", "What becomes of bare line ends in content.",
      {{"REFUSE", LineEndPolicy::kRefuse,
        "The message is refused and the connection closed."},
       {"NORMALISE", LineEndPolicy::kNormalise,
        "They become CRLF; for old devices of one's own only."}});
  BindEnum<OutOfTurnPolicy>(
      module, "OutOfTurnPolicy",
      "What becomes of a client that goes on before its answer.",
      {{"REFUSE", OutOfTurnPolicy::kRefuse,
        "503, and the session ends: nothing that came early is read."},
       {"NOTE", OutOfTurnPolicy::kNote,
        "Served; ServerSession.spoke_out_of_turn tells it."}});
  BindEnum<BodyType>(module, "BodyType", "BODY, a parameter of MAIL.",
                     {{"SEVEN_BIT", BodyType::k7Bit, "7BIT, or none given."},
                      {"EIGHT_BIT_MIME", BodyType::k8BitMime, "RFC 6152."},
                      {"BINARY_MIME", BodyType::kBinaryMime, "RFC 3030."}});
  BindEnum<DsnReturn>(
      module, "DsnReturn", "RET, a parameter of MAIL.",
      {{"UNSPECIFIED", DsnReturn::kUnspecified, "None given."},
       {"FULL", DsnReturn::kFull, "The whole message (RFC 3461, 4.3)."},
       {"HEADERS", DsnReturn::kHeaders, "Its header section only."}});
}

void BindMailParameters(py::module_& module) {
  MakeValue(
      py::class_<MailParameters>(module, "MailParameters",
                                 R"(What MAIL says beside its path.

>>> mailsec.MailParameters(declared_size=1000).declared_size
1000
)")
          .def(py::init([](uint64_t declared_size, BodyType body, bool smtputf8,
                           DsnReturn dsn_return, std::string envelope_id,
                           std::optional<std::string> auth, bool prdr) {
                 return Checked(
                     MailParameters{.declared_size = declared_size,
                                    .body = body,
                                    .smtputf8 = smtputf8,
                                    .prdr = prdr,
                                    .dsn_return = dsn_return,
                                    .envelope_id = std::move(envelope_id),
                                    .auth = std::move(auth)});
               }),
               py::kw_only(), py::arg("declared_size") = 0,
               py::arg_v("body", BodyType::k7Bit, "BodyType.SEVEN_BIT"),
               py::arg("smtputf8") = false,
               py::arg_v("dsn_return", DsnReturn::kUnspecified,
                         "DsnReturn.UNSPECIFIED"),
               py::arg("envelope_id") = "", py::arg("auth") = py::none(),
               py::arg("prdr") = false,
               "Without arguments: nothing was said. ValueError for what "
               "cannot be said.")
          .def_readonly("declared_size", &MailParameters::declared_size,
                        "SIZE in octets; 0: unknown (RFC 1870).")
          .def_readonly("body", &MailParameters::body, "BODY, a BodyType.")
          .def_readonly("smtputf8", &MailParameters::smtputf8,
                        "SMTPUTF8 was said (RFC 6531).")
          .def_readonly("dsn_return", &MailParameters::dsn_return,
                        "RET, a DsnReturn.")
          .def_readonly("envelope_id", &MailParameters::envelope_id,
                        "ENVID, decoded (RFC 3461, 4.4).")
          .def_readonly("auth", &MailParameters::auth,
                        "AUTH, decoded, or None (RFC 4954, 5).")
          .def_readonly("prdr", &MailParameters::prdr,
                        "PRDR was said: a reply for each recipient after the "
                        "content.")
          .def(py::self == py::self),
      {"declared_size", "body", "smtputf8", "prdr", "dsn_return", "envelope_id",
       "auth"},
      &MailParameters::declared_size, &MailParameters::body,
      &MailParameters::smtputf8, &MailParameters::prdr,
      &MailParameters::dsn_return, &MailParameters::envelope_id,
      &MailParameters::auth);
}

void BindRcptParameters(py::module_& module) {
  MakeValue(
      py::class_<DsnNotify>(module, "DsnNotify",
                            R"(NOTIFY: when a report is wanted (RFC 3461, 4.1).

>>> mailsec.DsnNotify().is_default
True
)")
          .def(py::init([](bool never, bool success, bool failure, bool delay) {
                 return Checked(DsnNotify{never, success, failure, delay});
               }),
               py::kw_only(), py::arg("never") = false,
               py::arg("success") = false, py::arg("failure") = false,
               py::arg("delay") = false,
               "Without arguments: the default applies.")
          .def_readonly("never", &DsnNotify::never, "No report at all.")
          .def_readonly("success", &DsnNotify::success,
                        "When it was delivered.")
          .def_readonly("failure", &DsnNotify::failure, "When it cannot be.")
          .def_readonly("delay", &DsnNotify::delay, "When it takes long.")
          .def_property_readonly("is_default", &DsnNotify::IsDefault,
                                 "True if nothing is set.")
          .def(py::self == py::self),
      {"never", "success", "failure", "delay"}, &DsnNotify::never,
      &DsnNotify::success, &DsnNotify::failure, &DsnNotify::delay);

  MakeValue(
      py::class_<RcptParameters>(module, "RcptParameters",
                                 "What RCPT says beside its path.")
          .def(py::init([](DsnNotify notify, std::string original_type,
                           std::string original_recipient) {
                 return Checked(RcptParameters{notify, std::move(original_type),
                                               std::move(original_recipient)});
               }),
               py::kw_only(), py::arg_v("notify", DsnNotify(), "DsnNotify()"),
               py::arg("original_type") = "",
               py::arg("original_recipient") = "",
               "Without arguments: nothing was said. ValueError if only one "
               "half of ORCPT is given, or what cannot be said.")
          .def_readonly("notify", &RcptParameters::notify,
                        "NOTIFY, a DsnNotify.")
          .def_readonly("original_type", &RcptParameters::original_type,
                        "ORCPT's address type, \"rfc822\" or \"utf-8\"; may be "
                        "empty.")
          .def_readonly("original_recipient",
                        &RcptParameters::original_recipient,
                        "ORCPT's address, decoded; may be empty.")
          .def(py::self == py::self),
      {"notify", "original_type", "original_recipient"},
      &RcptParameters::notify, &RcptParameters::original_type,
      &RcptParameters::original_recipient);
}

}  // namespace

void BindParameters(py::module_& module) {
  BindEnums(module);
  BindMailParameters(module);
  BindRcptParameters(module);
}

}  // namespace mailsec::python
