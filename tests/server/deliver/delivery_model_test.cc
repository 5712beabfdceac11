// Delivery against a model: random next hops, names, faults of hosts, of the
// DNS and of the disk, reloads, jumps of the clock, operators and kills.
//
// Whatever happens, nothing is lost, nothing is delivered or reported twice but
// where SMTP cannot know, and every message ends as delivered, returned or
// held, or waits for a time that is right.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/deliver/delivery_history.h"

namespace mailsec::server {
namespace {

TEST(DeliveryModelTest, WhateverHappensNoMailIsLostOrDoubled) {
  const char* const only = std::getenv("HISTORY");
  const uint64_t first = only == nullptr ? 0 : std::strtoull(only, nullptr, 10);
  const uint64_t last = only == nullptr ? 10000 : first + 1;
  for (uint64_t seed = first; seed < last; ++seed) {
    SCOPED_TRACE(absl::StrCat("HISTORY=", seed));
    History(seed).Run();
    if (HasFailure()) break;
  }
  std::cout << last - first << " histories: " << figures.messages
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

TEST(DeliveryModelTest, ALivingExchangerIsFoundInTheFirstAttempt) {
  for (uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed).FindTheLivingExchanger();
  }
}

}  // namespace
}  // namespace mailsec::server
