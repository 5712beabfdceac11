#include "mailcore/spool/envelope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mailcore/spool/envelope.pb.h"

namespace mailsec::spool {
namespace {

using address::ForwardPath;
using address::ReversePath;
using ip::IpAddress;

void FillRecipient(const Recipient& from, RecipientRecord* to) {
  to->set_path(from.path.ToString());
  if (from.named) to->set_named(from.named->ToString());
  to->set_state(static_cast<uint32_t>(from.state));
  to->set_last_reply(from.last_reply);
  to->set_hop(from.hop);
  to->set_cause(from.cause);
  to->set_local_only(from.local_only);
  to->set_belief(from.belief);
  to->set_notify_never(from.parameters.notify.never);
  to->set_notify_success(from.parameters.notify.success);
  to->set_notify_failure(from.parameters.notify.failure);
  to->set_notify_delay(from.parameters.notify.delay);
  to->set_original_type(from.parameters.original_type);
  to->set_original_recipient(from.parameters.original_recipient);
}

absl::StatusOr<Recipient> ReadRecipient(const RecipientRecord& from) {
  absl::StatusOr<ForwardPath> path = ForwardPath::Parse(from.path());
  if (!path.ok() || from.state() > 4) {
    return absl::DataLossError("envelope: a recipient cannot be read");
  }
  Recipient to = {.path = *std::move(path), .parameters = {}, .last_reply = ""};
  if (!from.named().empty()) {
    absl::StatusOr<ForwardPath> named = ForwardPath::Parse(from.named());
    if (!named.ok()) {
      return absl::DataLossError("envelope: a recipient cannot be read");
    }
    to.named = *std::move(named);
  }
  to.state = static_cast<RecipientState>(from.state());
  to.last_reply = from.last_reply();
  to.hop = from.hop();
  to.cause = from.cause();
  to.local_only = from.local_only();
  to.belief = from.belief();
  to.parameters.notify = {.never = from.notify_never(),
                          .success = from.notify_success(),
                          .failure = from.notify_failure(),
                          .delay = from.notify_delay()};
  to.parameters.original_type = from.original_type();
  to.parameters.original_recipient = from.original_recipient();
  return to;
}

bool ReadClient(const std::string& octets, IpAddress* client) {
  std::array<uint8_t, 16> v6;
  if (octets.size() != v6.size()) return false;
  std::copy(octets.begin(), octets.end(), v6.begin());
  *client = IpAddress::FromV6(v6);
  return true;
}

}  // namespace

std::string SerializeEnvelope(const Envelope& envelope) {
  EnvelopeRecord record;
  record.set_sender(envelope.sender.ToString());
  record.set_declared_size(envelope.parameters.declared_size);
  record.set_body(static_cast<uint32_t>(envelope.parameters.body));
  record.set_smtputf8(envelope.parameters.smtputf8);
  record.set_dsn_return(static_cast<uint32_t>(envelope.parameters.dsn_return));
  record.set_envelope_id(envelope.parameters.envelope_id);
  if (envelope.parameters.auth) record.set_auth(*envelope.parameters.auth);
  for (const Recipient& recipient : envelope.recipients) {
    FillRecipient(recipient, record.add_recipient());
  }
  record.set_received_micros(absl::ToUnixMicros(envelope.received));
  const std::array<uint8_t, 16> client = envelope.client.ToV6Octets();
  record.set_client(client.data(), client.size());
  record.set_client_name(envelope.client_name);
  record.set_authenticated_user(envelope.authenticated_user);
  record.set_protocol(envelope.protocol);
  record.set_has_8bit(envelope.has_8bit);
  record.set_headers_utf8(envelope.headers_utf8);
  record.set_sender_is_ours(envelope.sender_is_ours);
  record.set_automatic(envelope.automatic);
  record.set_delay_told(envelope.delay_told);
  record.set_attempts(envelope.attempts);
  record.set_age_micros(absl::ToInt64Microseconds(envelope.age));
  record.set_verdict(static_cast<uint32_t>(envelope.verdict));
  record.set_scan_report(envelope.scan_report);
  record.set_added_fields(envelope.added_fields);
  record.set_message_id(envelope.message_id);
  record.set_given_up(envelope.given_up);
  return record.SerializeAsString();
}

absl::StatusOr<Envelope> ParseEnvelope(base::StringView octets) {
  EnvelopeRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return absl::DataLossError("envelope: not a record");
  }
  Envelope envelope;
  absl::StatusOr<ReversePath> sender = ReversePath::Parse(record.sender());
  if (!sender.ok() || record.body() > 2 || record.dsn_return() > 2 ||
      record.verdict() > 3 || !ReadClient(record.client(), &envelope.client)) {
    return absl::DataLossError("envelope: a value is out of range");
  }
  envelope.sender = *std::move(sender);
  envelope.parameters.declared_size = record.declared_size();
  envelope.parameters.body = static_cast<smtp::BodyType>(record.body());
  envelope.parameters.smtputf8 = record.smtputf8();
  envelope.parameters.dsn_return =
      static_cast<smtp::DsnReturn>(record.dsn_return());
  envelope.parameters.envelope_id = record.envelope_id();
  if (record.has_auth()) envelope.parameters.auth = record.auth();
  for (const RecipientRecord& from : record.recipient()) {
    absl::StatusOr<Recipient> recipient = ReadRecipient(from);
    if (!recipient.ok()) return recipient.status();
    envelope.recipients.push_back(*std::move(recipient));
  }
  envelope.received = absl::FromUnixMicros(record.received_micros());
  envelope.client_name = record.client_name();
  envelope.authenticated_user = record.authenticated_user();
  envelope.protocol = record.protocol();
  envelope.has_8bit = record.has_8bit();
  envelope.headers_utf8 = record.headers_utf8();
  envelope.sender_is_ours = record.sender_is_ours();
  envelope.automatic = record.automatic();
  envelope.delay_told = record.delay_told();
  envelope.attempts = record.attempts();
  envelope.age = absl::Microseconds(record.age_micros());
  envelope.verdict = static_cast<message::ContentVerdict>(record.verdict());
  envelope.scan_report = record.scan_report();
  envelope.added_fields = record.added_fields();
  envelope.message_id = record.message_id();
  envelope.given_up = record.given_up();
  return envelope;
}

}  // namespace mailsec::spool
