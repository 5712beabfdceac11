#include "mailcore/spool/queue_id.h"

#include <algorithm>

#include "absl/numeric/int128.h"

namespace mailsec::spool {
namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr uint64_t kBase = 36;
constexpr size_t kMaxDigits = 13;  // 36^13 > 2^64.

}  // namespace

absl::StatusOr<QueueId> QueueId::Parse(base::StringView text) {
  if (text.empty() || text.size() > kMaxDigits || text[0] == '0') {
    return absl::InvalidArgumentError("not a queue id");
  }
  absl::uint128 value = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = value * kBase + (c - '0');
    } else if (c >= 'A' && c <= 'Z') {
      value = value * kBase + (c - 'A' + 10);
    } else {
      return absl::InvalidArgumentError("not a queue id");
    }
  }
  if (absl::Uint128High64(value) != 0) {
    return absl::InvalidArgumentError("not a queue id: too large");
  }
  return QueueId(absl::Uint128Low64(value));
}

std::string QueueId::ToString() const {
  std::string text;
  uint64_t rest = value_;
  do {
    text.push_back(kDigits[rest % kBase]);
    rest /= kBase;
  } while (rest != 0);
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace mailsec::spool
