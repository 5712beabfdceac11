#include "mailcore/server/hop_verifier.h"

#include <future>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mailsec::server {
namespace {

using policy::Answer;
using policy::VerifierAnswer;

struct Said {
  smtp::RecipientOutcome outcome;
  std::string hop;
};

// What a refusal at MAIL says of our question, and not of the recipient,
// decides nothing: the real message has another sender. That it is too large
// does.
bool SpeaksOfRecipient(const smtp::RecipientOutcome& outcome) {
  return outcome.stage == smtp::Stage::kRcpt ||
         (outcome.stage == smtp::Stage::kMail &&
          outcome.reply.status() == smtp::EnhancedStatus{5, 3, 4}) ||
         (outcome.stage == smtp::Stage::kMail && outcome.reply.code() == 552);
}

smtp::Reply Quoted(const Said& said) {
  return smtp::Reply(
      said.outcome.reply.code(), said.outcome.reply.status(),
      said.outcome.from_peer
          ? absl::StrCat("The next hop says: ", said.outcome.reply.text())
          : said.outcome.reply.text());
}

}  // namespace

void HopVerifier::SetRouting(std::shared_ptr<const Routing> routing) {
  const std::lock_guard<std::mutex> lock(mutex_);
  routing_ = std::move(routing);
}

std::optional<VerifierAnswer> HopVerifier::Verify(const ForwardPath& recipient,
                                                  uint64_t octets) {
  std::shared_ptr<const Routing> routing;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    routing = routing_;
  }
  if (routing == nullptr) return std::nullopt;
  // Of an alias, the mailboxes behind it are asked when it is expanded.
  if (recipient.address() != nullptr &&
      !routing->aliases.Expand(*recipient.address()).empty()) {
    return std::nullopt;
  }
  if (!routing->router.Route(recipient).verify) return std::nullopt;
  auto promise = std::make_shared<std::promise<Said>>();
  std::future<Said> future = promise->get_future();
  ask_({.recipient = recipient, .octets = octets, .patience = patience_},
       [promise](smtp::RecipientOutcome outcome, std::string hop) {
         promise->set_value({std::move(outcome), std::move(hop)});
       });
  VerifierAnswer answer;
  if (future.wait_for(absl::ToChronoMilliseconds(patience_)) !=
      std::future_status::ready) {
    answer.reply = smtp::Reply(451, {4, 4, 1},
                               "The next hop does not answer; try again later");
    return answer;
  }
  const Said said = future.get();
  answer.hop = said.hop;
  answer.reply = Quoted(said);
  if (said.outcome.reply.IsPositive()) {
    answer.answer = Answer::kYes;
  } else if (!SpeaksOfRecipient(said.outcome)) {
    // The next hop is there and minds something else: the mail will tell.
    if (said.outcome.from_peer && said.outcome.stage == smtp::Stage::kMail) {
      return std::nullopt;
    }
    if (!answer.reply.IsTransient()) {
      answer.reply = smtp::Reply(451, {4, 4, 1}, answer.reply.text());
    }
  } else if (said.outcome.reply.IsPermanent()) {
    answer.answer = Answer::kNo;
  }
  return answer;
}

}  // namespace mailsec::server
