#include "mailcore/smtp/refusals.h"

#include <algorithm>
#include <utility>

namespace mailsec::smtp {
namespace {

// In hundredths of a bad command; how often the usual budget of 20 bad commands
// covers it. All ours.
constexpr struct {
  RefusalKind kind;
  uint64_t cost;
} kCosts[kRefusalKinds] = {
    {RefusalKind::kCommand, 100},        //   20
    {RefusalKind::kPipelined, 1},        // 2000
    {RefusalKind::kSender, 50},          //   40
    {RefusalKind::kRecipient, 10},       //  200
    {RefusalKind::kRecipientForNow, 2},  // 1000
    {RefusalKind::kExcessRecipient, 1},  // 2000; RFC 5321, 4.5.3.1.10.
    {RefusalKind::kContent, 50},         //   40
    {RefusalKind::kLogin, 400},          //    5
};
constexpr uint64_t kForgiven = 20;

// The pause that a hundredth costs when nearly nothing is left. With 20 bad
// commands, the pauses of a session are at most 150 seconds together: less than
// clients wait for one answer (RFC 5321, 4.5.3.2). Ours.
constexpr absl::Duration kPause = absl::Milliseconds(200);

uint64_t CostOf(RefusalKind kind) {
  for (const auto& row : kCosts) {
    if (row.kind == kind) return row.cost;
  }
  return 0;
}

}  // namespace

RefusalBudget::RefusalBudget(size_t max_bad_commands, uint64_t spent_before)
    : budget_(uint64_t{max_bad_commands} * CostOf(RefusalKind::kCommand)),
      spent_(std::min(spent_before, budget_ - budget_ / 4)) {}

bool RefusalBudget::Spend(RefusalKind kind) {
  const uint64_t cost = CostOf(kind);
  spent_ += cost;
  not_told_ += static_cast<int64_t>(cost);
  if (IsSpent()) return false;
  const uint64_t free = budget_ / 4;
  if (spent_ > free) {
    const double used = static_cast<double>(spent_ - free) /
                        static_cast<double>(budget_ - free);
    pause_ +=
        std::min(kLongestPause, kPause * static_cast<double>(cost) * used);
  }
  return true;
}

void RefusalBudget::Forgive() {
  spent_ -= std::min(spent_, kForgiven);
  not_told_ -= static_cast<int64_t>(kForgiven);
}

int64_t RefusalBudget::TakeSpent() { return std::exchange(not_told_, 0); }

absl::Duration RefusalBudget::TakePause() {
  return std::exchange(pause_, absl::ZeroDuration());
}

}  // namespace mailsec::smtp
