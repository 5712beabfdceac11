#include "mailcore/server/control/control_answers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/server/control/control_responses.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

using address::ForwardPath;
using address::ReversePath;
using base::LogSafe;
using control::Response;
using ip::IpAddress;

// Where mail for the recipient goes: each mailbox, and its next hops in order.
void AddWays(const Routing& routing, const ForwardPath& recipient,
             policy::Decision* decision) {
  constexpr size_t kMaxShown = 20;
  const std::vector<address::Address> mailboxes =
      routing.MailboxesOf(recipient);
  std::vector<std::string> ways;
  for (size_t i = 0; i < mailboxes.size() && i < kMaxShown; ++i) {
    ways.push_back(absl::StrCat(
        "<", mailboxes[i].ToString(), "> by ",
        routing.router.Route(ForwardPath(mailboxes[i])).ToString()));
  }
  if (mailboxes.size() > kMaxShown) {
    ways.push_back(absl::StrCat(mailboxes.size() - kMaxShown, " more"));
  }
  decision->inputs.emplace_back("goes-to", absl::StrJoin(ways, "; "));
}

// "<a@b>" from "<a@b>" or "a@b".
std::string WithBrackets(const std::string& path) {
  return absl::StartsWith(path, "<") ? path : absl::StrCat("<", path, ">");
}

}  // namespace

void ControlAnswers::Answer(const control::Request& request, const Operator& by,
                            const Send& send) {
  using control::Request;
  switch (request.what_case()) {
    case Request::kQueueList:
      if (request.queue_list().after().empty()) Looked(by, "queue.list", "");
      return queue_.List(request.queue_list(), send);
    case Request::kQueueShow:
      Looked(by, "queue.show", request.queue_show().id());
      return send(queue_.Show(request.queue_show()));
    case Request::kQueueCat:
      return queue_.Cat(request.queue_cat(), by, send);
    case Request::kQueueChange:
      return queue_.Change(request.queue_change(), by, send);
    case Request::kExplain:
      Looked(by, "explain", request.explain().recipient());
      return send(Explain(request.explain()));
    case Request::kCheck:
      Looked(by, "check", "");
      return send(Check());
    case Request::kAbsenceSet: {
      const Response response = automatic_.Set(request.absence_set());
      Changed(by, "absence.set", request.absence_set().absence().owner(),
              response);
      return send(response);
    }
    case Request::kAbsenceShow:
      Looked(by, "absence.show", request.absence_show().owner());
      return automatic_.Show(request.absence_show(), send);
    case Request::kAbsenceClear: {
      const Response response = automatic_.Clear(request.absence_clear());
      Changed(by, "absence.clear", request.absence_clear().owner(), response);
      return send(response);
    }
    case Request::kScan:
      Looked(by, "scan", "");
      return send(automatic_.Scan(request.scan()));
    case Request::kExplainAutomatic:
      Looked(by, "explain.automatic", request.explain_automatic().author());
      return send(automatic_.Explain(request.explain_automatic()));
    case Request::WHAT_NOT_SET:
      return send(ErrorResponse("the server does not know this request"));
  }
}

void ControlAnswers::Looked(const Operator& by, absl::string_view action,
                            absl::string_view at) const {
  base::Event event =
      OperatorEvent(events::kOperatorLook, parts_.clock->Now(), by, action);
  if (!at.empty()) std::move(event).With("at", at);
  parts_.events->Record(event);
}

void ControlAnswers::Changed(const Operator& by, absl::string_view action,
                             absl::string_view mailbox,
                             const Response& response) const {
  base::Event event =
      OperatorEvent(events::kOperatorChange, parts_.clock->Now(), by, action)
          .With("mailbox", mailbox);
  if (!response.error().empty()) {
    std::move(event).With("error", response.error());
  }
  parts_.events->Record(event);
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
    policy::Decision at_mail = std::move(decision);
    decision = handler_->DecideRcpt(session, envelope,
                                    {.path = *recipient, .parameters = {}});
    if (session.snapshot->acceptance->IsToBeMarked(
            {.ip = *client, .authenticated = session.authenticated}, *sender)) {
      decision.because.insert(decision.because.begin(), std::move(at_mail));
    }
    if (decision.accepted()) {
      AddWays(*session.snapshot->routing, *recipient, &decision);
    }
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
