#include "mailcore/notify/ndn_policy.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mailsec::notify {
namespace {

absl::string_view VerdictWord(ContentVerdict verdict) {
  switch (verdict) {
    case ContentVerdict::kUnknown:
      return "unknown";
    case ContentVerdict::kClean:
      return "clean";
    case ContentVerdict::kSpam:
      return "spam";
    case ContentVerdict::kMalware:
      return "malware";
  }
  return "";
}

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

std::string DomainKey(const Address& address) {
  if (const Domain* domain = address.domain()) return domain->ascii();
  return std::get<AddressLiteral>(address.host()).ToString();
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
      {"content", std::string(VerdictWord(question.verdict))}};
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

// The rule that decides if its line does not hold.
struct Rule {
  const char* name;
  const char* source;
  const char* otherwise;
};

constexpr Rule kContradiction = {
    "ndn.contradiction", "R18, R19",
    "told if the sender were one of ours, or if outside_senders were NOTIFY; "
    "better: let this hop and ours agree about recipients, sizes and quotas"};
constexpr Rule kSpamThere = {
    "ndn.spam-there", "R17, R21",
    "told if the sender were one of ours; better: refuse at the end of data "
    "what the next hop calls spam"};
constexpr Rule kNullSender = {"ndn.null-sender", "RFC 5321, 4.5.5",
                              "told if the message had a sender"};
constexpr Rule kAutomatic = {
    "ndn.automatic", "RFC 3834, 2",
    "told if the message were not marked Auto-Submitted"};
constexpr Rule kNoWarnings = {"ndn.no-warnings", "R17",
                              "told if warn_of_delay were on"};
constexpr Rule kNotWanted = {"ndn.not-wanted", "RFC 3461, 4.1",
                             "told if the sender's NOTIFY asked for it"};
constexpr Rule kSpam = {"ndn.spam", "R22, R17",
                        "told if the content were neither spam nor malware"};
constexpr Rule kBoundAddress = {
    "ndn.bound", "R24", "told if this address had been told less lately"};
constexpr Rule kBoundDomain = {"ndn.bound", "R24",
                               "told if this domain had been told less lately"};
constexpr Rule kTold = {
    "ndn.told", "R17",
    "not told if the sender were null or had asked for silence, if the message "
    "were automatic or spam, or if a bound were reached"};

NdnDecision Decided(const NdnQuestion& question, NdnOutcome outcome,
                    const Rule& rule) {
  return {.outcome = outcome,
          .decision = {.verdict = outcome == NdnOutcome::kNotify
                                      ? policy::Verdict::kAccept
                                      : policy::Verdict::kRefuse,
                       .reply = ReplyFor(outcome),
                       .rule = rule.name,
                       .source = rule.source,
                       .inputs = Inputs(question),
                       .otherwise = rule.otherwise}};
}

}  // namespace

NdnPolicy::NdnPolicy(Options options)
    : options_(options),
      per_address_(options.per_address),
      per_domain_(options.per_domain) {}

NdnDecision NdnPolicy::Decide(const NdnQuestion& question, absl::Time now,
                              bool takes) {
  const bool failed = question.action == Action::kFailed;
  const bool from_stranger = failed && !question.sender_is_ours;
  const bool contradiction = from_stranger && IsContradiction(question.cause);
  if (contradiction && options_.outside_senders == Contradictions::kHold) {
    return Decided(question, NdnOutcome::kHold, kContradiction);
  }
  // With Contradictions::kNotify, who cannot be told is held all the same.
  const NdnOutcome untold =
      contradiction ? NdnOutcome::kHold : NdnOutcome::kSilent;
  if (question.sender.IsNull()) return Decided(question, untold, kNullSender);
  if (question.automatic) return Decided(question, untold, kAutomatic);
  if (question.action == Action::kDelayed && !options_.warn_of_delay) {
    return Decided(question, untold, kNoWarnings);
  }
  if (!IsWanted(question.action, question.notify)) {
    return Decided(question, untold, kNotWanted);
  }
  if (question.verdict == ContentVerdict::kSpam ||
      question.verdict == ContentVerdict::kMalware) {
    return Decided(question, untold, kSpam);
  }
  if (from_stranger && question.cause == Cause::kRefusedAsSpam) {
    return Decided(question, NdnOutcome::kHold, kSpamThere);
  }
  return takes ? TakeFromBounds(question, now)
               : Decided(question, NdnOutcome::kNotify, kTold);
}

NdnDecision NdnPolicy::TakeFromBounds(const NdnQuestion& question,
                                      absl::Time now) {
  const NdnOutcome above = question.action == Action::kFailed
                               ? NdnOutcome::kHold
                               : NdnOutcome::kSilent;
  const std::string address = question.sender.address()->CanonicalKey();
  if (!per_address_.Take(address, now).allowed) {
    return Decided(question, above, kBoundAddress);
  }
  const std::string domain = DomainKey(*question.sender.address());
  if (!per_domain_.Take(domain, now).allowed) {
    per_address_.Return(address, now);
    return Decided(question, above, kBoundDomain);
  }
  return Decided(question, NdnOutcome::kNotify, kTold);
}

// The octets of the one bound, their number in decimal before them, and those
// of the other.
std::string NdnPolicy::SaveBounds(absl::Time now) const {
  const std::string addresses = per_address_.Save(now);
  return absl::StrCat(addresses.size(), "\n", addresses, per_domain_.Save(now));
}

absl::Status NdnPolicy::LoadBounds(absl::string_view octets) {
  const absl::Status damaged =
      absl::DataLossError("not what NdnPolicy::SaveBounds() wrote");
  const size_t end = octets.find('\n');
  size_t size = 0;
  if (end == absl::string_view::npos ||
      !absl::SimpleAtoi(octets.substr(0, end), &size) ||
      size > octets.size() - end - 1) {
    return damaged;
  }
  octets.remove_prefix(end + 1);
  // Both must be whole before one is changed.
  rate::RateLimiter domains(options_.per_domain);
  if (!domains.Load(octets.substr(size)).ok() ||
      !per_address_.Load(octets.substr(0, size)).ok()) {
    return damaged;
  }
  return per_domain_.Load(octets.substr(size));
}

}  // namespace mailsec::notify
