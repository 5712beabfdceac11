#include "mailcore/server/control/control_answers.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;
using address::ReversePath;
using base::LogSafe;
using control::Response;
using ip::IpAddress;

// Entries of one response: 1000 are well below kMaxControlOctets.
constexpr int kEntriesInOneResponse = 1000;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

const char* StateName(spool::QueueState state) {
  switch (state) {
    case spool::QueueState::kWaiting:
      return "waiting";
    case spool::QueueState::kActive:
      return "active";
    case spool::QueueState::kHeld:
      return "held";
  }
  return "";
}

const char* StateName(spool::RecipientState state) {
  switch (state) {
    case spool::RecipientState::kPending:
      return "pending";
    case spool::RecipientState::kDelivered:
      return "delivered";
    case spool::RecipientState::kFailed:
      return "failed";
    case spool::RecipientState::kReported:
      return "reported";
    case spool::RecipientState::kExpanded:
      return "expanded";
  }
  return "";
}

void Fill(const spool::QueueEntry& entry, control::QueueEntry* out) {
  out->set_id(entry.id.ToString());
  out->set_state(StateName(entry.state));
  out->set_received(Rfc3339(entry.received));
  if (entry.state != spool::QueueState::kHeld) {
    // What was never tried is due since it was received.
    out->set_next_attempt(
        Rfc3339(std::max(entry.next_attempt, entry.received)));
  }
  out->set_octets(entry.octets);
  out->set_attempts(entry.attempts);
}

// "<a@b>" from "<a@b>" or "a@b".
std::string WithBrackets(const std::string& path) {
  return absl::StartsWith(path, "<") ? path : absl::StrCat("<", path, ">");
}

}  // namespace

void ControlAnswers::Answer(const control::Request& request, const Send& send) {
  switch (request.what_case()) {
    case control::Request::kQueueList:
      return List(send);
    case control::Request::kQueueShow:
      return send(Show(request.queue_show()));
    case control::Request::kQueueChange:
      return send(Change(request.queue_change()));
    case control::Request::kExplain:
      return send(Explain(request.explain()));
    case control::Request::kCheck:
      return send(Check());
    case control::Request::kAbsenceSet:
      return send(automatic_.Set(request.absence_set()));
    case control::Request::kAbsenceShow:
      return automatic_.Show(request.absence_show(), send);
    case control::Request::kAbsenceClear:
      return send(automatic_.Clear(request.absence_clear()));
    case control::Request::kScan:
      return send(automatic_.Scan(request.scan()));
    case control::Request::kExplainAutomatic:
      return send(automatic_.Explain(request.explain_automatic()));
    case control::Request::WHAT_NOT_SET:
      return send(ErrorResponse("the server does not know this request"));
  }
}

void ControlAnswers::List(const Send& send) {
  const std::vector<spool::QueueEntry> entries = parts_.spool->List();
  Response response;
  for (const spool::QueueEntry& entry : entries) {
    Fill(entry, response.add_entry());
    if (response.entry_size() == kEntriesInOneResponse) {
      response.set_more(true);
      send(response);
      response.Clear();
    }
  }
  send(response);
}

Response ControlAnswers::Show(const control::QueueShow& request) {
  const absl::StatusOr<spool::QueueId> id = spool::QueueId::Parse(request.id());
  if (!id.ok()) return ErrorResponse(id.status().message());
  const absl::StatusOr<spool::QueueEntry> entry = parts_.spool->Find(*id);
  if (!entry.ok()) return ErrorResponse(entry.status().message());
  const absl::StatusOr<spool::Envelope> envelope =
      parts_.spool->ReadEnvelope(*id);
  if (!envelope.ok()) return ErrorResponse(envelope.status().message());
  Response response;
  control::QueueDetail* detail = response.mutable_detail();
  Fill(*entry, detail->mutable_entry());
  detail->set_sender(envelope->sender.ToString());
  detail->set_client(envelope->client.ToString());
  detail->set_client_name(LogSafe(envelope->client_name));
  detail->set_protocol(envelope->protocol);
  const absl::string_view verdict =
      message::ContentVerdictName(envelope->verdict);
  detail->set_verdict(std::string(verdict.data(), verdict.size()));
  detail->set_scan_report(LogSafe(envelope->scan_report));
  for (const spool::Recipient& recipient : envelope->recipients) {
    control::RecipientDetail* out = detail->add_recipient();
    out->set_path(recipient.path.ToString());
    out->set_state(StateName(recipient.state));
    out->set_last_reply(LogSafe(recipient.last_reply));
    out->set_hop(LogSafe(recipient.hop));
    out->set_cause(recipient.cause);
    out->set_local_only(recipient.local_only);
  }
  return response;
}

Response ControlAnswers::Change(const control::QueueChange& request) {
  Response response;
  if (request.action() == control::QueueChange::FLUSH) {
    response.set_changed(parts_.spool->Flush());
    on_released_();
    return response;
  }
  for (const std::string& text : request.id()) {
    const absl::StatusOr<spool::QueueId> id = spool::QueueId::Parse(text);
    absl::Status status = id.status();
    if (status.ok()) {
      if (request.action() == control::QueueChange::HOLD) {
        status = parts_.spool->Hold(*id);
      } else if (request.action() == control::QueueChange::RELEASE) {
        status = parts_.spool->Release(*id);
      } else if (request.action() == control::QueueChange::REMOVE) {
        status = parts_.spool->Remove(*id);
      } else {
        status = absl::InvalidArgumentError("the server cannot do this");
      }
    }
    if (!status.ok()) {
      response.set_error(
          absl::StrCat(LogSafe(text), ": ", LogSafe(status.message())));
      break;
    }
    response.set_changed(response.changed() + 1);
  }
  if (request.action() == control::QueueChange::RELEASE) on_released_();
  return response;
}

Response ControlAnswers::Explain(const control::Explain& request) {
  const absl::StatusOr<IpAddress> client = IpAddress::Parse(request.client());
  if (!client.ok()) return ErrorResponse(client.status().message());
  const absl::StatusOr<ReversePath> sender =
      ReversePath::Parse(WithBrackets(request.sender()));
  if (!sender.ok()) return ErrorResponse(sender.status().message());
  const absl::StatusOr<ForwardPath> recipient =
      ForwardPath::Parse(WithBrackets(request.recipient()));
  if (!recipient.ok()) return ErrorResponse(recipient.status().message());
  smtp::MailFrom mail = {.path = *sender, .parameters = {}};
  mail.parameters.declared_size = request.size();
  SessionInfo session;
  session.client = *client;
  session.authenticated = !request.user().empty();
  session.user = request.user();
  session.snapshot = current_->Get();  // One for both questions.
  policy::Decision decision = handler_->DecideMail(session, mail);
  if (decision.accepted()) {
    spool::Envelope envelope;
    envelope.sender = mail.path;
    envelope.parameters = mail.parameters;
    decision = handler_->DecideRcpt(session, envelope,
                                    {.path = *recipient, .parameters = {}});
  }
  return ExplanationResponse(decision);
}

Response ControlAnswers::Check() {
  Response response;
  control::CheckResult* check = response.mutable_check();
  check->set_hostname(parts_.hostname);
  check->set_connections(parts_.stats->connections);
  check->set_accepted(parts_.stats->accepted);
  check->set_delivered(parts_.stats->delivered);
  check->set_refused(parts_.stats->refused);
  check->set_notified(parts_.stats->notified);
  check->set_contradictions(parts_.stats->contradictions);
  check->set_automatic(parts_.stats->automatic);
  check->set_content_refused(parts_.stats->content_refused);
  for (const spool::QueueEntry& entry : parts_.spool->List()) {
    switch (entry.state) {
      case spool::QueueState::kWaiting:
        check->set_waiting(check->waiting() + 1);
        break;
      case spool::QueueState::kActive:
        check->set_active(check->active() + 1);
        break;
      case spool::QueueState::kHeld:
        check->set_held(check->held() + 1);
        break;
    }
  }
  const absl::Status space = parts_.spool->CheckSpace(0);
  if (!space.ok()) check->set_space(LogSafe(space.message()));
  return response;
}

}  // namespace mailsec::server
