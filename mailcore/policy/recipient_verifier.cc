#include "mailcore/policy/recipient_verifier.h"

#include <utility>

namespace mailsec::policy {
namespace {

using address::ForwardPath;

// RFC 3463, 3.2: X.1.x speaks of the address.
bool IsUnknown(const smtp::Reply& reply) {
  return reply.status().subject == 1 ||
         (reply.status().IsNone() && reply.code() == 550);
}

std::string KeyOf(const ForwardPath& recipient) {
  return recipient.IsBarePostmaster() ? "postmaster"
                                      : recipient.address()->CanonicalKey();
}

}  // namespace

std::optional<VerifierAnswer> CachingVerifier::Verify(
    const ForwardPath& recipient, uint64_t octets) {
  const std::string key = KeyOf(recipient);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && Holds(found->second, octets)) {
      VerifierAnswer answer = found->second.answer;
      answer.remembered = true;
      return answer;
    }
  }
  const std::optional<VerifierAnswer> answer =
      asked_->Verify(recipient, octets);
  if (answer && answer->answer != Answer::kCannotTell && !answer->of_route) {
    Remember(key, *answer, octets);
  }
  return answer;
}

bool CachingVerifier::Holds(const Entry& entry, uint64_t octets) const {
  if (clock_->Uptime() >= entry.until) return false;
  if (entry.answer.answer == Answer::kYes) return octets <= entry.octets;
  return IsUnknown(entry.answer.reply) || octets >= entry.octets;
}

void CachingVerifier::Remember(const std::string& key,
                               const VerifierAnswer& answer, uint64_t octets) {
  const absl::Duration life = answer.answer == Answer::kYes ? options_.yes
                              : IsUnknown(answer.reply)     ? options_.unknown
                                                            : options_.other_no;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    ages_.erase(found->second.age);
  } else if (entries_.size() >= options_.max_entries) {
    entries_.erase(ages_.front());
    ages_.pop_front();
  }
  ages_.push_back(key);
  entries_[key] = {.answer = answer,
                   .octets = octets,
                   .until = clock_->Uptime() + life,
                   .age = std::prev(ages_.end())};
}

void CachingVerifier::Forget() {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.clear();
  ages_.clear();
}

}  // namespace mailsec::policy
