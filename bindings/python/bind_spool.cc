#include <pybind11/stl.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bindings/python/arguments.h"
#include "bindings/python/bind.h"
#include "bindings/python/gil.h"
#include "bindings/python/values.h"
#include "mailcore/base/event.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/spool/envelope.h"
#include "mailcore/spool/queue_id.h"
#include "mailcore/spool/spool.h"

namespace mailsec::python {
namespace {

namespace py = pybind11;
using spool::Envelope;
using spool::QueueEntry;
using spool::QueueId;
using spool::QueueState;
using spool::Recipient;
using spool::RecipientState;

class NullSink : public base::EventSink {
 public:
  void Record(const base::Event&) override {}
};

// A spool folder that no server has open.
// Thread safety: the GIL guards `spool_`; reading may run concurrently.
class SpoolReader {
 public:
  static std::unique_ptr<SpoolReader> Open(
      const std::string& directory,
      const std::vector<std::pair<uint32_t, py::bytes>>& keys) {
    spool::SpoolOptions options;
    for (const auto& [id, secret] : keys) {
      options.keys.push_back({.id = id, .secret = secret});
    }
    const GilRelease no_gil;
    struct stat info;
    if (stat(directory.c_str(), &info) != 0) {
      throw StatusError(absl::NotFoundError("no such folder: " + directory));
    }
    auto reader = std::make_unique<SpoolReader>();
    reader->disk_ = ValueOrRaise(io::PosixDisk::Open(directory));
    reader->spool_ =
        ValueOrRaise(spool::Spool::Open(std::move(options), reader->disk_.get(),
                                        &reader->clock_, &reader->events_));
    return reader;
  }

  const spool::Spool& spool() const {
    if (spool_ == nullptr) {
      throw StatusError(absl::FailedPreconditionError("the spool is closed"));
    }
    return *spool_;
  }

  std::string ReadContent(QueueId id) const {
    std::unique_ptr<spool::ContentReader> reader =
        ValueOrRaise(spool().OpenContent(id));
    std::string content;
    while (true) {
      const absl::string_view piece = ValueOrRaise(reader->Next());
      if (piece.empty()) return content;
      content.append(piece.data(), piece.size());
    }
  }

  void Close() {
    spool_.reset();
    disk_.reset();
  }

 private:
  io::SystemClock clock_;
  NullSink events_;
  std::unique_ptr<io::PosixDisk> disk_;
  std::unique_ptr<spool::Spool> spool_;
};

// None stands for what never comes and what is due at once.
std::optional<absl::Time> ToMoment(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return std::nullopt;
  }
  return time;
}

void BindRecipient(py::module_& module) {
  BindEnum<RecipientState>(
      module, "RecipientState", "What became of one?",
      {{"PENDING", RecipientState::kPending, "To be tried, or put off."},
       {"DELIVERED", RecipientState::kDelivered, "Handed on."},
       {"FAILED", RecipientState::kFailed,
        "Given up; a person has to look at it."},
       {"REPORTED", RecipientState::kReported,
        "Given up, and all who must be told were told."},
       {"EXPANDED", RecipientState::kExpanded,
        "An alias: those behind it stand on their own."}});
  MakeValue(
      py::class_<Recipient>(module, "Recipient",
                            "One recipient of an Envelope.")
          .def_readonly("path", &Recipient::path, "The ForwardPath.")
          .def_readonly("named", &Recipient::named,
                        "The ForwardPath that RCPT named, if an alias stood "
                        "for this recipient; None else.")
          .def_readonly("parameters", &Recipient::parameters, "RcptParameters.")
          .def_readonly("state", &Recipient::state, "A RecipientState.")
          .def_readonly("last_reply", &Recipient::last_reply,
                        "To the last attempt; may be empty.")
          .def_readonly("hop", &Recipient::hop,
                        "Who gave it; empty: ourselves, or nobody yet.")
          .def_readonly("cause", &Recipient::cause, "Why it was given up.")
          .def_readonly("local_only", &Recipient::local_only,
                        "Never leaves the house.")
          .def_readonly("belief", &Recipient::belief,
                        "Why it was accepted: the rule of a Decision.")
          .def("__repr__",
               [](const Recipient& recipient) {
                 return py::str("<mailsec.Recipient {}>")
                     .format(recipient.path.ToString());
               }),
      {"path", "named", "parameters", "state", "last_reply", "hop", "cause",
       "local_only", "belief"},
      &Recipient::path, &Recipient::named, &Recipient::parameters,
      &Recipient::state, &Recipient::last_reply, &Recipient::hop,
      &Recipient::cause, &Recipient::local_only, &Recipient::belief);
}

void BindEnvelope(py::module_& module) {
  MakeValue(
      py::class_<Envelope>(module, "Envelope",
                           "All that is known of a message beside its content.")
          .def_readonly("sender", &Envelope::sender, "The ReversePath.")
          .def_readonly("parameters", &Envelope::parameters, "MailParameters.")
          .def_property_readonly(
              "recipients", [](const Envelope& e) { return e.recipients; },
              "Each a Recipient.")
          .def_readonly("received", &Envelope::received, "When; in UTC.")
          .def_readonly("client", &Envelope::client, "The client's IpAddress.")
          .def_readonly("client_name", &Envelope::client_name,
                        "What it said in HELO.")
          .def_readonly("authenticated_user", &Envelope::authenticated_user,
                        "Empty: did not authenticate.")
          .def_readonly("protocol", &Envelope::protocol, "\"ESMTP\" ...")
          .def_readonly("has_8bit", &Envelope::has_8bit,
                        "The content has octets above 0x7F.")
          .def_readonly("headers_utf8", &Envelope::headers_utf8,
                        "So has its header section.")
          .def_readonly("sender_is_ours", &Envelope::sender_is_ours,
                        "From an authorised network, or authenticated.")
          .def_readonly("automatic", &Envelope::automatic,
                        "Auto-Submitted says so (RFC 3834, 5).")
          .def_readonly("delay_told", &Envelope::delay_told,
                        "The sender knows that it takes longer.")
          .def_readonly("attempts", &Envelope::attempts,
                        "To deliver it, so far.")
          .def_readonly("age", &Envelope::age,
                        "How long it had waited when the last one ended.")
          .def_readonly("verdict", &Envelope::verdict,
                        "What the scanners said, a ContentVerdict.")
          .def_readonly("scan_report", &Envelope::scan_report,
                        "And in a few words why; may be empty.")
          .def_property_readonly(
              "added_fields",
              [](const Envelope& e) { return py::bytes(e.added_fields); },
              "Header fields of ours that are put in front of the content.")
          .def_property_readonly(
              "message_id",
              [](const Envelope& e) { return base::LogSafe(e.message_id); },
              "As the message said, safe to show; empty if it has none.")
          .def_readonly("given_up", &Envelope::given_up,
                        "An operator has: the next attempt asks nobody."),
      {"sender",
       "parameters",
       "recipients",
       "received",
       "client",
       "client_name",
       "authenticated_user",
       "protocol",
       "has_8bit",
       "headers_utf8",
       "sender_is_ours",
       "automatic",
       "delay_told",
       "attempts",
       "age",
       "verdict",
       "scan_report",
       "added_fields",
       "message_id",
       "given_up"},
      &Envelope::sender, &Envelope::parameters, &Envelope::recipients,
      &Envelope::received, &Envelope::client, &Envelope::client_name,
      &Envelope::authenticated_user, &Envelope::protocol, &Envelope::has_8bit,
      &Envelope::headers_utf8, &Envelope::sender_is_ours, &Envelope::automatic,
      &Envelope::delay_told, &Envelope::attempts, &Envelope::age,
      &Envelope::verdict, &Envelope::scan_report, &Envelope::added_fields,
      &Envelope::message_id, &Envelope::given_up);
}

void BindEntry(py::module_& module) {
  BindEnum<QueueState>(
      module, "QueueState", "What does a message wait for?",
      {{"WAITING", QueueState::kWaiting, "Its next attempt."},
       {"ACTIVE", QueueState::kActive, "An attempt is under way."},
       {"HELD", QueueState::kHeld, "Somebody to release it."}});
  MakePickled(
      py::class_<QueueEntry>(module, "QueueEntry", "A message of the spool.")
          .def_property_readonly(
              "id", [](const QueueEntry& entry) { return entry.id.ToString(); },
              "Its queue id.")
          .def_readonly("received", &QueueEntry::received, "When; in UTC.")
          .def_property_readonly(
              "next_attempt",
              [](const QueueEntry& e) { return ToMoment(e.next_attempt); },
              "When; None if it is due at once, or never.")
          .def_readonly("octets", &QueueEntry::octets, "Of its content.")
          .def_readonly("state", &QueueEntry::state, "A QueueState.")
          .def_readonly("attempts", &QueueEntry::attempts, "So far.")
          .def("__repr__",
               [](const QueueEntry& entry) {
                 return py::str("<mailsec.QueueEntry {}: {} octets>")
                     .format(entry.id.ToString(), entry.octets);
               }),
      {"id", "received", "next_attempt", "octets", "state", "attempts"},
      [](const QueueEntry& entry) {
        return py::make_tuple(entry.id.ToString(), entry.received,
                              ToMoment(entry.next_attempt), entry.octets,
                              entry.state, entry.attempts);
      },
      [](const py::tuple& state) {
        return QueueEntry{
            .id = ValueOrRaise(QueueId::Parse(state[0].cast<std::string>())),
            .received = state[1].cast<absl::Time>(),
            .next_attempt = state[2].cast<std::optional<absl::Time>>().value_or(
                absl::InfinitePast()),
            .waited = absl::ZeroDuration(),
            .octets = state[3].cast<uint64_t>(),
            .state = state[4].cast<QueueState>(),
            .attempts = state[5].cast<uint32_t>()};
      });
}

void BindReader(py::module_& module) {
  py::class_<SpoolReader>(
      module, "SpoolReader",
      R"(Reads a spool folder while no server has it open; alters no message.

>>> import os, tempfile
>>> folder = os.path.join(tempfile.mkdtemp(), "spool")
>>> os.mkdir(folder, 0o700)
>>> with mailsec.SpoolReader(folder) as spool:
...     spool.entries()
[]

Opening it recovers it, as a server's start does, and locks it until close().
)")
      .def(py::init(&SpoolReader::Open), py::arg("directory"),
           py::arg("keys") = py::tuple(),
           R"(`keys` are pairs of a key's id and its 32 octets, if it is sealed.

LookupError if there is no such folder; RuntimeError if a server has it, or if
others than its owner can read it.)")
      .def(
          "entries",
          [](const SpoolReader& self) { return self.spool().List(); },
          "The messages, each a QueueEntry, by id.")
      .def(
          "envelope",
          [](const SpoolReader& self, const std::string& id) {
            return self.spool().ReadEnvelope(ValueOrRaise(QueueId::Parse(id)));
          },
          py::arg("id"),
          "The Envelope. LookupError if there is no such message, OSError if "
          "it is damaged.")
      .def(
          "content",
          [](const SpoolReader& self, const std::string& id) {
            return py::bytes(
                self.ReadContent(ValueOrRaise(QueueId::Parse(id))));
          },
          py::arg("id"), "The content as it was received. Raises likewise.")
      .def("close", &SpoolReader::Close, "Lets a server have it; idempotent.")
      .def("__enter__", [](const Typed<"Self">& self) { return self; })
      .def("__exit__",
           [](SpoolReader& self, const py::args&) { self.Close(); });
}

}  // namespace

void BindSpool(py::module_& module) {
  BindRecipient(module);
  BindEnvelope(module);
  BindEntry(module);
  BindReader(module);
}

}  // namespace mailsec::python
