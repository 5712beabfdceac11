#include "mailcore/server/queue/cut_through.h"

namespace mailsec::server {
namespace {

using Fate = CutThroughRecipient::Fate;

// Our reply for one of the client's recipients, or nothing if we keep the
// message for somebody behind it.
const smtp::Reply* Refusal(const std::vector<CutThroughRecipient>& recipients,
                           size_t origin, bool sender_is_ours) {
  const smtp::Reply* refusal = nullptr;
  for (const CutThroughRecipient& recipient : recipients) {
    if (recipient.origin != origin) continue;
    switch (recipient.fate) {
      case Fate::kTaken:
      case Fate::kNotAsked:
        return nullptr;
      case Fate::kPutOff:
        if (sender_is_ours) return nullptr;
        if (refusal == nullptr || !refusal->IsTransient()) {
          refusal = &recipient.reply;
        }
        break;
      case Fate::kRefused:
        if (refusal == nullptr) refusal = &recipient.reply;
        break;
    }
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
    const smtp::Reply* refusal = Refusal(recipients, origin, sender_is_ours);
    answer.replies.push_back(refusal == nullptr ? stored : *refusal);
    if (refusal == nullptr) continue;
    for (size_t i = 0; i < recipients.size(); ++i) {
      if (recipients[i].origin == origin) answer.forget[i] = true;
    }
  }
  return answer;
}

}  // namespace mailsec::server
