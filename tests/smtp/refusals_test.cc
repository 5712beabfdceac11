#include "mailcore/smtp/refusals.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec::smtp {
namespace {

struct BudgetCase {
  const char* name;
  RefusalKind kind;
  int want;  // So many of them, and no more, with 20 bad commands.
} constexpr kBudgetCases[] = {
    {"BadCommands", RefusalKind::kCommand, 20},
    {"PipelinedBehindARefusal", RefusalKind::kPipelined, 2000},
    {"Senders", RefusalKind::kSender, 40},
    {"Recipients", RefusalKind::kRecipient, 200},
    {"RecipientsForNow", RefusalKind::kRecipientForNow, 1000},
    {"ExcessRecipients", RefusalKind::kExcessRecipient, 2000},
    {"Messages", RefusalKind::kContent, 40},
    {"Logins", RefusalKind::kLogin, 5},
};
static_assert(std::size(kBudgetCases) == kRefusalKinds);

class RefusalBudgetTest : public testing::TestWithParam<BudgetCase> {};

TEST_P(RefusalBudgetTest, EndsAndGrowsSlow) {
  RefusalBudget budget(20);
  int refused = 0;
  absl::Duration all, longest, last;
  while (budget.Spend(GetParam().kind)) {
    ++refused;
    const absl::Duration pause = budget.TakePause();
    EXPECT_GE(pause, last);
    EXPECT_LE(pause, RefusalBudget::kLongestPause);
    if (refused <= GetParam().want / 4) {
      EXPECT_EQ(pause, absl::ZeroDuration());
    }
    last = pause;
    all += pause;
  }
  EXPECT_EQ(refused, GetParam().want);
  EXPECT_TRUE(budget.IsSpent());
  EXPECT_FALSE(budget.Spend(GetParam().kind));
  // Who is refused to the end has waited for it, and no client gives up on the
  // way (RFC 5321, 4.5.3.2: five minutes for one answer).
  EXPECT_GT(all, absl::Seconds(10));
  EXPECT_LT(all, absl::Seconds(160));
}

INSTANTIATE_TEST_SUITE_P(Table, RefusalBudgetTest,
                         testing::ValuesIn(kBudgetCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(RefusalBudgetTest, PausesAddUpUntilTheyAreTaken) {
  RefusalBudget singly(20), together(20);
  absl::Duration sum;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(singly.Spend(RefusalKind::kRecipient));
    sum += singly.TakePause();
    EXPECT_TRUE(together.Spend(RefusalKind::kRecipient));
  }
  EXPECT_EQ(together.TakePause(), sum);
  EXPECT_EQ(together.TakePause(), absl::ZeroDuration());
}

TEST(RefusalBudgetTest, WhatWasSpentElsewhereSlowsDownButEndsNothing) {
  for (const uint64_t before : {1500ul, 2000ul, 1000000ul}) {
    RefusalBudget budget(20, before);
    EXPECT_FALSE(budget.IsSpent());
    EXPECT_EQ(budget.TakeSpent(), 0);
    EXPECT_EQ(budget.TakePause(), absl::ZeroDuration());
    int refused = 0;
    while (budget.Spend(RefusalKind::kRecipient)) {
      EXPECT_GT(budget.TakePause(), absl::Seconds(1));
      ++refused;
    }
    EXPECT_EQ(refused, 50);  // A quarter of 200.
    EXPECT_EQ(budget.TakeSpent(), 510);
    EXPECT_EQ(budget.TakeSpent(), 0);
  }
  // And the other way round: a little before is a little less.
  RefusalBudget budget(20, 100);
  EXPECT_TRUE(budget.Spend(RefusalKind::kRecipient));
  EXPECT_EQ(budget.TakePause(), absl::ZeroDuration());
}

TEST(RefusalBudgetTest, WhatIsForgivenIsToldToo) {
  RefusalBudget budget(20);
  EXPECT_TRUE(budget.Spend(RefusalKind::kRecipient));
  EXPECT_EQ(budget.TakeSpent(), 10);
  budget.Forgive();
  EXPECT_EQ(budget.TakeSpent(), -20);
}

TEST(RefusalBudgetTest, GoodMailForgivesALittle) {
  RefusalBudget budget(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(budget.Spend(RefusalKind::kRecipient));
    EXPECT_TRUE(budget.Spend(RefusalKind::kRecipient));
    budget.Forgive();
  }
  budget.Forgive();  // Nothing is saved up.
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(budget.Spend(RefusalKind::kRecipient));
  }
  EXPECT_FALSE(budget.Spend(RefusalKind::kRecipient));
}

TEST(RefusalBudgetTest, NoneAtAllIsABudgetToo) {
  RefusalBudget budget(0);
  EXPECT_FALSE(budget.IsSpent());
  EXPECT_FALSE(budget.Spend(RefusalKind::kExcessRecipient));
}

}  // namespace
}  // namespace mailsec::smtp
