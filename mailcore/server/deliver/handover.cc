#include "mailcore/server/deliver/handover.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mailsec::server {
namespace {

using smtp::About;
using smtp::RecipientOutcome;
using smtp::Reply;
using smtp::Stage;

// How servers say it that send no status.
constexpr absl::string_view kTooManyWords[] = {
    "too many recipients", "too many rcpt", "maximum number of recipients",
    "recipient limit"};

// The envelope was in order for this recipient, whatever came of the content.
bool WasAcceptedAtRcpt(const RecipientOutcome& outcome) {
  return outcome.reply.IsPositive() || outcome.stage > Stage::kRcpt;
}

// RFC 5321, 4.5.3.1.10: 552 for too many recipients is meant as 452.
RecipientOutcome AsTransient(RecipientOutcome outcome) {
  if (outcome.reply.IsPermanent()) {
    outcome.reply = Reply(452, {4, 5, 3}, outcome.reply.text());
  }
  return outcome;
}

}  // namespace

bool IsTooManyRecipients(const RecipientOutcome& outcome) {
  const Reply& reply = outcome.reply;
  if (outcome.stage != Stage::kRcpt || outcome.about != About::kMail ||
      reply.IsPositive()) {
    return false;
  }
  const smtp::EnhancedStatus& status = reply.status();
  if (status.subject != 0) return status.subject == 5 && status.detail == 3;
  // The status says nothing (none, or x.0.0).
  if (!reply.IsTransient() && reply.code() != 552) return false;
  const std::string text = absl::AsciiStrToLower(reply.text());
  return std::any_of(
      std::begin(kTooManyWords), std::end(kTooManyWords),
      [&](absl::string_view words) { return absl::StrContains(text, words); });
}

Handover::Handover(smtp::Transaction whole)
    : whole_(std::move(whole)),
      outcomes_(whole_.recipients.size()),
      last_words_(whole_.recipients.size()) {}

bool Handover::done() const {
  return std::all_of(outcomes_.begin(), outcomes_.end(),
                     [](const auto& outcome) { return outcome.has_value(); });
}

bool Handover::HasTaken() const {
  return std::any_of(
      outcomes_.begin(), outcomes_.end(), [](const auto& outcome) {
        return outcome.has_value() && outcome->said.reply.IsPositive();
      });
}

smtp::Transaction Handover::Next(size_t max_recipients) {
  asked_.clear();
  smtp::Transaction next;
  next.sender = whole_.sender;
  next.parameters = whole_.parameters;
  next.has_8bit = whole_.has_8bit;
  next.headers_utf8 = whole_.headers_utf8;
  next.probe = whole_.probe;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i]) continue;
    if (max_recipients > 0 && asked_.size() == max_recipients) break;
    next.recipients.push_back(whole_.recipients[i]);
    asked_.push_back(i);
  }
  return next;
}

Handover::Step Handover::Hear(const std::vector<RecipientOutcome>& outcomes,
                              const std::string& hop, bool offers_dsn) {
  const size_t accepted = static_cast<size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), WasAcceptedAtRcpt));
  bool broke_off = false;
  found_limit_.reset();
  for (size_t k = 0; k < asked_.size() && k < outcomes.size(); ++k) {
    const RecipientOutcome& outcome = outcomes[k];
    if (outcome.about == About::kHost) {
      broke_off = true;
      last_words_[asked_[k]] = {.said = outcome, .hop = hop};
      continue;
    }
    const bool too_many = IsTooManyRecipients(outcome);
    // If not even one was taken, the next transaction would end the same way.
    if (too_many && accepted > 0) {
      found_limit_ = accepted;
      continue;
    }
    outcomes_[asked_[k]] = {.said = too_many ? AsTransient(outcome) : outcome,
                            .hop = hop,
                            .offers_dsn = offers_dsn};
  }
  if (done()) return Step::kDone;
  return broke_off ? Step::kElsewhere : Step::kGoOn;
}

void Handover::AnswerRest(const RecipientOutcome& outcome,
                          const std::string& hop) {
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i]) continue;
    outcomes_[i] =
        last_words_[i].value_or(HopOutcome{.said = outcome, .hop = hop});
  }
}

std::vector<HopOutcome> Handover::TakeOutcomes() {
  std::vector<HopOutcome> taken;
  for (auto& outcome : outcomes_) taken.push_back(*std::move(outcome));
  return taken;
}

}  // namespace mailsec::server
