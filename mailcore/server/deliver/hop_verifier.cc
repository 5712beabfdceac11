#include "mailcore/server/deliver/hop_verifier.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mailcore/smtp/hidden_address.h"
#include "mailcore/smtp/hop_answer.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::ForwardPath;
using policy::Answer;
using policy::VerifierAnswer;

// Of the DNS alone. Without an answer a client of ours is accepted, so it need
// not wait long. Ours.
constexpr absl::Duration kRoutePatience = absl::Seconds(5);

// Mailboxes behind one alias that are asked about, in the time for one. An
// alias with more is accepted, and its delivery tells. Ours.
constexpr size_t kMaxAsked = 10;

// Routes that lead to hosts which the DNS names, or the recipient itself.
bool IsFound(const route::Destination& to) {
  switch (to.kind) {
    case route::Destination::Kind::kMx:
    case route::Destination::Kind::kAddress:
    case route::Destination::Kind::kRefused:
      return true;
    case route::Destination::Kind::kNone:
    case route::Destination::Kind::kMaildir:
    case route::Destination::Kind::kLmtp:
    case route::Destination::Kind::kSmtp:
      return false;
  }
  return false;
}

// What a refusal at MAIL says of our question, and not of the recipient,
// decides nothing: the real message has another sender. That it is too large
// does.
bool SpeaksOfRecipient(const smtp::RecipientOutcome& outcome) {
  return outcome.stage == smtp::Stage::kRcpt ||
         (outcome.stage == smtp::Stage::kMail &&
          outcome.reply.status() == smtp::EnhancedStatus{5, 3, 4}) ||
         (outcome.stage == smtp::Stage::kMail && outcome.reply.code() == 552);
}

smtp::Reply Quoted(const smtp::RecipientOutcome& outcome) {
  const smtp::Reply answer = smtp::AnswerForHop(outcome.reply);
  return smtp::Reply(answer.code(), answer.status(),
                     outcome.from_peer
                         ? absl::StrCat("The next hop says: ", answer.text())
                         : answer.text());
}

// Without the mailboxes behind the alias that the client named; of more than
// kMaxAsked, nobody is asked.
smtp::Reply ForSender(const smtp::Reply& reply, const ForwardPath& named,
                      const std::vector<Address>& mailboxes) {
  std::vector<smtp::HiddenAddress> hidden;
  for (const Address& mailbox : mailboxes) {
    if (named.address() == nullptr ||
        named.address()->CanonicalKey() != mailbox.CanonicalKey()) {
      hidden.push_back({.hidden = mailbox, .shown = named});
    }
  }
  return hidden.empty() ? reply : smtp::WithoutAddresses(reply, hidden);
}

}  // namespace

std::optional<VerifierAnswer> HopVerifier::Verify(const ForwardPath& recipient,
                                                  uint64_t octets) {
  // The next hop does not know rewritten senders.
  if (routing_->srs != nullptr && recipient.address() != nullptr &&
      routing_->srs->IsOurs(*recipient.address())) {
    return std::nullopt;
  }
  const std::vector<Address> mailboxes = routing_->MailboxesOf(recipient);
  std::optional<VerifierAnswer> said =
      mailboxes.size() == 1
          ? VerifyOne(ForwardPath(mailboxes[0]), octets, patience_)
          : VerifyAny(mailboxes, octets);
  if (said) said->reply = ForSender(said->reply, recipient, mailboxes);
  return said;
}

std::optional<VerifierAnswer> HopVerifier::VerifyOne(
    const ForwardPath& mailbox, uint64_t octets,
    absl::Duration patience) const {
  const route::Destination to = routing_->router.Route(mailbox);
  if (to.verify) return VerifyAtHop(mailbox, octets, patience);
  return IsFound(to) ? VerifyRoute(mailbox) : std::nullopt;
}

// As the directory has it: an alias exists if somebody behind it does.
std::optional<VerifierAnswer> HopVerifier::VerifyAny(
    const std::vector<Address>& mailboxes, uint64_t octets) const {
  if (mailboxes.size() > kMaxAsked) return std::nullopt;
  for (const Address& mailbox : mailboxes) {
    if (!routing_->router.Route(ForwardPath(mailbox)).verify) {
      return std::nullopt;
    }
  }
  const absl::Duration patience =
      patience_ / static_cast<int64_t>(mailboxes.size());
  std::optional<VerifierAnswer> worst;
  for (const Address& mailbox : mailboxes) {
    std::optional<VerifierAnswer> said =
        VerifyOne(ForwardPath(mailbox), octets, patience);
    if (!said || said->answer == Answer::kYes) return said;
    if (!worst || said->answer == Answer::kCannotTell) worst = std::move(said);
  }
  return worst;
}

std::optional<HopVerifier::Said> HopVerifier::AskFor(
    HopQuestion question) const {
  const absl::Duration patience = question.patience;
  auto promise = std::make_shared<std::promise<Said>>();
  std::future<Said> future = promise->get_future();
  ask_(std::move(question),
       [promise](smtp::RecipientOutcome outcome, std::string hop) {
         promise->set_value({std::move(outcome), std::move(hop)});
       });
  if (future.wait_for(absl::ToChronoMilliseconds(patience)) !=
      std::future_status::ready) {
    return std::nullopt;
  }
  return future.get();
}

std::optional<VerifierAnswer> HopVerifier::VerifyRoute(
    const ForwardPath& recipient) const {
  const std::optional<Said> said =
      AskFor({.routing = routing_,
              .recipient = recipient,
              .only_route = true,
              .patience = std::min(patience_, kRoutePatience)});
  if (said && said->outcome.reply.IsPositive()) return std::nullopt;
  VerifierAnswer answer;
  answer.of_route = true;
  answer.reply = said ? said->outcome.reply
                      : smtp::Reply(451, {4, 4, 3},
                                    "The DNS does not answer; try again later");
  if (answer.reply.IsPermanent()) answer.answer = Answer::kNo;
  return answer;
}

std::optional<VerifierAnswer> HopVerifier::VerifyAtHop(
    const ForwardPath& recipient, uint64_t octets,
    absl::Duration patience) const {
  const std::optional<Said> said = AskFor({.routing = routing_,
                                           .recipient = recipient,
                                           .octets = octets,
                                           .patience = patience});
  VerifierAnswer answer;
  if (!said) {
    answer.reply = smtp::Reply(451, {4, 4, 1},
                               "The next hop does not answer; try again later");
    return answer;
  }
  const smtp::RecipientOutcome& outcome = said->outcome;
  answer.hop = said->hop;
  answer.reply = Quoted(outcome);
  if (answer.reply.IsPositive()) {
    answer.answer = Answer::kYes;
  } else if (!SpeaksOfRecipient(outcome)) {
    // The next hop is there and minds something else: the mail will tell.
    if (outcome.from_peer && outcome.stage == smtp::Stage::kMail) {
      return std::nullopt;
    }
    if (!answer.reply.IsTransient()) {
      answer.reply = smtp::Reply(451, {4, 4, 1}, answer.reply.text());
    }
  } else if (answer.reply.IsPermanent()) {
    answer.answer = Answer::kNo;
  }
  return answer;
}

}  // namespace mailsec::server
