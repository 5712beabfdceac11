#include "mailcore/server/receive/refusal_ledger.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mailsec::server {
namespace {

constexpr size_t kBadCommands = 20;  // 2000 hundredths.

class RefusalLedgerTest : public testing::Test {
 protected:
  static ip::IpAddress Ip(absl::string_view text) {
    return *ip::IpAddress::Parse(text);
  }
  void Add(absl::string_view client, int64_t amount) {
    ledger_.Add(Ip(client), amount, kBadCommands, uptime_);
  }
  uint64_t Spent(absl::string_view client) {
    return ledger_.Spent(Ip(client), kBadCommands, uptime_);
  }

  RefusalLedger ledger_{3};
  absl::Duration uptime_ = absl::Hours(5);
};

TEST_F(RefusalLedgerTest, SessionsOfOneNetworkAddUp) {
  Add("192.0.2.7", 300);
  Add("192.0.2.7", 400);
  Add("2001:db8::1", 100);
  Add("2001:db8::ffff:2", 10);
  EXPECT_EQ(Spent("192.0.2.7"), 700u);
  EXPECT_EQ(Spent("192.0.2.8"), 0u);
  EXPECT_EQ(Spent("2001:db8::3"), 110u);
  EXPECT_EQ(Spent("2001:db8:0:1::3"), 0u);
}

TEST_F(RefusalLedgerTest, NoMoreThanOneBudgetIsKept) {
  Add("192.0.2.7", 300000);
  EXPECT_EQ(Spent("192.0.2.7"), 2000u);
  Add("192.0.2.7", std::numeric_limits<int64_t>::max() - 2000);
  EXPECT_EQ(Spent("192.0.2.7"), 2000u);
}

TEST_F(RefusalLedgerTest, AnHourGivesAllBack) {
  Add("192.0.2.7", 1000);
  uptime_ += absl::Minutes(15);
  EXPECT_EQ(Spent("192.0.2.7"), 500u);
  Add("192.0.2.7", 1500);
  uptime_ += absl::Minutes(30);
  EXPECT_EQ(Spent("192.0.2.7"), 1000u);
  uptime_ += absl::Minutes(30);
  EXPECT_EQ(Spent("192.0.2.7"), 0u);
}

TEST_F(RefusalLedgerTest, GoodMailForgivesAndNothingIsSavedUp) {
  Add("192.0.2.7", 30);
  Add("192.0.2.7", -20);
  EXPECT_EQ(Spent("192.0.2.7"), 10u);
  Add("192.0.2.7", -20);
  EXPECT_EQ(Spent("192.0.2.7"), 0u);
  Add("192.0.2.7", -20);
  EXPECT_EQ(ledger_.networks(), 0u);
  Add("192.0.2.7", 30);
  EXPECT_EQ(Spent("192.0.2.7"), 30u);
}

TEST_F(RefusalLedgerTest, MemoryIsBounded) {
  for (int i = 0; i < 100; ++i) Add(absl::StrCat("192.0.2.", i), 1000);
  EXPECT_EQ(ledger_.networks(), 3u);
  EXPECT_EQ(Spent("192.0.2.0"), 1000u);  // It is not pushed out,
  EXPECT_EQ(Spent("192.0.2.99"), 0u);    // and others are as if alone,
  uptime_ += absl::Hours(1);
  Add("192.0.2.99", 1000);  // until there is room.
  EXPECT_EQ(Spent("192.0.2.99"), 1000u);
  EXPECT_EQ(ledger_.networks(), 1u);
}

TEST_F(RefusalLedgerTest, ASmallerBudgetHoldsAtOnce) {
  Add("192.0.2.7", 2000);
  EXPECT_EQ(ledger_.Spent(Ip("192.0.2.7"), 1, uptime_), 100u);
  EXPECT_EQ(ledger_.Spent(Ip("192.0.2.7"), 0, uptime_), 0u);
}

}  // namespace
}  // namespace mailsec::server
