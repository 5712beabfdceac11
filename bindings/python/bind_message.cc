#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/now.h"
#include "bindings/python/values.h"
#include "mailcore/message/auto_submitted.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/in_front.h"
#include "mailcore/message/missing_fields.h"
#include "mailcore/message/sender_field.h"
#include "mailcore/message/trace_field.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using address::Address;
using message::HeaderField;
using message::HeaderScanner;
using message::TraceField;

py::bytes ToBytes(absl::string_view octets) {
  return py::bytes(octets.data(), octets.size());
}

void BindHeaderField(py::module_& module) {
  py::class_<HeaderField> field(module, "HeaderField",
                                "One header field; part of a HeaderScanner.");
  ShowBy(field, {"name", "value"});
  field
      .def_property_readonly(
          "name", [](const HeaderField& field) { return ToBytes(field.name); },
          "Before the colon.")
      .def_property_readonly(
          "value",
          [](const HeaderField& field) { return ToBytes(field.value); },
          "After the colon as it is, folded, without its last line end.")
      .def(
          "unfolded",
          [](const HeaderField& field) { return ToBytes(field.Unfolded()); },
          "The value on one line, without CR or LF; not decoded.");
}

// A field points into its scanner's content, and keeps the scanner; that keeps
// the content.
py::object ToField(const HeaderField* field, const HeaderScanner& scanner) {
  return py::cast(field, py::return_value_policy::reference_internal,
                  py::cast(&scanner, py::return_value_policy::reference));
}

void BindHeaderScanner(py::module_& module) {
  py::class_<HeaderScanner> scanner(
      module, "HeaderScanner",
      R"(The header section of a message from a stranger; nothing makes it fail.

>>> header = mailsec.HeaderScanner(
...     b"Received: from a\r\nSubject: a long\r\n one\r\n\r\nbody\r\n")
>>> header.find("subject").unfolded(), header.hops
(b'a long one', 1)
>>> header.find("From") is None, header.has_end
(True, True)
)");
  ShowBy(scanner, {"field_count", "hops", "has_end"});
  scanner
      .def(py::init([](const py::bytes& content) {
             char* data = nullptr;
             Py_ssize_t size = 0;
             PyBytes_AsStringAndSize(content.ptr(), &data, &size);
             return CallUnlocked([&] {
               return HeaderScanner(
                   absl::string_view(data, static_cast<size_t>(size)));
             });
           }),
           py::arg("content"), py::keep_alive<1, 2>(),
           "`content` may be cut anywhere; it is not copied.")
      .def_property_readonly(
          "fields",
          [](const HeaderScanner& self) -> Typed<"List[mailsec.HeaderField]"> {
            py::list fields;
            for (const HeaderField& field : self.fields()) {
              fields.append(ToField(&field, self));
            }
            return fields;
          },
          "In the order in which they stand; at most 10,000.")
      .def_property_readonly("field_count", &HeaderScanner::field_count,
                             "How many there are, kept or not.")
      .def(
          "find",
          [](const HeaderScanner& self,
             absl::string_view name) -> Typed<"Optional[mailsec.HeaderField]"> {
            return ToField(self.Find(name), self);
          },
          py::arg("name"), "The first field of this name in any case, or None.")
      .def("count", &HeaderScanner::Count, py::arg("name"),
           "How many fields of this name are kept.")
      .def_property_readonly("hops", &HeaderScanner::hops,
                             "The Received fields (RFC 5321, 6.3).")
      .def(
          "was_delivered_to",
          [](const HeaderScanner& header, const TextOr<Address>& mailbox) {
            return header.WasDeliveredTo(*mailbox);
          },
          py::arg("mailbox"), "True if a Delivered-To field names `mailbox`.")
      .def_property_readonly(
          "auto_submitted",
          [](const HeaderScanner& header) {
            return message::FindAutoSubmitted(header) != nullptr;
          },
          "True if it says that no person sent it (RFC 3834, 5).")
      .def_property_readonly("has_8bit", &HeaderScanner::has_8bit,
                             "True if an octet of it is above 0x7F.")
      .def_property_readonly("has_end", &HeaderScanner::has_end,
                             "False if the content ends within the header.")
      .def_property_readonly("has_other_lines", &HeaderScanner::has_other_lines,
                             "True if a line in it is no field.")
      .def_property_readonly("body_offset", &HeaderScanner::body_offset,
                             "Where the body begins.")
      .def_property_readonly("header_octets", &HeaderScanner::header_octets,
                             "Where the header section ends.");
}

void BindTraceField(py::module_& module) {
  py::class_<TraceField> trace(
      module, "TraceField",
      R"(The Received field that a server puts before a message (RFC 5321, 4.4).

Nothing that the peer said can end it or begin another field.

>>> import datetime
>>> trace = mailsec.TraceField(
...     helo="client.example", client_ip="203.0.113.9",
...     own_name="mx.example.org", extended=True, queue_id="2QK9",
...     time=datetime.datetime(2025, 11, 25, tzinfo=datetime.timezone.utc))
>>> trace.protocol
'ESMTP'
>>> print(trace.to_received().decode(), end="")  # doctest: +NORMALIZE_WHITESPACE
Received: from client.example ([203.0.113.9])
 by mx.example.org with ESMTP id 2QK9;
 Tue, 25 Nov 2025 00:00:00 +0000
)");
  trace
      .def(py::init([](std::string helo, const TextOr<ip::IpAddress>& client_ip,
                       std::string own_name, absl::Time time,
                       std::string client_name, bool lmtp, bool extended,
                       bool secured, bool authenticated, bool smtputf8,
                       std::string queue_id,
                       const std::optional<TextOr<Address>>& recipient) {
             return TraceField{
                 .helo = std::move(helo),
                 .client_ip = *client_ip,
                 .client_name = std::move(client_name),
                 .own_name = std::move(own_name),
                 .lmtp = lmtp,
                 .extended = extended,
                 .secured = secured,
                 .authenticated = authenticated,
                 .smtputf8 = smtputf8,
                 .queue_id = std::move(queue_id),
                 .recipient = recipient ? recipient->value : std::nullopt,
                 .time = time};
           }),
           py::kw_only(), py::arg("helo"), py::arg("client_ip"),
           py::arg("own_name"), py::arg("time"), py::arg("client_name") = "",
           py::arg("lmtp") = false, py::arg("extended") = false,
           py::arg("secured") = false, py::arg("authenticated") = false,
           py::arg("smtputf8") = false, py::arg("queue_id") = "",
           py::arg("recipient") = py::none(),
           R"(`helo` is as the peer named itself; `time` has a time zone.

Leave `recipient` out if there are several: the field would tell one of the
other.)")
      .def_property_readonly("protocol", &TraceField::Protocol,
                             "The word after \"with\" (RFC 3848, RFC 6531).")
      .def(
          "to_received",
          [](const TraceField& trace) { return ToBytes(trace.ToReceived()); },
          "The whole field, folded, with its CRLF.")
      .def("__repr__", [](const TraceField& self) {
        return py::str("<mailsec.TraceField {!r}>").format(self.ToReceived());
      });
  module.def(
      "return_path_field",
      [](const TextOr<address::ReversePath>& sender) {
        return ToBytes(message::ReturnPathField(*sender));
      },
      py::arg("sender"), R"(The Return-Path field of final delivery.

>>> mailsec.return_path_field("<>")
b'Return-Path: <>\r\n'
)");
  module.def(
      "in_front",
      [](const Octets& fields, const Octets& content) {
        return ToBytes(message::InFront(fields.view(), content.view()));
      },
      py::arg("fields"), py::arg("content"),
      R"(Header fields of ours, whole with their CRLF, and a message behind them.

A message whose first line would go on with our last field is parted from it by
an empty line: it is all body then, and nothing of it is lost.

>>> mailsec.in_front(b"X-Ours: a\r\n", b" by evil.example\r\n")
b'X-Ours: a\r\n\r\n by evil.example\r\n'
)");
  module.def(
      "delivered_to_field",
      [](const TextOr<Address>& mailbox) {
        return ToBytes(message::DeliveredToField(*mailbox));
      },
      py::arg("mailbox"), R"(The Delivered-To field (RFC 9228), against loops.

>>> mailsec.delivered_to_field("alice@example.org")
b'Delivered-To: alice@example.org\r\n'
)");
  module.def(
      "unproven_sender_field",
      [](const TextOr<ip::IpAddress>& client_ip) {
        return ToBytes(message::UnprovenSenderField(*client_ip));
      },
      py::arg("client_ip"),
      R"(The field that says that nothing proves a sender of ours.

>>> mailsec.unproven_sender_field("203.0.113.9")
b'X-Mailsec-Sender: unproven; client=203.0.113.9\r\n'
)");
  module.def(
      "missing_fields",
      [](const Octets& content, const std::string& message_id,
         const MaybeTime& now) {
        const message::HeaderScanner header(content.view());
        return ToBytes(
            message::FindMissingFields(header, OrNow(now), message_id).fields);
      },
      py::arg("content"), py::kw_only(), py::arg("message_id"),
      py::arg("now") = py::none(),
      R"(The Date and Message-ID fields that mail of an own user lacks.

They belong in front of the content (RFC 6409, 8.2 and 8.3); what a DKIM
signature says is not there is left out.

>>> from datetime import datetime, timezone
>>> mailsec.missing_fields(b"Subject: x\r\n\r\n", message_id="<1@mx.example.org>",
...                        now=datetime(2025, 11, 25, 10, tzinfo=timezone.utc))
b'Date: Tue, 25 Nov 2025 10:00:00 +0000\r\nMessage-ID: <1@mx.example.org>\r\n'
>>> mailsec.missing_fields(b"Date: x\r\nMessage-ID: <a@b>\r\n\r\n", message_id="<1@x>")
b''
)");
}

}  // namespace

void BindMessage(py::module_& module) {
  BindHeaderField(module);
  BindHeaderScanner(module);
  BindTraceField(module);
}

}  // namespace mailsec::python
