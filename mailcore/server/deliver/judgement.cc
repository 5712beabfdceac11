#include "mailcore/server/deliver/judgement.h"

#include <algorithm>
#include <utility>

#include "mailcore/server/queue/last_reply.h"

namespace mailsec::server {
namespace {

using notify::Action;
using smtp::Reply;
using spool::RecipientState;

bool Has(const spool::Envelope& envelope, RecipientState state) {
  return std::any_of(envelope.recipients.begin(), envelope.recipients.end(),
                     [&](const spool::Recipient& recipient) {
                       return recipient.state == state;
                     });
}

}  // namespace

Judgement JudgeOutcome(const spool::Recipient& recipient, size_t index,
                       const HopOutcome& outcome,
                       const Circumstances& circumstances) {
  const Reply& reply = outcome.said.reply;
  const bool from_peer = outcome.said.from_peer;
  Judgement judged;
  judged.change = {
      .recipient = index,
      .state = RecipientState::kPending,
      .last_reply = KeptReply(reply.ToString(), circumstances.recipients),
      .hop = from_peer ? outcome.hop : ""};
  RecipientFate fate = {.recipient = index,
                        .action = Action::kFailed,
                        .reply = reply,
                        .from_peer = from_peer,
                        .expired = false,
                        .kept_inside = circumstances.kept_inside,
                        .hop = outcome.hop,
                        .time = circumstances.now};
  if (reply.IsPositive()) {
    const bool hands_over = circumstances.hands_over;
    judged.change.state = RecipientState::kDelivered;
    judged.arrived = hands_over && circumstances.is_local;
    fate.action = hands_over ? Action::kDelivered : Action::kRelayed;
    const bool is_ours_to_tell = hands_over || !outcome.offers_dsn;
    if (recipient.parameters.notify.success && is_ours_to_tell) {
      judged.fate = std::move(fate);
    }
    return judged;
  }
  fate.expired = !reply.IsPermanent() && circumstances.expired;
  if (!reply.IsPermanent() && !circumstances.expired) {
    judged.pause = circumstances.pause;
    return judged;
  }
  judged.change.state = RecipientState::kFailed;
  judged.fate = std::move(fate);
  return judged;
}

std::vector<Judgement> JudgeExpansions(const spool::Envelope& envelope,
                                       absl::Time now) {
  std::vector<Judgement> all;
  const bool somebody_may_have_it = Has(envelope, RecipientState::kDelivered) ||
                                    Has(envelope, RecipientState::kPending);
  for (size_t i = 0; i < envelope.recipients.size(); ++i) {
    if (envelope.recipients[i].state != RecipientState::kExpanded) continue;
    Judgement judged;
    judged.change = {.recipient = i,
                     .state = RecipientState::kReported,
                     .last_reply = "250 2.1.5 expanded"};
    if (somebody_may_have_it) {
      judged.fate = {.recipient = i,
                     .action = Action::kExpanded,
                     .reply = Reply(250, {2, 1, 5}, "Expanded"),
                     .from_peer = false,
                     .expired = false,
                     .kept_inside = false,
                     .hop = "",
                     .time = now};
    }
    all.push_back(std::move(judged));
  }
  return all;
}

Ending EndAttempt(const Attempt& attempt, absl::Duration pause,
                  bool leaves_out) {
  const bool pending = Has(attempt.envelope, RecipientState::kPending);
  const bool failed = Has(attempt.envelope, RecipientState::kFailed);
  Ending ending;
  ending.only_waits = pending && !attempt.tried;
  ending.progress.id = attempt.id;
  ending.progress.attempts = attempt.envelope.attempts + 1;
  ending.progress.pause = leaves_out ? absl::ZeroDuration() : pause;
  ending.progress.hold = !pending && failed;
  ending.progress.done = !pending && !failed;
  return ending;
}

}  // namespace mailsec::server
