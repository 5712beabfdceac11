#include "mailcore/watch/signature_age.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::watch {
namespace {

using base::Event;

class SignatureAgeTest : public testing::Test {
 protected:
  void Made(absl::Duration ago) { age_.Note("clamd", clock_.Now() - ago); }
  void Silent() { age_.Note("clamd", absl::UnavailableError("refused")); }

  // The ids of all events, in order.
  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const Event& event : sink_.events()) ids.push_back(event.type().id);
    return ids;
  }

  ManualClock clock_;
  RecordingEventSink sink_;
  SignatureAge age_{{.max_age = absl::Hours(48), .max_silence = absl::Hours(2)},
                    &clock_,
                    &sink_};
};

TEST_F(SignatureAgeTest, FreshOnesRaiseNothing) {
  Made(absl::Hours(1));
  Made(absl::Hours(48));  // Not older than the limit.
  EXPECT_FALSE(age_.IsOld("clamd"));
  EXPECT_EQ(Ids(), std::vector<std::string>{});
}

TEST_F(SignatureAgeTest, OldOnesRaiseOneAlarm) {
  Made(absl::Hours(48) + absl::Seconds(1));
  EXPECT_TRUE(age_.IsOld("clamd"));
  Made(absl::Hours(49));
  Made(absl::Hours(50));
  ASSERT_EQ(Ids(), std::vector<std::string>{"watch.signatures_old"});
  const Event event = sink_.events()[0];
  EXPECT_EQ(event.type().severity, base::Severity::kAlarm);
  EXPECT_EQ(event.Get("scanner"), "clamd");
  EXPECT_EQ(event.Get("age_hours"), "48");
  EXPECT_EQ(event.Get("limit_hours"), "48");
  EXPECT_EQ(event.Get("made"), "2025-11-23T09:59:59+00:00");
}

TEST_F(SignatureAgeTest, TheyAreOldBeforeAnybodyAsksAgain) {
  Made(absl::Hours(47));
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(age_.IsOld("clamd"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(age_.IsOld("clamd"));
  EXPECT_EQ(Ids(), std::vector<std::string>{});  // Told at the next Note().
}

TEST_F(SignatureAgeTest, EachChangeIsToldOnce) {
  Made(absl::Hours(100));
  Made(absl::Hours(1));
  Made(absl::Hours(2));
  Made(absl::Hours(100));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"watch.signatures_old",
                                             "watch.signatures_fresh",
                                             "watch.signatures_old"}));
}

TEST_F(SignatureAgeTest, ShortSilenceIsNoAlarm) {
  Made(absl::Hours(1));
  Silent();
  clock_.Advance(absl::Hours(1));
  Silent();
  EXPECT_FALSE(age_.IsOld("clamd"));
  Made(absl::Hours(1));  // The silence is over.
  clock_.Advance(absl::Hours(1));
  Silent();
  clock_.Advance(absl::Minutes(119));
  Silent();
  EXPECT_EQ(Ids(), std::vector<std::string>{});
}

TEST_F(SignatureAgeTest, LongSilenceIsAnAlarmAndCountsAsOld) {
  Silent();
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(age_.IsOld("clamd"));
  Silent();
  Silent();
  ASSERT_EQ(Ids(), std::vector<std::string>{"watch.signatures_unknown"});
  EXPECT_EQ(sink_.events()[0].Get("why"), "refused");
  Made(absl::Hours(3));
  EXPECT_EQ(Ids().back(), "watch.signatures_fresh");
  EXPECT_FALSE(age_.IsOld("clamd"));
}

TEST_F(SignatureAgeTest, WhatWasOldStaysOldInSilence) {
  Made(absl::Hours(49));
  Silent();
  clock_.Advance(absl::Hours(3));
  Silent();
  EXPECT_EQ(Ids(), std::vector<std::string>{"watch.signatures_old"});
}

TEST_F(SignatureAgeTest, WhoHasNoneIsNeverOld) {
  age_.Note("rules", absl::NotFoundError("it has none"));
  clock_.Advance(absl::Hours(1000));
  EXPECT_FALSE(age_.IsOld("rules"));
  EXPECT_FALSE(age_.IsOld("never noted"));
  EXPECT_EQ(age_.LastKnown("rules"), std::nullopt);
  EXPECT_EQ(Ids(), std::vector<std::string>{});
}

TEST_F(SignatureAgeTest, ScannersDoNotMix) {
  Made(absl::Hours(100));
  age_.Note("rspamd", clock_.Now());
  EXPECT_TRUE(age_.IsOld("clamd"));
  EXPECT_FALSE(age_.IsOld("rspamd"));
  EXPECT_EQ(age_.LastKnown("rspamd"), clock_.Now());
}

TEST_F(SignatureAgeTest, AClockThatIsSetBackMakesNothingOld) {
  clock_.SetNow(clock_.Now() - absl::Hours(1000));
  Made(-absl::Hours(500));
  EXPECT_FALSE(age_.IsOld("clamd"));
  EXPECT_EQ(Ids(), std::vector<std::string>{});
}

}  // namespace
}  // namespace mailsec::watch
