// Delivery against a model: random next hops, names, faults of hosts, of the
// DNS and of the disk, reloads, jumps of the clock, operators and kills.
//
// Whatever happens, nothing is lost, nothing is delivered or reported twice but
// where SMTP cannot know, and every message ends as delivered, returned or
// held, or waits for a time that is right.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/deliver/delivery_history.h"

namespace mailsec::server {
namespace {

constexpr uint64_t kHistories = 10000;
constexpr uint64_t kTests = 8;  // Shared out over the shards.

class DeliveryModelTest : public testing::TestWithParam<uint64_t> {};

TEST_P(DeliveryModelTest, WhateverHappensNoMailIsLostOrDoubled) {
  const char* const only = std::getenv("HISTORY");  // One history, again.
  uint64_t histories = 0;
  for (uint64_t seed = GetParam(); seed < kHistories; seed += kTests) {
    if (only != nullptr && std::to_string(seed) != only) continue;
    SCOPED_TRACE(absl::StrCat("HISTORY=", seed));
    History(seed).Run();
    if (HasFailure()) break;
    ++histories;
  }
  std::cout << histories << " histories; so far " << figures.messages
            << " messages to " << figures.recipients << " recipients, "
            << figures.taken << " copies taken, " << figures.told
            << " failures told, " << figures.refused_to_client
            << " messages refused to waiting clients, " << figures.bounced
            << " given up by operators; " << figures.unheard
            << " answers lost, " << figures.kills << " kills, "
            << figures.crashes << " crashes with " << figures.lost_records
            << " records lost, " << figures.jumps << " jumps, "
            << figures.reloads << " reloads; " << figures.uncertain
            << " of messages that the spool did not take, "
            << figures.unheard_of << " of senders that refuse to hear of it\n";
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeliveryModelTest,
                         testing::Range(uint64_t{0}, kTests));

TEST(LivingExchangerTest, IsFoundInTheFirstAttempt) {
  for (uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed).FindTheLivingExchanger();
  }
}

}  // namespace
}  // namespace mailsec::server
