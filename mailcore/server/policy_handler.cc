#include "mailcore/server/policy_handler.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/server/post_batch.h"
#include "mailcore/server/server_events.h"

namespace mailsec::server {
namespace {

// Mail that has nowhere to go yet is looked at this often. Ours.
constexpr absl::Duration kNoRoutePause = absl::Minutes(15);

policy::Client ToClient(const SessionInfo& session) {
  return {.ip = session.client,
          .authenticated = session.authenticated,
          .user = session.user,
          .helo = session.client_name};
}

bool HasRoute(const RouteTable& routes, const spool::Envelope& envelope) {
  for (const spool::Recipient& recipient : envelope.recipients) {
    if (routes.Find(recipient.path)->kind != Destination::Kind::kNone) {
      return true;
    }
  }
  return false;
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

}  // namespace

PolicyHandler::PolicyHandler(spool::Spool* spool, io::SpoolWriter* writer,
                             const Clock* clock, EventSink* events,
                             Stats* stats, std::function<void()> on_accepted,
                             std::shared_ptr<const Policies> policies)
    : spool_(spool),
      writer_(writer),
      clock_(clock),
      events_(events),
      stats_(stats),
      on_accepted_(std::move(on_accepted)),
      policies_(std::move(policies)) {}

void PolicyHandler::SetPolicies(std::shared_ptr<const Policies> policies) {
  const std::lock_guard<std::mutex> lock(mutex_);
  policies_ = std::move(policies);
}

std::shared_ptr<const Policies> PolicyHandler::policies() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policies_;
}

bool PolicyHandler::MayBlock() const { return policies()->may_block; }

policy::Decision PolicyHandler::DecideMail(const SessionInfo& session,
                                           const smtp::MailFrom& mail) {
  return policies()->acceptance->DecideMail(ToClient(session), mail.path,
                                            mail.parameters);
}

policy::Decision PolicyHandler::DecideRcpt(const SessionInfo& session,
                                           const spool::Envelope& envelope,
                                           const smtp::RcptTo& rcpt) {
  return policies()->acceptance->DecideRcpt(ToClient(session), envelope.sender,
                                            envelope.parameters, rcpt.path);
}

spool::MessageWriter PolicyHandler::NewMessage() {
  return spool_->NewMessage();
}

void PolicyHandler::Accept(const SessionInfo& session, spool::Envelope envelope,
                           spool::MessageWriter content,
                           std::function<void(smtp::Reply)> done) {
  const bool has_route = HasRoute(*policies()->routes, envelope);
  // What can fail or takes time comes before the commit, so that little lies
  // between it and our answer (RFC 1047).
  Event accepted =
      Event(events::kAccepted, clock_->Now())
          .With("id", content.id().ToString())
          .With("client", session.client.ToString())
          .With("sender", envelope.sender.ToString())
          .With("recipients", static_cast<int64_t>(envelope.recipients.size()))
          .With("octets", static_cast<int64_t>(content.octets()));
  spool::Submission submission = {
      .envelope = std::move(envelope),
      .content = std::move(content),
      .first_attempt =
          has_route ? absl::InfinitePast() : clock_->Now() + kNoRoutePause};
  writer_->Submit(
      std::move(submission),
      [this, has_route, accepted = std::move(accepted), done = std::move(done)](
          const absl::StatusOr<spool::QueueId>& id) mutable {
        done(StoredReply(id));
        if (!id.ok()) {
          events_->Record(Event(events::kNotStored, clock_->Now())
                              .With("error", id.status().message()));
          return;
        }
        // The clients have their answers first.
        PostBatch::Afterwards(
            [this, has_route, accepted = std::move(accepted)] {
              ++stats_->accepted;
              events_->Record(accepted);
              if (has_route) on_accepted_();
            });
      });
}

}  // namespace mailsec::server
