#include "mailcore/server/tell/notifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/message_id.h"
#include "mailcore/server/queue/last_reply.h"
#include "mailcore/server/queue/own_mail.h"
#include "mailcore/server/queue/reply_for_sender.h"
#include "mailcore/server/runtime/server_events.h"

namespace mailsec::server {
namespace {

using base::EventType;
using notify::Action;
using notify::Cause;
using notify::NdnOutcome;
using notify::TypedValue;
using spool::Recipient;
using spool::RecipientState;

TypedValue AddressOf(const address::ForwardPath& path,
                     const std::string& hostname) {
  if (path.IsBarePostmaster()) {
    return {"rfc822", absl::StrCat("postmaster@", hostname)};
  }
  return {path.needs_smtputf8() ? "utf-8" : "rfc822",
          path.address()->ToString()};
}

// "mx.example.com [192.0.2.1]" as RFC 3464, 2.3.5 wants it; a socket of ours is
// nobody.
TypedValue MtaOf(absl::string_view hop) {
  if (hop.empty() || hop[0] == '/') return {};
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(hop, absl::MaxSplits(' ', 1));
  return {"dns", std::string(parts.first)};
}

notify::RecipientStatus StatusOf(const RecipientFate& fate,
                                 const Attempt& attempt,
                                 const NotifierSettings& settings) {
  const Recipient& recipient = attempt.envelope.recipients[fate.recipient];
  notify::RecipientStatus status;
  status.original_recipient = {recipient.parameters.original_type,
                               recipient.parameters.original_recipient};
  // Not what stands behind an alias: that is nobody's business outside.
  status.final_recipient =
      AddressOf(recipient.named.value_or(recipient.path), settings.hostname);
  status.action = fate.action;
  status.status = fate.reply.status();
  // Strangers write to us and know no hop behind us; the field is optional (RFC
  // 3464, 2.3.5).
  if (attempt.envelope.sender_is_ours) status.remote_mta = MtaOf(fate.hop);
  if (!fate.reply.IsPositive()) {
    // What we say ourselves is no SMTP reply of a remote host.
    status.diagnostic_code = {
        fate.from_peer ? "smtp" : "x-libmailsec",
        ReplyForSender(fate.reply, attempt.envelope, fate.recipient)
            .ToString()};
  }
  status.last_attempt = fate.time;
  if (fate.action == Action::kDelayed) {
    status.will_retry_until = fate.time + (settings.lifetime - attempt.age);
  }
  status.final_log_id = attempt.id.ToString();
  return status;
}

notify::DeliveryReport ReportOf(const Attempt& attempt,
                                const NotifierSettings& settings) {
  const spool::Envelope& envelope = attempt.envelope;
  notify::DeliveryReport report;
  report.original_envelope_id = envelope.parameters.envelope_id;
  report.reporting_mta = {"dns", settings.hostname};
  if (!envelope.client_name.empty()) {
    report.received_from_mta = {
        "dns", base::PrintableAscii(envelope.client_name, 255)};
  }
  report.arrival_date = envelope.received;
  return report;
}

// The request of this action, which may have recipients already.
notify::NdnRequest& RequestFor(Action action, const Attempt& attempt,
                               const NotifierSettings& settings,
                               Notices* notices) {
  for (notify::NdnRequest& request : notices->requests) {
    if (request.report.recipients[0].action == action) return request;
  }
  notices->requests.push_back(
      {.target = *attempt.envelope.sender.address(),
       .report = ReportOf(attempt, settings),
       .causes = {},
       .original = "",
       .return_full =
           action == Action::kFailed &&
           attempt.envelope.parameters.dsn_return == smtp::DsnReturn::kFull,
       .smtputf8 = attempt.envelope.parameters.smtputf8,
       .unique = ""});
  return notices->requests.back();
}

const EventType& EventFor(Action action, NdnOutcome outcome, Cause cause) {
  if (outcome == NdnOutcome::kNotify) {
    const bool bad = action == Action::kFailed || action == Action::kDelayed;
    return bad ? events::kNotified : events::kConfirmed;
  }
  if (action != Action::kFailed) return events::kNotNotified;
  if (cause == Cause::kMayNotLeave) return events::kKeptInside;
  if (outcome == NdnOutcome::kSilent) return events::kNotNotified;
  return notify::IsContradiction(cause) ? events::kContradiction
                                        : events::kNotifyHeld;
}

Cause CauseOf(const RecipientFate& fate) {
  return fate.kept_inside ? Cause::kMayNotLeave
                          : notify::ClassifyFailure(fate.reply, fate.expired);
}

notify::NdnQuestion QuestionOf(const NotifierSettings& settings,
                               const Attempt& attempt,
                               const RecipientFate& fate, Cause cause) {
  const spool::Envelope& envelope = attempt.envelope;
  const Recipient& recipient = envelope.recipients[fate.recipient];
  return {.action = fate.action,
          .sender = envelope.sender,
          .recipient = recipient.path,
          .author = settings.builder->from(),
          .notify = recipient.parameters.notify,
          .sender_is_ours = envelope.sender_is_ours,
          .automatic = envelope.automatic,
          .verdict = envelope.verdict,
          .cause = cause,
          .hop = fate.hop,
          .exchangers = attempt.sender_exchangers};
}

}  // namespace

Notices Notifier::Judge(const NotifierSettings& settings,
                        const Attempt& attempt) const {
  Notices notices;
  for (const RecipientFate& fate : attempt.fates) {
    JudgeOne(settings, attempt, fate, &notices);
  }
  const absl::Time now = clock_->Now();
  if (settings.delay_warning <= absl::ZeroDuration() ||
      attempt.envelope.delay_told || !attempt.tried ||
      attempt.age < settings.delay_warning) {
    return notices;
  }
  for (size_t i = 0; i < attempt.envelope.recipients.size(); ++i) {
    const Recipient& recipient = attempt.envelope.recipients[i];
    if (recipient.state != RecipientState::kPending) continue;
    JudgeOne(settings, attempt,
             {.recipient = i,
              .action = Action::kDelayed,
              .reply = LastTransientReply(recipient),
              .from_peer = false,
              .expired = false,
              .kept_inside = false,
              .hop = recipient.hop,
              .time = now},
             &notices);
    notices.delay_told = true;
  }
  return notices;
}

bool Notifier::MayTell(const NotifierSettings& settings,
                       const Attempt& attempt) const {
  return std::any_of(
      attempt.fates.begin(), attempt.fates.end(),
      [&](const RecipientFate& fate) {
        return settings.policy
                   ->Decide(QuestionOf(settings, attempt, fate, CauseOf(fate)),
                            clock_->Now(), /*takes=*/false)
                   .outcome == NdnOutcome::kNotify;
      });
}

void Notifier::JudgeOne(const NotifierSettings& settings,
                        const Attempt& attempt, const RecipientFate& fate,
                        Notices* notices) const {
  const spool::Envelope& envelope = attempt.envelope;
  const Recipient& recipient = envelope.recipients[fate.recipient];
  const Cause cause = CauseOf(fate);
  const bool has_request =
      std::any_of(notices->requests.begin(), notices->requests.end(),
                  [&](const notify::NdnRequest& request) {
                    return request.report.recipients[0].action == fate.action;
                  });
  const notify::NdnDecision decision = settings.policy->Decide(
      QuestionOf(settings, attempt, fate, cause), clock_->Now(), !has_request);
  Record(attempt, fate, cause, decision);
  if (decision.outcome == NdnOutcome::kNotify) {
    notify::NdnRequest& request =
        RequestFor(fate.action, attempt, settings, notices);
    notify::RecipientStatus status = StatusOf(fate, attempt, settings);
    // How many mailboxes an alias has is not told either.
    const bool is_told =
        recipient.named &&
        std::any_of(request.report.recipients.begin(),
                    request.report.recipients.end(),
                    [&](const notify::RecipientStatus& told) {
                      return told.final_recipient == status.final_recipient;
                    });
    if (!is_told) {
      request.report.recipients.push_back(std::move(status));
      if (fate.action == Action::kFailed) request.causes.push_back(cause);
    }
    notices->wants_full |= request.return_full;
  }
  if (fate.action != Action::kFailed) return;
  notices->changes.push_back(
      {.recipient = fate.recipient,
       .state = decision.outcome == NdnOutcome::kHold
                    ? RecipientState::kFailed
                    : RecipientState::kReported,
       .last_reply =
           KeptReply(fate.reply.ToString(), envelope.recipients.size()),
       .hop = fate.hop,
       .cause = std::string(notify::CauseName(cause))});
}

void Notifier::Record(const Attempt& attempt, const RecipientFate& fate,
                      Cause cause, const notify::NdnDecision& decision) const {
  // That nobody asked to hear of a success is no event.
  if (fate.action != Action::kFailed &&
      decision.outcome != NdnOutcome::kNotify) {
    return;
  }
  const spool::Envelope& envelope = attempt.envelope;
  const EventType& type = EventFor(fate.action, decision.outcome, cause);
  stats_->notified += &type == &events::kNotified;
  stats_->contradictions += &type == &events::kContradiction;
  events_->Record(base::Event(type, clock_->Now())
                      .With("id", attempt.id.ToString())
                      .With("sender", envelope.sender.ToString())
                      .With("recipient",
                            envelope.recipients[fate.recipient].path.ToString())
                      .With("action", notify::ActionName(fate.action))
                      .With("cause", fate.action == Action::kFailed
                                         ? notify::CauseName(cause)
                                         : "")
                      .With("hop", fate.hop)
                      .With("reply", fate.reply.ToString())
                      .With("rule", decision.decision.rule->name)
                      .With("otherwise", decision.decision.otherwise()));
}

absl::StatusOr<spool::Submission> Notifier::Compose(
    const NotifierSettings& settings, const Attempt& attempt,
    notify::NdnRequest request, spool::MessageWriter content) const {
  request.unique = content.id().ToString();
  const absl::Time now = clock_->Now();
  const absl::StatusOr<notify::Notification> built =
      settings.builder->Build(request, now);
  if (!built.ok()) return built.status();
  absl::Status status = content.Append(built->content);
  if (!status.ok()) return status;
  spool::Envelope envelope = OwnEnvelope(now, settings.hostname);
  envelope.message_id =
      message::MessageIdOf(message::HeaderScanner(built->content));
  envelope.parameters.smtputf8 = built->needs_smtputf8;
  envelope.has_8bit = built->has_8bit;
  envelope.headers_utf8 = built->has_8bit;
  spool::Recipient recipient = OwnRecipient(request.target);
  // What is about local-only mail stays inside as well (R3).
  recipient.local_only = std::any_of(
      attempt.envelope.recipients.begin(), attempt.envelope.recipients.end(),
      [](const spool::Recipient& r) { return r.local_only; });
  envelope.recipients.push_back(std::move(recipient));
  return spool::Submission{.envelope = std::move(envelope),
                           .content = std::move(content)};
}

}  // namespace mailsec::server
