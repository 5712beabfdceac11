#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/events.h"
#include "bindings/python/values.h"
#include "mailcore/smtp/client_session.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using smtp::About;
using smtp::ClientSession;
using smtp::MailParameters;
using smtp::OutgoingRecipient;
using smtp::Protocol;
using smtp::RcptParameters;
using smtp::RecipientOutcome;
using smtp::ServerCapabilities;
using smtp::Stage;
using smtp::Transaction;

void BindAbout(py::module_& module) {
  BindEnum<About>(
      module, "About", "What the verdict speaks of.",
      {{"MAIL", About::kMail, "The recipient, the sender or the content."},
       {"HOST", About::kHost,
        "The host, which broke off: another one may be asked."},
       {"UNCLEAR", About::kUnclear,
        "No answer came to the whole content: the host may have it."}});
}

void BindStage(py::module_& module) {
  BindEnum<Stage>(module, "Stage", "How far a dialogue got.",
                  {{"CONNECT", Stage::kConnect, "No connection yet."},
                   {"GREETING", Stage::kGreeting, "The server is to greet."},
                   {"HELLO", Stage::kHello, "EHLO was sent."},
                   {"MAIL", Stage::kMail, "MAIL was sent."},
                   {"RCPT", Stage::kRcpt, "RCPT was sent."},
                   {"DATA", Stage::kData, "DATA was sent."},
                   {"CONTENT", Stage::kContent, "The content was sent."}});
}

void BindTransaction(py::module_& module) {
  MakeValue(
      py::class_<OutgoingRecipient>(module, "OutgoingRecipient",
                                    "A recipient of an outgoing message.")
          .def(py::init([](const TextOr<address::ForwardPath>& path,
                           const RcptParameters& parameters) {
                 return OutgoingRecipient{*path, parameters};
               }),
               py::arg("path"),
               py::arg_v("parameters", RcptParameters(), "RcptParameters()"),
               "A path with its brackets, and what RCPT says beside it.")
          .def_readonly("path", &OutgoingRecipient::path, "The ForwardPath.")
          .def_readonly("parameters", &OutgoingRecipient::parameters,
                        "The RcptParameters."),
      {"path", "parameters"}, &OutgoingRecipient::path,
      &OutgoingRecipient::parameters);

  MakeValue(
      py::class_<Transaction>(module, "Transaction",
                              "A message to hand on, without its content.")
          .def(py::init([](const TextOr<address::ReversePath>& sender,
                           std::vector<OutgoingRecipient> recipients,
                           const MailParameters& parameters, bool has_8bit,
                           bool headers_utf8, bool probe) {
                 return Transaction{.sender = *sender,
                                    .parameters = parameters,
                                    .recipients = std::move(recipients),
                                    .has_8bit = has_8bit,
                                    .headers_utf8 = headers_utf8,
                                    .probe = probe};
               }),
               py::arg("sender"), py::arg("recipients"), py::kw_only(),
               py::arg_v("parameters", MailParameters(), "MailParameters()"),
               py::arg("has_8bit") = false, py::arg("headers_utf8") = false,
               py::arg("probe") = false,
               R"(At least one OutgoingRecipient.

`parameters.declared_size` are the content's octets. `has_8bit` says that an
octet of it is above 0x7F, `headers_utf8` that one of its header section is.
`probe`: only ask, by MAIL, RCPT and RSET; no content is sent.)")
          .def_readonly("sender", &Transaction::sender, "The ReversePath.")
          .def_property_readonly(
              "recipients", [](const Transaction& t) { return t.recipients; },
              "The OutgoingRecipients.")
          .def_readonly("parameters", &Transaction::parameters,
                        "The MailParameters.")
          .def_readonly("has_8bit", &Transaction::has_8bit, "Needs 8BITMIME.")
          .def_readonly("headers_utf8", &Transaction::headers_utf8,
                        "Needs SMTPUTF8.")
          .def_readonly("probe", &Transaction::probe, "Only asks."),
      {"sender", "parameters", "recipients", "has_8bit", "headers_utf8",
       "probe"},
      &Transaction::sender, &Transaction::parameters, &Transaction::recipients,
      &Transaction::has_8bit, &Transaction::headers_utf8, &Transaction::probe);

  MakeValue(py::class_<RecipientOutcome>(module, "RecipientOutcome",
                                         "What became of one recipient.")
                .def_readonly("reply", &RecipientOutcome::reply,
                              "2yz: handed on. 4yz: try again. 5yz: never.")
                .def_readonly("stage", &RecipientOutcome::stage,
                              "How far it got, a Stage.")
                .def_readonly(
                    "from_peer", &RecipientOutcome::from_peer,
                    "False where the verdict is ours (a lost connection ...).")
                .def_readonly("about", &RecipientOutcome::about,
                              "What it speaks of, an About.")
                .def("__repr__",
                     [](const RecipientOutcome& outcome) {
                       return py::str("<mailsec.RecipientOutcome {!r}>")
                           .format(outcome.reply.ToString());
                     }),
            {"reply", "stage", "from_peer", "about"}, &RecipientOutcome::reply,
            &RecipientOutcome::stage, &RecipientOutcome::from_peer,
            &RecipientOutcome::about);
}

void BindEvents(py::module_& module) {
  BindEvent<smtp::Ready>(module, "Ready",
                         "Greeted and idle: call begin() or quit().");
  BindEvent<smtp::ContentWanted>(
      module, "ContentWanted",
      "Call content() with piece after piece, then content_end().");
  BindEvent<smtp::TransactionDone>(
      module, "TransactionDone", "A message is over; Ready comes next.",
      {"outcomes"}, &smtp::TransactionDone::outcomes)
      .def_property_readonly(
          "outcomes",
          [](const smtp::TransactionDone& done) { return done.outcomes; },
          "One RecipientOutcome each, in the order of the recipients.");
  BindEvent<smtp::ClientClosed>(
      module, "ClientClosed", "The last event: close the connection.",
      {"reply", "clean", "stage"}, &smtp::ClientClosed::reply,
      &smtp::ClientClosed::clean, &smtp::ClientClosed::stage)
      .def_readonly("reply", &smtp::ClientClosed::reply,
                    "The last word, the server's or ours.")
      .def_readonly("clean", &smtp::ClientClosed::clean, "After our QUIT.")
      .def_readonly("stage", &smtp::ClientClosed::stage, "A Stage.");
  BindUnion<smtp::ClientEvent>(module, "ClientEvent");
}

void BindCapabilities(py::module_& module) {
  using C = ServerCapabilities;
  MakeValue(
      py::class_<C>(module, "ServerCapabilities",
                    "What the server offered in its last EHLO.")
          .def_readonly("extended", &C::extended, "It answered EHLO at all.")
          .def_readonly("pipelining", &C::pipelining, "RFC 2920.")
          .def_readonly("eight_bit_mime", &C::eight_bit_mime, "RFC 6152.")
          .def_readonly("chunking", &C::chunking, "RFC 3030.")
          .def_readonly("binary_mime", &C::binary_mime, "RFC 3030.")
          .def_readonly("smtputf8", &C::smtputf8, "RFC 6531.")
          .def_readonly("dsn", &C::dsn, "RFC 3461.")
          .def_readonly("enhanced_status_codes", &C::enhanced_status_codes,
                        "RFC 2034.")
          .def_readonly("starttls", &C::starttls, "RFC 3207.")
          .def_readonly("prdr", &C::prdr, "A reply for each recipient.")
          .def_readonly("size", &C::size, "SIZE was offered (RFC 1870).")
          .def_readonly("max_size", &C::max_size, "0: no limit stated.")
          .def_readonly("max_recipients", &C::max_recipients,
                        "LIMITS RCPTMAX (RFC 9422); 0: none stated.")
          .def_readonly("max_messages", &C::max_messages,
                        "LIMITS MAILMAX (RFC 9422); 0: none stated."),
      {"extended", "pipelining", "eight_bit_mime", "chunking", "binary_mime",
       "smtputf8", "dsn", "enhanced_status_codes", "starttls", "prdr", "size",
       "max_size", "max_recipients", "max_messages"},
      &C::extended, &C::pipelining, &C::eight_bit_mime, &C::chunking,
      &C::binary_mime, &C::smtputf8, &C::dsn, &C::enhanced_status_codes,
      &C::starttls, &C::prdr, &C::size, &C::max_size, &C::max_recipients,
      &C::max_messages);
}

constexpr char kDoc[] = R"(The client's side of one SMTP dialogue, without I/O.

What goes out holds no bare CR or LF, and dots are stuffed; what comes in may be
anything. Here it talks to a ServerSession, without a network between them:

>>> client = mailsec.ClientSession("client.example")
>>> client.receive(b"220 mx.example.org ESMTP\r\n")
>>> client.next_event(), client.take_output()
(<mailsec.NeedInput>, b'EHLO client.example\r\n')
>>> client.receive(b"250 mx.example.org\r\n")
>>> client.next_event()
<mailsec.Ready>
>>> client.begin(mailsec.Transaction(
...     "<a@client.example>", [mailsec.OutgoingRecipient("<b@example.org>")]))
>>> client.next_event(), client.take_output()
(<mailsec.NeedInput>, b'MAIL FROM:<a@client.example>\r\n')
>>> client.receive(b"550 5.7.1 No\r\n")
>>> client.next_event().outcomes
[<mailsec.RecipientOutcome '550 5.7.1 No'>]

A session belongs to one thread, or one task, at a time.
)";

void BindSessionCalls(py::module_& module) {
  py::class_<ClientSession> session(module, "ClientSession", kDoc);
  session
      .def(py::init([](const TextOr<address::Domain>& hostname,
                       Protocol protocol, size_t max_reply_octets) {
             return ClientSession({.hostname = (*hostname).ascii(),
                                   .protocol = protocol,
                                   .max_reply_octets = max_reply_octets});
           }),
           py::arg("hostname"), py::kw_only(),
           py::arg_v("protocol", Protocol::kSmtp, "Protocol.SMTP"),
           py::arg("max_reply_octets") = smtp::ClientOptions().max_reply_octets,
           "Says `hostname` in EHLO.")
      .def(
          "receive",
          [](ClientSession& self, const Octets& octets) {
            self.Receive(octets.view());
          },
          py::arg("octets"),
          "Takes octets from the server; b\"\" says that it has closed.")
      .def("next_event", &ClientSession::NextEvent, "What happened next.")
      .def("begin", &ClientSession::Begin, py::arg("transaction"),
           "Starts a message. RuntimeError unless the last event was Ready; "
           "ValueError without a recipient.")
      .def(
          "content",
          [](ClientSession& self, const Octets& octets) {
            return self.Content(octets.view());
          },
          py::arg("octets"),
          "A piece of the content, not stuffed. RuntimeError unless wanted.")
      .def("content_end", &ClientSession::ContentEnd,
           "The content is whole. RuntimeError unless wanted.")
      .def("abandon_content", &ClientSession::AbandonContent,
           "The content cannot be had: closes, and the server keeps nothing.")
      .def("quit", &ClientSession::Quit, "Says QUIT; ClientClosed follows.")
      .def("timed_out", &ClientSession::TimedOut,
           "The time limit ran out: ClientClosed, and 4.4.2 for the undecided.")
      .def(
          "take_output",
          [](ClientSession& self) { return py::bytes(self.TakeOutput()); },
          "The octets to send now; may be empty.")
      .def_property_readonly("has_output", &ClientSession::HasOutput,
                             "True if take_output() has something.")
      .def_property_readonly(
          "capabilities",
          [](const ClientSession& self) { return self.capabilities(); },
          "The ServerCapabilities.")
      .def_property_readonly("stage", &ClientSession::stage,
                             "Decides the time limit (RFC 5321, 4.5.3.2).");
  ShowBy(session, {"stage"});
}

}  // namespace

void BindClientSession(py::module_& module) {
  BindStage(module);
  BindAbout(module);
  BindTransaction(module);
  BindEvents(module);
  BindCapabilities(module);
  BindSessionCalls(module);
}

}  // namespace mailsec::python
