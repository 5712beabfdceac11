#include "mailcore/policy/content_policy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/message/encrypted_mail.h"
#include "mailcore/policy/policy_events.h"
#include "mailcore/policy/role_mailboxes.h"

namespace mailsec::policy {
namespace {

using message::ContentVerdict;
using smtp::Reply;
using Options = ContentPolicy::Options;
using Step = ContentPolicy::Step;

// The opinion that the header section itself gives.
constexpr char kHeaderName[] = "header";

// What one opinion leads to, in the order of weight.
enum class Finding {
  kClean,      // Looked at all of it.
  kUnscanned,  // Cannot tell or too large, and accepted all the same.
  kPassed,     // Unscannable, and accepted all the same.
  kSpamMarked,
  kUnscannable,  // To be marked or refused.
  kTooLargeDeferred,
  kCannotTell,
  kTooLargeRefused,
  kSpamRefused,
  kMalware,
};

// Nothing can weigh more, or change the answer.
bool IsFinal(Finding finding) { return finding >= Finding::kSpamRefused; }

absl::Status CheckScore(absl::string_view name, double score) {
  if (std::isfinite(score)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " is no number"));
}

absl::Status CheckScores(const ContentPolicy::Options& options) {
  for (const absl::Status& status :
       {CheckScore("mark_score", options.mark_score),
        CheckScore("refuse_score", options.refuse_score),
        CheckScore("own_refuse_score", options.own_refuse_score.value_or(0))}) {
    if (!status.ok()) return status;
  }
  if (options.refuse_score < options.mark_score ||
      options.own_refuse_score.value_or(options.mark_score) <
          options.mark_score) {
    return absl::InvalidArgumentError(
        "spam would be refused below the score from which it is marked");
  }
  return absl::OkStatus();
}

absl::Status CheckSteps(const std::vector<ContentPolicy::Step>& steps) {
  std::set<std::string> names;
  for (const ContentPolicy::Step& step : steps) {
    if (step.scanner == nullptr) {
      return absl::InvalidArgumentError("a step has no scanner");
    }
    if (!names.insert(step.scanner->name()).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "two scanners have the name ", base::LogSafe(step.scanner->name())));
    }
  }
  return absl::OkStatus();
}

// Complaints about spam contain spam, and must reach these mailboxes.
bool IsForRolesOnly(const ScanRequest& request) {
  return !request.recipients.empty() &&
         std::all_of(request.recipients.begin(), request.recipients.end(),
                     IsRoleMailbox);
}

Finding WeighSpam(const Options& options, const ScanResult& said,
                  const ScanRequest& request) {
  const bool sender_is_ours = request.sender_is_ours;
  const double refuse =
      sender_is_ours ? options.own_refuse_score.value_or(options.refuse_score)
                     : options.refuse_score;
  if (said.would_refuse || said.score.value_or(-HUGE_VAL) >= refuse) {
    return IsForRolesOnly(request) ? Finding::kSpamMarked
                                   : Finding::kSpamRefused;
  }
  if (said.outcome == ScanResult::Outcome::kSpam ||
      said.score.value_or(-HUGE_VAL) >= options.mark_score) {
    return Finding::kSpamMarked;
  }
  return Finding::kClean;
}

Finding WeighTooLarge(ContentPolicy::OnTooLarge choice) {
  switch (choice) {
    case ContentPolicy::OnTooLarge::kDefer:
      return Finding::kTooLargeDeferred;
    case ContentPolicy::OnTooLarge::kRefuse:
      return Finding::kTooLargeRefused;
    case ContentPolicy::OnTooLarge::kAcceptUnscanned:
      return Finding::kUnscanned;
  }
  return Finding::kTooLargeDeferred;
}

Finding Weigh(const Options& options, const ScanResult& said, const Step& step,
              const ScanRequest& request) {
  switch (said.outcome) {
    case ScanResult::Outcome::kClean:
    case ScanResult::Outcome::kSpam:
      return WeighSpam(options, said, request);
    case ScanResult::Outcome::kMalware:
      return Finding::kMalware;
    case ScanResult::Outcome::kUnscannable:
      return std::max(
          options.on_unscannable == ContentPolicy::OnUnscannable::kAccept
              ? Finding::kPassed
              : Finding::kUnscannable,
          WeighSpam(options, said, request));
    case ScanResult::Outcome::kTooLarge:
      return WeighTooLarge(step.on_too_large);
    case ScanResult::Outcome::kCannotTell:
      return step.on_fault == ContentPolicy::OnFault::kAcceptUnscanned
                 ? Finding::kUnscanned
                 : Finding::kCannotTell;
  }
  return Finding::kCannotTell;
}

// What the scanner says, as far as it can be believed.
ScanResult Ask(const Options& options, const Step& step,
               const ScanRequest& request, ScanContent& content) {
  ScanResult said = step.scanner->Scan(request, content);
  if (said.outcome == ScanResult::Outcome::kMalware) return said;
  if (said.score && !std::isfinite(*said.score)) {
    return {.why = "its score is no number"};
  }
  const bool is_refused =
      said.outcome != ScanResult::Outcome::kCannotTell &&
      said.outcome != ScanResult::Outcome::kTooLarge &&
      WeighSpam(options, said, request) == Finding::kSpamRefused;
  if (!is_refused && step.is_outdated && step.is_outdated()) {
    return {.why = "its signatures are too old"};
  }
  return said;
}

constexpr Rule kNotConfigured = {"content.not-configured", "R27",
                                 "scanned if a scanner were configured"};
constexpr Rule kClean = {"content.clean", "R27",
                         "marked or refused from a higher score"};
constexpr Rule kUnscanned = {
    "content.unscanned", "R27",
    "deferred if a scanner that cannot tell were to defer"};
constexpr Rule kSpam = {"content.spam", "R27; RFC 3463, 3.8",
                        "accepted below a lower score", &events::kPolicySpam};
constexpr Rule kUnscannable = {"content.unscannable", "R27; RFC 3463, 3.8",
                               "accepted if no part were encrypted or too deep",
                               &events::kPolicyUnscannable};
constexpr Rule kTooLarge = {"content.too-large", "R27; RFC 3463, 3.4",
                            "accepted if the scanner took content of this size",
                            &events::kPolicyUnscannable};
constexpr Rule kCannotTell = {"content.cannot-tell", "R27",
                              "accepted if every scanner could tell",
                              &events::kPolicyScanFailed};
constexpr Rule kMalware = {"content.malware", "R27; RFC 3463, 3.8",
                           "accepted without what the scanner found",
                           &events::kPolicyMalware};

// The answer to each finding, without the inputs.
struct Consequence {
  ContentOutcome outcome;
  Decision decision;
};

Consequence Taken(ContentOutcome outcome, const Rule& rule,
                  absl::string_view exact_otherwise = "") {
  return {outcome,
          {.verdict = Verdict::kAccept,
           .reply = Reply(250, {2, 0, 0}, "OK"),
           .rule = &rule,
           .exact_otherwise = std::string(exact_otherwise)}};
}

Consequence Refused(int code, smtp::EnhancedStatus status,
                    absl::string_view text, const Rule& rule,
                    absl::string_view exact_otherwise = "") {
  const bool is_deferred = code < 500;
  return {is_deferred ? ContentOutcome::kDefer : ContentOutcome::kRefuse,
          {.verdict = is_deferred ? Verdict::kCannotTell : Verdict::kRefuse,
           .reply = Reply(code, status, text),
           .rule = &rule,
           .exact_otherwise = std::string(exact_otherwise)}};
}

// RFC 3463, 3.8: X.7.1, delivery not authorised, message refused.
Consequence AnswerMalware(const Options& options) {
  if (options.on_malware == ContentPolicy::OnMalware::kQuarantine) {
    return Taken(ContentOutcome::kQuarantine, kMalware,
                 "refused if malware were not kept for a person");
  }
  return Refused(554, {5, 7, 1}, "The message contains malware", kMalware);
}

Consequence AnswerUnscannable(const Options& options) {
  if (options.on_unscannable != ContentPolicy::OnUnscannable::kRefuse) {
    return Taken(ContentOutcome::kMark, kUnscannable,
                 "not marked if all of it could be scanned");
  }
  return Refused(554, {5, 7, 1}, "Parts of the message cannot be scanned",
                 kUnscannable);
}

Consequence AnswerTo(Finding worst, const Options& options) {
  constexpr char kLater[] = "The message cannot be scanned now; try again";
  switch (worst) {
    case Finding::kClean:
      return options.scanners.empty()
                 ? Taken(ContentOutcome::kAccept, kNotConfigured)
                 : Taken(ContentOutcome::kAccept, kClean,
                         absl::StrCat("marked from a score of ",
                                      options.mark_score));
    case Finding::kUnscanned:
      return Taken(ContentOutcome::kAccept, kUnscanned);
    case Finding::kPassed:
      return Taken(ContentOutcome::kAccept, kUnscannable,
                   "clean if all of it could be scanned");
    case Finding::kSpamMarked:
      return Taken(
          ContentOutcome::kMark, kSpam,
          absl::StrCat("not marked below a score of ", options.mark_score,
                       ", refused from ", options.refuse_score));
    case Finding::kUnscannable:
      return AnswerUnscannable(options);
    case Finding::kTooLargeDeferred:
      return Refused(451, {4, 7, 1}, kLater, kTooLarge);
    case Finding::kCannotTell:
      return Refused(451, {4, 7, 1}, kLater, kCannotTell);
    case Finding::kTooLargeRefused:
      return Refused(552, {5, 3, 4}, "The message is too large to be scanned",
                     kTooLarge);
    case Finding::kSpamRefused:
      return Refused(
          554, {5, 7, 1}, "The message is taken for spam", kSpam,
          absl::StrCat("accepted below a score of ", options.refuse_score,
                       " if no scanner advised to refuse"));
    case Finding::kMalware:
      return AnswerMalware(options);
  }
  return AnswerTo(Finding::kCannotTell, options);
}

ContentVerdict VerdictOf(const std::set<Finding>& findings) {
  if (findings.count(Finding::kMalware) > 0) return ContentVerdict::kMalware;
  if (findings.count(Finding::kSpamRefused) > 0 ||
      findings.count(Finding::kSpamMarked) > 0) {
    return ContentVerdict::kSpam;
  }
  return findings == std::set<Finding>{Finding::kClean}
             ? ContentVerdict::kClean
             : ContentVerdict::kUnknown;
}

ContentDecision Conclude(const Options& options, const ScanRequest& request,
                         const std::set<Finding>& findings,
                         std::vector<ScanOpinion> opinions) {
  const Finding worst = findings.empty() ? Finding::kClean : *findings.rbegin();
  Consequence answer = AnswerTo(worst, options);
  ContentDecision made = {.outcome = answer.outcome,
                          .verdict = VerdictOf(findings),
                          .decision = std::move(answer.decision),
                          .report = OpinionsReport(opinions)};
  made.decision.inputs = {
      {"client", request.client.ToString()},
      {"sender", request.sender.ToString()},
      {"sender-is-ours", request.sender_is_ours ? "yes" : "no"}};
  for (const ScanOpinion& opinion : opinions) {
    made.decision.inputs.emplace_back(opinion.scanner, opinion.ToString());
  }
  if (made.decision.accepted() && !options.scanners.empty()) {
    message::VerdictField field = OpinionsField(opinions);
    field.verdict = made.verdict;
    field.unscannable = worst == Finding::kUnscannable;
    field.spam_flag = made.verdict == ContentVerdict::kSpam;
    made.fields = field.ToFields();
  }
  made.opinions = std::move(opinions);
  return made;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ContentPolicy>> ContentPolicy::Create(
    Options options) {
  absl::Status status = CheckScores(options);
  status.Update(CheckSteps(options.scanners));
  if (!status.ok()) return status;
  return std::unique_ptr<ContentPolicy>(new ContentPolicy(std::move(options)));
}

ContentDecision ContentPolicy::Decide(const ScanRequest& request,
                                      base::StringView header,
                                      ScanContent& content) const {
  std::vector<ScanOpinion> opinions;
  std::set<Finding> findings;
  const auto add = [&](const Step& step, std::string name, ScanResult said) {
    const Finding finding = Weigh(options_, said, step, request);
    opinions.push_back({std::move(name), std::move(said)});
    findings.insert(finding);
    return finding;
  };
  if (!options_.scanners.empty() && message::IsEncryptedMail(header)) {
    add({}, kHeaderName,
        {.outcome = ScanResult::Outcome::kUnscannable,
         .why = "the whole content is encrypted"});
  }
  for (const Step& step : options_.scanners) {
    if (IsFinal(add(step, step.scanner->name(),
                    Ask(options_, step, request, content)))) {
      break;
    }
  }
  return Conclude(options_, request, findings, std::move(opinions));
}

}  // namespace mailsec::policy
