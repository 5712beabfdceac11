#include "mailcore/server/queue/cut_through.h"

#include <optional>
#include <utility>

#include "mailcore/smtp/hop_answer.h"

namespace mailsec::server {
namespace {

using Fate = CutThroughRecipient::Fate;

// Our reply for one of the client's recipients, or nothing if we keep the
// message for somebody behind it.
std::optional<smtp::Reply> Refusal(
    const std::vector<CutThroughRecipient>& recipients, size_t origin,
    bool sender_is_ours) {
  std::optional<smtp::Reply> refusal;
  for (const CutThroughRecipient& recipient : recipients) {
    if (recipient.origin != origin) continue;
    switch (recipient.fate) {
      case Fate::kTaken:
      case Fate::kNotAsked:
        return std::nullopt;
      case Fate::kPutOff:
        if (sender_is_ours) return std::nullopt;
        break;
      case Fate::kRefused:
        break;
    }
    smtp::Reply answer = smtp::AnswerForHop(recipient.reply);
    const bool decides =
        !refusal || (answer.IsTransient() && !refusal->IsTransient());
    if (decides) refusal = std::move(answer);
  }
  return refusal;
}

}  // namespace

CutThroughAnswer AnswerCutThrough(
    const std::vector<CutThroughRecipient>& recipients, size_t origins,
    bool sender_is_ours, const smtp::Reply& stored) {
  CutThroughAnswer answer;
  answer.forget.assign(recipients.size(), false);
  for (size_t origin = 0; origin < origins; ++origin) {
    const std::optional<smtp::Reply> refusal =
        Refusal(recipients, origin, sender_is_ours);
    answer.replies.push_back(refusal.value_or(stored));
    if (!refusal) continue;
    for (size_t i = 0; i < recipients.size(); ++i) {
      if (recipients[i].origin == origin) answer.forget[i] = true;
    }
  }
  return answer;
}

}  // namespace mailsec::server
