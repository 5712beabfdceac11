#include "mailcore/notify/ndn_policy.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::notify {
namespace {

using policy::GovernorAnswer;
using policy::GovernorRule;
using policy::Rule;

// As it stands in RCPT.
std::string NotifyWords(const smtp::DsnNotify& notify) {
  if (notify.IsDefault()) return "default";
  std::string out;
  const auto add = [&out](bool asked, absl::string_view word) {
    if (asked) absl::StrAppend(&out, out.empty() ? "" : ",", word);
  };
  add(notify.never, "NEVER");
  add(notify.success, "SUCCESS");
  add(notify.failure, "FAILURE");
  add(notify.delay, "DELAY");
  return out;
}

// RFC 3461, 4.1: without NOTIFY, failures are told, and delays may be.
bool IsWanted(Action action, const smtp::DsnNotify& notify) {
  if (notify.never) return false;
  switch (action) {
    case Action::kFailed:
      return notify.failure || notify.IsDefault();
    case Action::kDelayed:
      return notify.delay || notify.IsDefault();
    case Action::kDelivered:
    case Action::kRelayed:
    case Action::kExpanded:
      return notify.success;
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> Inputs(
    const NdnQuestion& question) {
  std::vector<std::pair<std::string, std::string>> inputs = {
      {"action", std::string(ActionName(question.action))},
      {"sender", question.sender.ToString()},
      {"recipient", question.recipient.ToString()},
      {"notify", NotifyWords(question.notify)},
      {"sender-is-ours", question.sender_is_ours ? "yes" : "no"},
      {"automatic", question.automatic ? "yes" : "no"},
      {"content", std::string(message::ContentVerdictName(question.verdict))}};
  if (question.action == Action::kFailed) {
    inputs.emplace_back("cause", std::string(CauseName(question.cause)));
    inputs.emplace_back("hop",
                        question.hop.empty() ? "this server" : question.hop);
  }
  return inputs;
}

smtp::Reply ReplyFor(NdnOutcome outcome) {
  switch (outcome) {
    case NdnOutcome::kNotify:
      return smtp::Reply(250, {2, 0, 0}, "The sender is told");
    case NdnOutcome::kSilent:
      return smtp::Reply(550, {5, 7, 1}, "The sender is not told");
    case NdnOutcome::kHold:
      return smtp::Reply(550, {5, 7, 1},
                         "The sender is not told; held for a person");
  }
  return smtp::Reply(550, {5, 7, 1}, "");
}

// Each is the rule that decides if its line does not hold.
constexpr Rule kContradiction = {
    "ndn.contradiction", "R18, R19",
    "told if the sender were one of ours, or if outside_senders were NOTIFY; "
    "better: let this hop and ours agree about recipients, sizes and quotas"};
constexpr Rule kSpamThere = {
    "ndn.spam-there", "R17, R21",
    "told if the sender were one of ours; better: refuse at the end of data "
    "what the next hop calls spam"};
constexpr Rule kNoWarnings = {"ndn.no-warnings", "R17",
                              "told if warn_of_delay were on"};
constexpr Rule kNotWanted = {"ndn.not-wanted", "RFC 3461, 4.1",
                             "told if the sender's NOTIFY asked for it"};
constexpr Rule kTold = {
    "ndn.told", "R17",
    "not told if the sender were null or had asked for silence, if the message "
    "were spam, or if a bound were used up"};

NdnDecision Decided(const NdnQuestion& question, NdnOutcome outcome,
                    const Rule& rule) {
  return {.outcome = outcome,
          .decision = {.verdict = outcome == NdnOutcome::kNotify
                                      ? policy::Verdict::kAccept
                                      : policy::Verdict::kRefuse,
                       .reply = ReplyFor(outcome),
                       .rule = &rule,
                       .inputs = Inputs(question)}};
}

// What the governor decided, in its words.
NdnDecision Governed(const NdnQuestion& question, NdnOutcome outcome,
                     policy::Decision governor) {
  NdnDecision decided = {
      .outcome = outcome,
      .decision = {.verdict = governor.verdict,
                   .reply = ReplyFor(outcome),
                   .rule = governor.rule,
                   .inputs = Inputs(question),
                   .exact_otherwise = governor.exact_otherwise}};
  decided.decision.because.push_back(std::move(governor));
  return decided;
}

policy::AutomaticMail MailOf(const NdnQuestion& question) {
  const address::Address* sender = question.sender.address();
  return {.kind = question.action == Action::kDelayed
                      ? policy::AutomaticKind::kDelayWarning
                      : policy::AutomaticKind::kNotification,
          .verdict = question.verdict,
          .answered = question.sender,
          .sender_is_ours = question.sender_is_ours,
          .answers_automatic = question.automatic,
          .author = question.author,
          // Without a sender there is none, and the governor says no.
          .target = sender == nullptr ? question.author : *sender,
          .exchangers = question.exchangers};
}

bool IsOfStranger(const NdnQuestion& question) {
  return question.action == Action::kFailed && !question.sender_is_ours;
}

// The outcome if nobody is told for another reason than the bounds. Even with
// Contradictions::kNotify, a contradiction that cannot be told is held.
NdnOutcome Untold(const NdnQuestion& question) {
  return IsOfStranger(question) && IsContradiction(question.cause)
             ? NdnOutcome::kHold
             : NdnOutcome::kSilent;
}

// The same for what the governor says no to.
NdnOutcome Forbidden(const NdnQuestion& question, GovernorRule rule) {
  switch (rule) {
    case GovernorRule::kNoVerdict:
    case GovernorRule::kNotOurName:
    case GovernorRule::kBound:
      return question.action == Action::kFailed ? NdnOutcome::kHold
                                                : NdnOutcome::kSilent;
    case GovernorRule::kSpam:
      return question.action == Action::kFailed && question.sender_is_ours
                 ? NdnOutcome::kHold
                 : Untold(question);
    case GovernorRule::kNotOperator:  // Only for alarms.
    case GovernorRule::kNullSender:
    case GovernorRule::kAutomatic:  // Only for delay warnings.
      return Untold(question);
    case GovernorRule::kAllowed:
      return NdnOutcome::kNotify;
  }
  return NdnOutcome::kHold;
}

}  // namespace

NdnDecision NdnPolicy::Decide(const NdnQuestion& question, absl::Time now,
                              bool takes) const {
  const bool of_stranger = IsOfStranger(question);
  if (of_stranger && IsContradiction(question.cause) &&
      options_.outside_senders == Contradictions::kHold) {
    return Decided(question, NdnOutcome::kHold, kContradiction);
  }
  const policy::AutomaticMail mail = MailOf(question);
  GovernorAnswer answer = governor_->DecideWithoutBounds(mail);
  const auto governed = [&] {
    return Governed(question, Forbidden(question, answer.rule),
                    answer.ToDecision(mail));
  };
  if (answer.rule == GovernorRule::kNullSender ||
      answer.rule == GovernorRule::kAutomatic) {
    return governed();
  }
  if (question.action == Action::kDelayed && !options_.warn_of_delay) {
    return Decided(question, Untold(question), kNoWarnings);
  }
  if (!IsWanted(question.action, question.notify)) {
    return Decided(question, Untold(question), kNotWanted);
  }
  if (answer.rule != GovernorRule::kSpam && of_stranger &&
      question.cause == Cause::kRefusedAsSpam) {
    return Decided(question, NdnOutcome::kHold, kSpamThere);
  }
  if (answer.allowed() && takes) answer = governor_->Decide(mail, now);
  if (!answer.allowed()) return governed();
  NdnDecision told = Decided(question, NdnOutcome::kNotify, kTold);
  told.decision.because.push_back(answer.ToDecision(mail));
  return told;
}

}  // namespace mailsec::notify
