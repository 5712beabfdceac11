#include "mailcore/autoreply/autoresponder.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/autoreply/addressed.h"

namespace mailsec::autoreply {
namespace {

using policy::Rule;

constexpr Rule kNotActive = {
    "absence.not-active", "ours",
    "answered if the time were between the start and the end of the absence"};
constexpr Rule kNullSender = {"absence.null-sender", "RFC 3834, 2",
                              "answered if the message had a sender"};
constexpr Rule kOwnAddress = {"absence.own-address", "RFC 5230, 4.6",
                              "answered if the sender were somebody else"};
constexpr Rule kSystemSender = {
    "absence.system-sender", "RFC 5230, 4.6",
    "answered if the sender's address were not one of a machine"};
constexpr Rule kDuplicateField = {
    "absence.duplicate-field", "RFC 5322, 3.6",
    "answered if the field stood once, as it must"};
constexpr Rule kAutoSubmitted = {
    "absence.auto-submitted", "RFC 3834, 2",
    "answered if Auto-Submitted were missing or \"no\""};
constexpr Rule kList = {"absence.list", "RFC 5230, 4.6",
                        "answered if it had not come through a mailing list"};
constexpr Rule kPrecedence = {
    "absence.precedence", "RFC 3834, 2",
    "answered if Precedence were not bulk, list, junk or auto_reply"};
constexpr Rule kSuppressed = {
    "absence.suppressed", "MS-OXCMAIL, 2.2.3.2.14",
    "answered if X-Auto-Response-Suppress did not ask for silence"};
constexpr Rule kReport = {"absence.report", "RFC 3834, 2",
                          "answered if it were no report of a machine"};
constexpr Rule kMachine = {"absence.machine", "ours",
                           "answered if it had no field that only machines "
                           "write"};
constexpr Rule kNotAddressed = {
    "absence.not-addressed", "RFC 5230, 4.5",
    "answered if To or Cc named an address of the user"};
constexpr Rule kNoText = {
    "absence.no-text", "ours",
    "answered if the user had written a text for senders of this side"};
constexpr Rule kAnswer = {
    "absence.answer", "RFC 3834, RFC 5230",
    "not answered if it came from a machine or a list, if the user were not "
    "addressed, or if the absence were over"};

// Which rule holds, and what in the message made it so.
struct Finding {
  const Rule* rule;
  std::string mark = {};
};

OwnNames NamesOf(const AbsenceQuestion& question) {
  return OwnNames(question.settings->owner, question.own_addresses,
                  question.separators);
}

std::optional<Finding> SenderFinding(const AbsenceQuestion& question,
                                     const SystemSenders& senders) {
  const address::Address* sender = question.sender.address();
  if (sender == nullptr) return Finding{.rule = &kNullSender};
  if (NamesOf(question).Include(*sender)) {
    return Finding{.rule = &kOwnAddress};
  }
  if (std::optional<std::string> mark =
          SystemSenderMark(*question.header, *sender, senders)) {
    return Finding{.rule = &kSystemSender, .mark = *std::move(mark)};
  }
  return std::nullopt;
}

std::optional<Finding> HeaderFinding(const message::HeaderScanner& header) {
  const struct {
    const Rule* rule;
    std::optional<std::string> mark;
  } kLines[] = {
      {&kDuplicateField, DuplicateMark(header)},
      {&kAutoSubmitted, AutoSubmittedMark(header)},
      {&kList, ListMark(header)},
      {&kPrecedence, PrecedenceMark(header)},
      {&kSuppressed, SuppressMark(header, {"oof", "autoreply"})},
      {&kReport, ReportMark(header)},
      {&kMachine, MachineMark(header)},
  };
  for (const auto& line : kLines) {
    if (line.mark) return Finding{.rule = line.rule, .mark = *line.mark};
  }
  return std::nullopt;
}

Finding Find(const AbsenceQuestion& question, const SystemSenders& senders,
             absl::Time now) {
  if (!question.settings->IsActive(now)) return {.rule = &kNotActive};
  if (auto found = SenderFinding(question, senders)) return *std::move(found);
  if (auto found = HeaderFinding(*question.header)) return *std::move(found);
  if (!IsAddressed(*question.header, NamesOf(question))) {
    return {.rule = &kNotAddressed};
  }
  if (question.settings->TextsFor(question.sender_is_inside).empty()) {
    return {.rule = &kNoText};
  }
  return {.rule = &kAnswer};
}

}  // namespace

absl::StatusOr<Autoresponder> Autoresponder::Create(Options options) {
  absl::StatusOr<SystemSenders> senders =
      SystemSenders::Create(std::move(options.system_senders));
  if (!senders.ok()) return senders.status();
  return Autoresponder(*std::move(senders));
}

Autoresponder::Autoresponder(SystemSenders senders)
    : senders_(std::move(senders)) {}

AbsenceDecision Autoresponder::Decide(const AbsenceQuestion& question,
                                      absl::Time now) const {
  const Finding found = Find(question, senders_, now);
  const bool answer = found.rule == &kAnswer;
  policy::Decision decision = {
      .verdict = answer ? policy::Verdict::kAccept : policy::Verdict::kRefuse,
      .reply = answer ? smtp::Reply(250, {2, 0, 0}, "An absence notice is due")
                      : smtp::Reply(550, {5, 7, 1}, "No absence notice"),
      .rule = found.rule,
      .inputs = {{"user", question.settings->owner.ToString()},
                 {"sender", question.sender.ToString()},
                 {"sender-is-inside", question.sender_is_inside ? "yes" : "no"},
                 {"absence", question.settings->Id()}}};
  if (!found.mark.empty()) decision.inputs.emplace_back("mark", found.mark);
  return {.answer = answer, .decision = std::move(decision)};
}

}  // namespace mailsec::autoreply
