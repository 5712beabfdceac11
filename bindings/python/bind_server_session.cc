#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/events.h"
#include "bindings/python/values.h"
#include "mailcore/smtp/server_session.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using smtp::LineEndPolicy;
using smtp::MailFrom;
using smtp::OutOfTurnPolicy;
using smtp::Protocol;
using smtp::RcptTo;
using smtp::ServerLimits;
using smtp::ServerSession;

// A smtp::DataChunk whose octets stay.
struct KeptChunk {
  py::bytes octets;
};

// smtp::ServerEvent with a KeptChunk in place of the view.
using KeptEvent =
    std::variant<smtp::NeedInput, smtp::ReplyOwed, smtp::Hello, MailFrom,
                 RcptTo, smtp::DataBegin, KeptChunk, smtp::DataEnd,
                 smtp::StartTls, smtp::Auth, smtp::AuthResponse,
                 smtp::TransactionAborted, smtp::Closed>;

KeptEvent NextEvent(ServerSession& session) {
  return std::visit(
      [](auto&& event) -> KeptEvent {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, smtp::DataChunk>) {
          return KeptChunk{py::bytes(event.octets.data(), event.octets.size())};
        } else {
          return std::forward<decltype(event)>(event);
        }
      },
      session.NextEvent());
}

void BindTransactionEvents(py::module_& module) {
  BindEvent<smtp::Hello>(
      module, "Hello", "[R] HELO, or EHLO or LHLO if `extended`.",
      {"name", "extended"}, &smtp::Hello::name, &smtp::Hello::extended)
      .def_readonly("name", &smtp::Hello::name,
                    "What the peer calls itself; it proves nothing.")
      .def_readonly("extended", &smtp::Hello::extended, "EHLO or LHLO.");
  BindEvent<MailFrom>(module, "MailFrom", "[R] MAIL opens a transaction.",
                      {"path", "parameters"}, &MailFrom::path,
                      &MailFrom::parameters)
      .def_readonly("path", &MailFrom::path, "The ReversePath.")
      .def_readonly("parameters", &MailFrom::parameters, "The MailParameters.");
  BindEvent<RcptTo>(module, "RcptTo", "[R] RCPT, once for each recipient.",
                    {"path", "parameters"}, &RcptTo::path, &RcptTo::parameters)
      .def_readonly("path", &RcptTo::path, "The ForwardPath.")
      .def_readonly("parameters", &RcptTo::parameters, "The RcptParameters.");
  BindEvent<smtp::DataBegin>(
      module, "DataBegin",
      "[R] DATA, or the first BDAT: 354 takes the content, or refuse it.",
      {"chunked"}, &smtp::DataBegin::chunked)
      .def_readonly("chunked", &smtp::DataBegin::chunked,
                    "BDAT: nothing is sent for a 354.");
  BindEvent<KeptChunk>(module, "DataChunk",
                       "A piece of the content, as it is to be stored.",
                       {"octets"}, &KeptChunk::octets)
      .def_readonly("octets", &KeptChunk::octets, "The dots are unstuffed.");
  BindEvent<smtp::DataEnd>(
      module, "DataEnd",
      "[R] The content is whole; 250 says that the message is yours now.",
      {"replies"}, &smtp::DataEnd::replies)
      .def_readonly("replies", &smtp::DataEnd::replies,
                    "How often to respond: once, or with LMTP and PRDR once "
                    "for each accepted recipient, in order.");
  BindEvent<smtp::TransactionAborted>(
      module, "TransactionAborted", "The transaction is void: drop it.",
      {"reason"}, &smtp::TransactionAborted::reason)
      .def_readonly("reason", &smtp::TransactionAborted::reason,
                    "For the log.");
}

void BindOtherEvents(py::module_& module) {
  BindEvent<smtp::NeedInput>(
      module, "NeedInput",
      "Nothing to report: send take_output() and call receive().");
  BindEvent<smtp::ReplyOwed>(module, "ReplyOwed",
                             "next_event() was called before respond().");
  BindEvent<smtp::StartTls>(
      module, "StartTls",
      "[R] 220, then shake hands and call tls_established().");
  BindEvent<smtp::Auth>(
      module, "Auth",
      "[R] AUTH: 235, 535 ...; 334 with a challenge in base64 as its text "
      "brings an AuthResponse.",
      {"mechanism", "initial_response"}, &smtp::Auth::mechanism,
      &smtp::Auth::initial_response, &smtp::Auth::has_initial_response)
      .def_readonly("mechanism", &smtp::Auth::mechanism, "In upper case.")
      .def_property_readonly(
          "initial_response",
          [](const smtp::Auth& auth) {
            return auth.has_initial_response
                       ? std::optional<std::string>(auth.initial_response)
                       : std::nullopt;
          },
          "Base64 as it was sent; None if nothing was.");
  BindEvent<smtp::AuthResponse>(module, "AuthResponse",
                                "[R] One line of the exchange after AUTH.",
                                {"line"}, &smtp::AuthResponse::line)
      .def_readonly("line", &smtp::AuthResponse::line,
                    "Base64 as it was sent.");
  BindEvent<smtp::Closed>(
      module, "Closed",
      "The last event: send take_output() and close the connection.",
      {"reason"}, &smtp::Closed::reason)
      .def_readonly("reason", &smtp::Closed::reason, "For the log.");
}

void BindRefused(py::module_& module) {
  using smtp::CommandRefused;
  BindEvent<CommandRefused>(
      module, "CommandRefused",
      "A command that a session has refused by itself; from take_refused().",
      {"command", "line", "reply"}, &CommandRefused::command,
      &CommandRefused::line, &CommandRefused::reply)
      .def_readonly("command", &CommandRefused::command,
                    "\"EHLO\"; empty if it is none of SMTP's.")
      .def_property_readonly(
          "line",
          [](const CommandRefused& refused) { return py::bytes(refused.line); },
          "As it came: the first 200 octets, and of AUTH only that word.")
      .def_readonly("reply", &CommandRefused::reply, "The Reply to it.");
}

void BindLimits(py::module_& module) {
  const ServerLimits standard;
  MakeValue(
      py::class_<ServerLimits>(module, "ServerLimits",
                               R"(What one peer can make a session hold or do.

>>> mailsec.ServerLimits(max_recipients=100).max_recipients
100
)")
          .def(py::init([](size_t max_command_octets,
                           size_t max_text_line_octets, size_t max_recipients,
                           uint64_t max_message_octets,
                           size_t max_header_octets, size_t max_bad_commands,
                           size_t max_idle_commands, size_t max_messages) {
                 return ServerLimits{max_command_octets, max_text_line_octets,
                                     max_recipients,     max_message_octets,
                                     max_header_octets,  max_bad_commands,
                                     max_idle_commands,  max_messages};
               }),
               py::kw_only(),
               py::arg("max_command_octets") = standard.max_command_octets,
               py::arg("max_text_line_octets") = standard.max_text_line_octets,
               py::arg("max_recipients") = standard.max_recipients,
               py::arg("max_message_octets") = standard.max_message_octets,
               py::arg("max_header_octets") = standard.max_header_octets,
               py::arg("max_bad_commands") = standard.max_bad_commands,
               py::arg("max_idle_commands") = standard.max_idle_commands,
               py::arg("max_messages") = standard.max_messages,
               "Without arguments: what a server on the Internet needs.")
          .def_readonly("max_command_octets", &ServerLimits::max_command_octets,
                        "A command line with its CRLF.")
          .def_readonly("max_text_line_octets",
                        &ServerLimits::max_text_line_octets,
                        "A line of content with its CRLF; 0: any.")
          .def_readonly("max_recipients", &ServerLimits::max_recipients,
                        "Of one message; then 452 4.5.3.")
          .def_readonly("max_message_octets", &ServerLimits::max_message_octets,
                        "Announced by SIZE.")
          .def_readonly("max_header_octets", &ServerLimits::max_header_octets,
                        "Of the header section; then 552 5.3.4.")
          .def_readonly("max_bad_commands", &ServerLimits::max_bad_commands,
                        "Then 421 4.7.0.")
          .def_readonly("max_idle_commands", &ServerLimits::max_idle_commands,
                        "Between two messages; then 421 4.7.0.")
          .def_readonly("max_messages", &ServerLimits::max_messages,
                        "Of one session; 0: no bound."),
      {"max_command_octets", "max_text_line_octets", "max_recipients",
       "max_message_octets", "max_header_octets", "max_bad_commands",
       "max_idle_commands", "max_messages"},
      &ServerLimits::max_command_octets, &ServerLimits::max_text_line_octets,
      &ServerLimits::max_recipients, &ServerLimits::max_message_octets,
      &ServerLimits::max_header_octets, &ServerLimits::max_bad_commands,
      &ServerLimits::max_idle_commands, &ServerLimits::max_messages);
}

constexpr char kDoc[] = R"(The server's side of one SMTP dialogue, without I/O.

Octets go in, events and octets come out. After an event marked [R] the session
waits for respond(). What needs no decision (NOOP, bad syntax, wrong order, what
exceeds the limits) is answered here and causes no event; take_refused() tells
the log what was refused. Content has one end:
CRLF.CRLF; what holds a bare CR or LF is refused.

>>> session = mailsec.ServerSession("mx.example.org")
>>> session.take_output()
b'220 mx.example.org ESMTP\r\n'
>>> session.receive(b"HELO client.example\r\n")
>>> session.next_event()
<mailsec.Hello name='client.example', extended=False>
>>> session.respond(mailsec.Reply(250, "Hello"))
>>> session.take_output()
b'250 mx.example.org\r\n'
>>> session.receive(b"MAIL FROM:<a@client.example>\r\n")
>>> session.next_event().path
ReversePath('<a@client.example>')
>>> session.respond(mailsec.Reply(250, "Sender is fine", status=(2, 1, 0)))
>>> session.next_event()
<mailsec.NeedInput>
>>> session.in_transaction
True

A session belongs to one thread, or one task, at a time.
)";

py::class_<ServerSession> BindSessionCalls(py::module_& module) {
  py::class_<ServerSession> session(module, "ServerSession", kDoc);
  session
      .def(py::init([](const TextOr<address::Domain>& hostname,
                       Protocol protocol, LineEndPolicy line_ends,
                       const ServerLimits& limits, bool offer_prdr,
                       bool offer_starttls,
                       std::vector<std::string> auth_mechanisms,
                       uint64_t refusals_before, OutOfTurnPolicy out_of_turn) {
             smtp::ServerOptions options = {
                 .hostname = (*hostname).ascii(),
                 .protocol = protocol,
                 .line_ends = line_ends,
                 .out_of_turn = out_of_turn,
                 .limits = limits,
                 .refusals_before = refusals_before,
                 .offer_prdr = offer_prdr,
                 .offer_starttls = offer_starttls,
                 .auth_mechanisms = std::move(auth_mechanisms)};
             RaiseIfError(smtp::CheckOptions(options));
             return ServerSession(std::move(options));
           }),
           py::arg("hostname"), py::kw_only(),
           py::arg_v("protocol", Protocol::kSmtp, "Protocol.SMTP"),
           py::arg_v("line_ends", LineEndPolicy::kRefuse,
                     "LineEndPolicy.REFUSE"),
           py::arg_v("limits", ServerLimits(), "ServerLimits()"),
           py::arg("offer_prdr") = false, py::arg("offer_starttls") = false,
           py::arg("auth_mechanisms") = py::tuple(),
           py::arg("refusals_before") = 0,
           py::arg_v("out_of_turn", OutOfTurnPolicy::kRefuse,
                     "OutOfTurnPolicy.REFUSE"),
           R"(Greets as `hostname`. Extensions are offered only if asked for.

With `offer_prdr`, be ready for a DataEnd that wants several replies.
`auth_mechanisms` are names of SASL, as "PLAIN"; ValueError for what is none.
`refusals_before` is what this peer's refusals in other sessions have cost, as
take_refusals_spent() told it. `out_of_turn`: what becomes of a client that does
not wait for its answer.)")
      .def(
          "receive",
          [](ServerSession& self, const Octets& octets) {
            self.Receive(octets.view());
          },
          py::arg("octets"),
          "Takes octets from the peer; b\"\" says that it has closed.")
      .def("next_event", &NextEvent, "What happened next.")
      .def("respond", &ServerSession::Respond, py::arg("reply"),
           "Answers the pending [R] event. RuntimeError if there is none.")
      .def("take_refused", &ServerSession::TakeRefused,
           "For the log: each CommandRefused since the last call.")
      .def("take_refusals_spent", &ServerSession::TakeRefusalsSpent,
           "What refusals have cost since the last call, in hundredths of a "
           "bad command; negative if more was forgiven.")
      .def("refuse", &ServerSession::Refuse, py::arg("reply"),
           "Ends the session from outside: 421, or 554 instead of a greeting.")
      .def("tls_established", &ServerSession::TlsEstablished,
           "Call it after the handshake: forgets all that was learnt before.")
      .def(
          "take_output",
          [](ServerSession& self) { return py::bytes(self.TakeOutput()); },
          "The octets to send now; may be empty.")
      .def("take_pause", &ServerSession::TakePause,
           "How long to let the peer wait, once the output was sent, before "
           "the next next_event(): zero unless it was refused often. Each "
           "call tells only what the calls before it did not.");
  return session;
}

void BindSessionState(py::class_<ServerSession>& session) {
  session
      .def_property_readonly("has_output", &ServerSession::HasOutput,
                             "True if take_output() has something.")
      .def_property_readonly(
          "peer_must_wait", &ServerSession::peer_must_wait,
          "The output ends with an answer that the peer has to wait for: what "
          "is there already before it is sent came out of turn; receive() it "
          "first.")
      .def_property_readonly("spoke_out_of_turn",
                             &ServerSession::spoke_out_of_turn,
                             "The peer has, at least once.")
      .def_property_readonly("secured", &ServerSession::secured,
                             "tls_established() was called.")
      .def_property_readonly("extended", &ServerSession::extended,
                             "The peer said EHLO or LHLO.")
      .def_property_readonly("authenticated", &ServerSession::authenticated,
                             "AUTH was answered 235.")
      .def_property_readonly("peer_name", &ServerSession::peer_name,
                             "Of the last HELO; may be empty.")
      .def_property_readonly("in_transaction", &ServerSession::in_transaction,
                             "Between MAIL and the end of the data.")
      .def_property_readonly("receiving_content",
                             &ServerSession::receiving_content,
                             "Between DATA and its end.")
      .def_property_readonly("content_octets", &ServerSession::content_octets,
                             "Of the current message, so far.")
      .def_property_readonly("buffered_octets", &ServerSession::buffered_octets,
                             "Received and not parsed yet.");
  ShowBy(session, {"peer_name", "secured", "in_transaction"});
}

}  // namespace

void BindServerSession(py::module_& module) {
  BindOtherEvents(module);
  BindTransactionEvents(module);
  BindRefused(module);
  BindUnion<KeptEvent>(module, "ServerEvent");
  BindLimits(module);
  py::class_<ServerSession> session = BindSessionCalls(module);
  BindSessionState(session);
}

}  // namespace mailsec::python
