#include "mailcore/server/receive/policy_handler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailcore/message/auto_submitted.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/message_id.h"
#include "mailcore/message/sender_field.h"
#include "mailcore/policy/decision_event.h"
#include "mailcore/server/runtime/post_batch.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/server/snapshot/addressees.h"

namespace mailsec::server {
namespace {

using base::Event;
using message::ContentVerdictName;

// Mail that has nowhere to go yet is looked at this often. Ours.
constexpr absl::Duration kNoRoutePause = absl::Minutes(15);

policy::Client ToClient(const SessionInfo& session) {
  return {.ip = session.client,
          .authenticated = session.authenticated,
          .user = session.user,
          .helo = session.client_name};
}

bool IsOurs(const Snapshot& snapshot, const SessionInfo& session) {
  return session.authenticated ||
         snapshot.settings.networks.authorised.Contains(session.client);
}

smtp::Reply StoredReply(const absl::StatusOr<spool::QueueId>& id) {
  if (id.ok()) {
    return smtp::Reply(250, {2, 0, 0},
                       absl::StrCat("Ok: queued as ", id->ToString()));
  }
  if (absl::IsResourceExhausted(id.status())) {
    return smtp::Reply(452, {4, 3, 1},
                       "There is no room for the message now; please try "
                       "again");
  }
  return smtp::Reply(451, {4, 3, 0},
                     "The message cannot be stored now; please try again");
}

// What the next hop refused while the client waited was not accepted.
bool HasConsent(const std::vector<smtp::Reply>& replies) {
  return std::any_of(replies.begin(), replies.end(),
                     [](const auto& reply) { return reply.IsPositive(); });
}

// One of the answers for the same mailboxes: a consent if there is one, then a
// refusal for now.
const smtp::Reply& Mildest(const std::vector<smtp::Reply>& replies,
                           const std::vector<size_t>& of) {
  const auto rank = [&](size_t i) { return replies[i].code() / 100; };
  return replies[*std::min_element(
      of.begin(), of.end(),
      [&](size_t a, size_t b) { return rank(a) < rank(b); })];
}

// Who was named twice has one copy, and each of its names the same answer.
std::function<void(std::vector<smtp::Reply>)> WithShared(
    std::function<void(std::vector<smtp::Reply>)> done,
    std::map<size_t, std::vector<size_t>> shared) {
  return [done = std::move(done),
          shared = std::move(shared)](std::vector<smtp::Reply> replies) {
    for (const auto& [origin, others] : shared) {
      if (origin < replies.size()) replies[origin] = Mildest(replies, others);
    }
    done(std::move(replies));
  };
}

smtp::Reply LoopReply() {
  return smtp::Reply(554, {5, 4, 6},
                     "This mail is looping: it was delivered here before");
}

// Of each recipient of the client: whether the message goes on to a mailbox of
// it, or to one that another recipient had named before.
std::vector<bool> OriginsThatGoOn(const Addressees& to,
                                  const spool::Envelope& envelope) {
  std::vector<bool> goes_on(envelope.recipients.size());
  for (size_t i = 0; i < to.recipients.size(); ++i) {
    if (to.recipients[i].state == spool::RecipientState::kPending) {
      goes_on[to.origins[i]] = true;
    }
  }
  for (const auto& [origin, others] : to.shared) {
    goes_on[origin] =
        std::any_of(others.begin(), others.end(),
                    [&goes_on](size_t other) { return goes_on[other]; });
  }
  return goes_on;
}

// Whose mailboxes have all had the message before is refused.
std::function<void(std::vector<smtp::Reply>)> WithLoops(
    std::function<void(std::vector<smtp::Reply>)> done,
    std::vector<bool> goes_on) {
  return [done = std::move(done),
          goes_on = std::move(goes_on)](std::vector<smtp::Reply> replies) {
    for (size_t i = 0; i < goes_on.size() && i < replies.size(); ++i) {
      if (!goes_on[i]) replies[i] = LoopReply();
    }
    done(std::move(replies));
  };
}

}  // namespace

// A whole message on its way into the spool.
struct PolicyHandler::Arrival {
  std::string session;  // Its id.
  std::string added;    // Names of fields that were missing.
  bool is_marked;       // Nothing proves the sender, who is one of ours.
  spool::Submission submission;
  std::string head;
  // The submission's recipients behind rewritten senders, by index.
  std::vector<size_t> turned_back;
  CutThroughWaiter waiter;
  Done done;
};

PolicyHandler::PolicyHandler(const Parts* parts,
                             const Current<Snapshot>* current,
                             DeliverNow deliver_now)
    : parts_(parts), current_(current), deliver_now_(std::move(deliver_now)) {}

std::shared_ptr<const Snapshot> PolicyHandler::SnapshotOf(
    const SessionInfo& session) const {
  return session.snapshot != nullptr ? session.snapshot : current_->Get();
}

bool PolicyHandler::MayBlock(const SessionInfo& session) const {
  const std::shared_ptr<const Snapshot> snapshot = SnapshotOf(session);
  return snapshot->may_block ||
         (snapshot->may_block_for_ours && IsOurs(*snapshot, session));
}

policy::Decision PolicyHandler::DecideMail(const SessionInfo& session,
                                           const smtp::MailFrom& mail) {
  return SnapshotOf(session)->acceptance->DecideMail(
      ToClient(session), mail.path, mail.parameters);
}

policy::Decision PolicyHandler::DecideRcpt(const SessionInfo& session,
                                           const spool::Envelope& envelope,
                                           const smtp::RcptTo& rcpt) {
  return SnapshotOf(session)->acceptance->DecideRcpt(
      ToClient(session), envelope.sender, envelope.parameters, rcpt.path);
}

spool::MessageWriter PolicyHandler::NewMessage() {
  return parts_->spool->NewMessage();
}

void PolicyHandler::Accept(const SessionInfo& session, IncomingMessage message,
                           Done done) {
  const std::shared_ptr<const Snapshot> snapshot = SnapshotOf(session);
  const Routing& routing = *snapshot->routing;
  spool::Envelope& envelope = message.envelope;
  envelope.sender_is_ours = IsOurs(*snapshot, session);
  const message::HeaderScanner header(message.head);
  envelope.automatic = message::FindAutoSubmitted(header) != nullptr;
  envelope.message_id = message::MessageIdOf(header);
  absl::StatusOr<Addressees> to = FindAddressees(routing, envelope);
  if (!to.ok()) {
    return done({smtp::Reply(452, {4, 5, 3}, to.status().message())});
  }
  // Whoever of ours names such a mailbox is told by a notification. To a
  // stranger, who may have forged the field, nothing more is said, and nothing
  // is held: the mailbox has the message already.
  const std::vector<size_t> looping = FindLooping(header, to->recipients);
  const auto state_of_looping =
      envelope.sender_is_ours && looping.size() < to->recipients.size()
          ? spool::RecipientState::kPending
          : spool::RecipientState::kReported;
  for (const size_t i : looping) {
    spool::Recipient& recipient = to->recipients[i];
    recipient.state = state_of_looping;
    recipient.last_reply = LoopReply().ToString();
    parts_->events->Record(Event(events::kLoop, parts_->clock->Now())
                               .With("session", session.id)
                               .With("client", session.client.ToString())
                               .With("sender", envelope.sender.ToString())
                               .With("recipient", recipient.path.ToString()));
  }
  if (!looping.empty()) {
    const std::vector<bool> goes_on = OriginsThatGoOn(*to, envelope);
    if (std::count(goes_on.begin(), goes_on.end(), true) == 0) {
      return done({LoopReply()});
    }
    if (message.answers_each) done = WithLoops(std::move(done), goes_on);
  }
  const bool is_marked =
      snapshot->acceptance->IsToBeMarked(ToClient(session), envelope.sender);
  if (is_marked) {
    envelope.added_fields = message::UnprovenSenderField(session.client);
  }
  CutThroughWaiter waiter;
  waiter.origin_count = message.answers_each ? envelope.recipients.size() : 1;
  waiter.origins = message.answers_each
                       ? std::move(to->origins)
                       : std::vector<size_t>(to->recipients.size(), 0);
  envelope.recipients = std::move(to->recipients);
  if (message.answers_each && !to->shared.empty()) {
    done = WithShared(std::move(done), std::move(to->shared));
  }
  auto arrival = std::make_shared<Arrival>(
      Arrival{.session = session.id,
              .added = absl::StrJoin(message.added, ", "),
              .is_marked = is_marked,
              .submission = {.envelope = std::move(envelope),
                             .content = std::move(message.content),
                             .first_pause = to->has_route ? absl::ZeroDuration()
                                                          : kNoRoutePause,
                             .taken = to->cut_through},
              .head = std::move(message.head),
              .turned_back = std::move(to->turned_back),
              .waiter = std::move(waiter),
              .done = std::move(done)});
  if (!snapshot->scanning->has_scanners()) {
    return Store(*snapshot, std::move(arrival));
  }
  if (!parts_->scan_pool->Run([this, snapshot, session, arrival] {
        Scan(*snapshot, session, arrival);
      })) {
    arrival->done(std::vector<smtp::Reply>(
        arrival->waiter.origin_count,
        smtp::Reply(451, {4, 3, 2}, "Too many messages are being scanned")));
  }
}

void PolicyHandler::Scan(const Snapshot& snapshot, const SessionInfo& session,
                         std::shared_ptr<Arrival> arrival) {
  const spool::Envelope& envelope = arrival->submission.envelope;
  policy::ScanRequest request = {
      .queue_id = arrival->submission.content.id().ToString(),
      .client = session.client,
      .helo = session.client_name,
      .user = session.user,
      .sender = envelope.sender,
      .recipients = {},
      .sender_is_ours = envelope.sender_is_ours};
  for (const spool::Recipient& recipient : envelope.recipients) {
    request.recipients.push_back(recipient.path);
  }
  const policy::ContentDecision made = snapshot.scanning->Decide(
      request, arrival->head, arrival->submission.content);
  Judge(snapshot, made, session, std::move(arrival));
}

void PolicyHandler::Judge(const Snapshot& snapshot,
                          const policy::ContentDecision& made,
                          const SessionInfo& session,
                          std::shared_ptr<Arrival> arrival) {
  using policy::ContentOutcome;
  spool::Submission& submission = arrival->submission;
  spool::Envelope& envelope = submission.envelope;
  const auto record = [&](const base::EventType& type) {
    parts_->events->Record(
        Event(type, parts_->clock->Now())
            .With("session", session.id)
            .With("id", submission.content.id().ToString())
            .With("client", session.client.ToString())
            .With("sender", envelope.sender.ToString())
            .With("verdict", ContentVerdictName(made.verdict))
            .With("rule", made.decision.rule->name)
            .With("scanners", made.report)
            .With("reply", made.decision.reply.ToString()));
  };
  switch (made.outcome) {
    case ContentOutcome::kRefuse:
    case ContentOutcome::kDefer:
      ++parts_->stats->content_refused;
      record(*policy::EventTypeOf(made.decision));
      return arrival->done(std::vector<smtp::Reply>(
          arrival->waiter.origin_count, made.decision.reply));
    case ContentOutcome::kQuarantine:
      submission.held = true;
      submission.taken = false;
      record(events::kQuarantined);
      break;
    case ContentOutcome::kAccept:
    case ContentOutcome::kMark:
      break;
  }
  envelope.verdict = made.verdict;
  envelope.scan_report = made.report;
  absl::StrAppend(&envelope.added_fields, made.fields);
  Store(snapshot, std::move(arrival));
}

// A bounce to a rewritten sender is a forward like others (R22, R24): otherwise
// everybody who has seen the address could send anything, and any amount of it,
// to the one behind it.
bool PolicyHandler::MayBePassedOn(const Snapshot& snapshot, Arrival& arrival) {
  const spool::Envelope& envelope = arrival.submission.envelope;
  for (const size_t i : arrival.turned_back) {
    const spool::Recipient& recipient = envelope.recipients[i];
    const policy::AutomaticMail mail = {
        .kind = policy::AutomaticKind::kForward,
        .verdict = envelope.verdict,
        .author = *address::Address::Create("postmaster",
                                            snapshot.routing->srs->domain()),
        .target = *recipient.path.address()};
    const policy::GovernorAnswer answer =
        snapshot.governor->Decide(mail, parts_->clock->Now());
    if (answer.allowed()) continue;
    const bool later = answer.rule == policy::GovernorRule::kBound ||
                       answer.rule == policy::GovernorRule::kNoVerdict;
    const smtp::Reply reply =
        later
            ? smtp::Reply(451, {4, 7, 1}, "This bounce cannot be passed on now")
            : smtp::Reply(550, {5, 7, 1}, "This bounce is not passed on");
    parts_->events->Record(Event(events::kBounceRefused, parts_->clock->Now())
                               .With("recipient", recipient.path.ToString())
                               .With("rule", answer.rule_name())
                               .With("reply", reply.ToString()));
    arrival.done(std::vector<smtp::Reply>(arrival.waiter.origin_count, reply));
    return false;
  }
  return true;
}

void PolicyHandler::Store(const Snapshot& snapshot,
                          std::shared_ptr<Arrival> arrival) {
  if (!MayBePassedOn(snapshot, *arrival)) return;
  spool::Submission& submission = arrival->submission;
  const bool cut_through = submission.taken;
  const bool due =
      submission.first_pause == absl::ZeroDuration() && !submission.held;
  // What can fail or takes time comes before the commit, so that little lies
  // between it and our answer (RFC 1047).
  Event accepted =
      Event(events::kAccepted, parts_->clock->Now())
          .With("session", arrival->session)
          .With("id", submission.content.id().ToString())
          .With("client", submission.envelope.client.ToString())
          .With("sender", submission.envelope.sender.ToString())
          .With("recipients",
                static_cast<int64_t>(submission.envelope.recipients.size()))
          .With("octets", static_cast<int64_t>(submission.content.octets()))
          .With("verdict", ContentVerdictName(submission.envelope.verdict));
  if (!submission.envelope.message_id.empty()) {
    std::move(accepted).With("message_id", submission.envelope.message_id);
  }
  if (!arrival->added.empty()) {
    std::move(accepted).With("added", arrival->added);
  }
  if (arrival->is_marked) std::move(accepted).With("marked", "sender");
  CutThroughWaiter waiter = std::move(arrival->waiter);
  waiter.done = std::move(arrival->done);
  parts_->writer->Submit(
      std::move(submission),
      [this, cut_through, due, accepted = std::move(accepted),
       waiter = std::move(waiter)](
          const absl::StatusOr<spool::QueueId>& id) mutable {
        const bool now = id.ok() && cut_through;
        if (!now) {
          waiter.done(
              std::vector<smtp::Reply>(waiter.origin_count, StoredReply(id)));
        }
        if (!id.ok()) {
          parts_->events->Record(Event(events::kNotStored, parts_->clock->Now())
                                     .With("error", id.status().message()));
          return;
        }
        if (now) {
          waiter.done = [this, accepted = std::move(accepted),
                         done = std::move(waiter.done)](
                            std::vector<smtp::Reply> replies) {
            if (HasConsent(replies)) RecordAccepted(accepted);
            done(std::move(replies));
          };
          return deliver_now_(*id, std::move(waiter));
        }
        // The clients have their answers first.
        PostBatch::Afterwards(
            [this, wake = due, accepted = std::move(accepted)] {
              RecordAccepted(accepted);
              if (wake) parts_->wake();
            });
      });
}

void PolicyHandler::RecordAccepted(const Event& accepted) {
  ++parts_->stats->accepted;
  parts_->events->Record(accepted);
}

}  // namespace mailsec::server
