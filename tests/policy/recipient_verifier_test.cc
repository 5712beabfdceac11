#include "mailcore/policy/recipient_verifier.h"

#include <optional>

#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::policy {
namespace {

using address::ForwardPath;

class CountingVerifier : public RecipientVerifier {
 public:
  std::optional<VerifierAnswer> Verify(const ForwardPath&, uint64_t) override {
    ++questions;
    return answer;
  }
  std::optional<VerifierAnswer> answer;
  int questions = 0;
};

class CachingVerifierTest : public testing::Test {
 protected:
  // How many of two questions, the second `later`, reach the next hop.
  int Questions(VerifierAnswer answer, uint64_t octets, uint64_t second_octets,
                absl::Duration later) {
    CachingVerifier verifier({}, &asked_, &clock_);
    asked_.answer = answer;
    asked_.questions = 0;
    const ForwardPath recipient = *ForwardPath::Parse("<bob@example.com>");
    verifier.Verify(recipient, octets);
    clock_.Advance(later);
    const std::optional<VerifierAnswer> second =
        verifier.Verify(recipient, second_octets);
    EXPECT_EQ(second->reply, answer.reply);
    EXPECT_EQ(second->remembered, asked_.questions == 1);
    return asked_.questions;
  }

  ManualClock clock_;
  CountingVerifier asked_;
};

const VerifierAnswer kYes = {
    .answer = Answer::kYes, .reply = smtp::Reply(250, "fine"), .hop = ""};
const VerifierAnswer kUnknown = {.answer = Answer::kNo,
                                 .reply = smtp::Reply(550, {5, 1, 1}, "nobody"),
                                 .hop = ""};
const VerifierAnswer kTooLarge = {.answer = Answer::kNo,
                                  .reply = smtp::Reply(552, {5, 3, 4}, "large"),
                                  .hop = ""};
const VerifierAnswer kCannotTell = {.answer = Answer::kCannotTell,
                                    .reply = smtp::Reply(451, {4, 4, 1}, "?"),
                                    .hop = ""};

TEST_F(CachingVerifierTest, RemembersWhatHolds) {
  EXPECT_EQ(Questions(kYes, 1000, 1000, absl::Minutes(9)), 1);
  EXPECT_EQ(Questions(kYes, 1000, 10, absl::Minutes(9)), 1);
  EXPECT_EQ(Questions(kYes, 1000, 1001, absl::Minutes(9)), 2);
  EXPECT_EQ(Questions(kYes, 1000, 1000, absl::Minutes(10)), 2);
  EXPECT_EQ(Questions(kUnknown, 1000, 10, absl::Minutes(4)), 1);
  EXPECT_EQ(Questions(kUnknown, 1000, 10, absl::Minutes(5)), 2);
  EXPECT_EQ(Questions(kTooLarge, 1000, 2000, absl::Seconds(50)), 1);
  EXPECT_EQ(Questions(kTooLarge, 1000, 999, absl::Seconds(50)), 2);
  EXPECT_EQ(Questions(kCannotTell, 1000, 1000, absl::ZeroDuration()), 2);
}

// Whoever looked the domain up remembers it, and for a shorter time.
TEST_F(CachingVerifierTest, WhatHoldsForADomainIsNotKeptUnderAnAddress) {
  VerifierAnswer null_mx = {.answer = Answer::kNo,
                            .reply = smtp::Reply(556, {5, 1, 10}, "none"),
                            .hop = ""};
  null_mx.of_route = true;
  EXPECT_EQ(Questions(null_mx, 0, 0, absl::ZeroDuration()), 2);
}

}  // namespace
}  // namespace mailsec::policy
