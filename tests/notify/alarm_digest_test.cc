#include "mailcore/notify/alarm_digest.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::notify {
namespace {

using base::Event;
using base::EventType;
using base::LogClass;

constexpr EventType kNdn = {"ndn.sent", base::Severity::kAlarm,
                            LogClass::kPersonal, "R20",
                            "A notification is sent."};
constexpr EventType kDamage = {"spool.damage", base::Severity::kAlarm,
                               LogClass::kOperational, "R4",
                               "Stored mail was altered."};

class AlarmDigestTest : public testing::Test {
 protected:
  void Alarm(const EventType& type = kNdn, absl::string_view cause = "other") {
    digest_.Add(Event(type, clock_.Now())
                    .With("id", absl::StrCat(++number_))
                    .With("cause", cause),
                clock_.Uptime());
  }

  // Lets time pass in seconds until a mail is due, and takes it. How long that
  // was; -1 if none came in a day.
  int WaitForMail() {
    for (int seconds = 0; seconds <= 24 * 3600; ++seconds) {
      if (clock_.Uptime() >= digest_.NextDue()) {
        mail_ = digest_.Take(clock_.Uptime());
        return seconds;
      }
      clock_.Advance(absl::Seconds(1));
    }
    return -1;
  }

  ManualClock clock_;
  AlarmDigest digest_;
  Alarms mail_;
  int number_ = 0;
};

TEST_F(AlarmDigestTest, NothingIsMailedWithoutAnAlarm) {
  EXPECT_TRUE(digest_.empty());
  EXPECT_EQ(WaitForMail(), -1);
}

// R20: at once for the first, then at most hourly.
TEST_F(AlarmDigestTest, TheFirstComesAtOnceAndTheOthersTogetherAnHourLater) {
  Alarm();
  EXPECT_EQ(WaitForMail(), 1);
  EXPECT_EQ(mail_.count, 1u);
  for (int i = 0; i < 10; ++i) {
    Alarm();
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(WaitForMail(), 50 * 60);
  EXPECT_EQ(mail_.count, 10u);
  EXPECT_EQ(WaitForMail(), -1);
  Alarm();  // After a day of rest.
  EXPECT_EQ(WaitForMail(), 1);
}

TEST_F(AlarmDigestTest, TheIntervalCanBeChanged) {
  Alarm();
  EXPECT_EQ(WaitForMail(), 1);
  Alarm();
  digest_.SetInterval(absl::Minutes(5));
  EXPECT_EQ(WaitForMail(), 5 * 60);
}

TEST_F(AlarmDigestTest, AClockThatIsSetNeitherDelaysNorRepeatsAMail) {
  Alarm();
  EXPECT_EQ(WaitForMail(), 1);
  Alarm();
  clock_.SetNow(clock_.Now() - absl::Hours(1000));
  EXPECT_EQ(WaitForMail(), 3600);
  Alarm();
  clock_.SetNow(clock_.Now() + absl::Hours(2000));
  EXPECT_EQ(WaitForMail(), 3600);
}

TEST_F(AlarmDigestTest, AlarmsAreSortedByWhatHappenedAndWhy) {
  Alarm(kNdn, "too-large");
  Alarm(kDamage, "");
  Alarm(kNdn, "mailbox-full");
  Alarm(kNdn, "too-large");
  WaitForMail();
  ASSERT_EQ(mail_.kinds.size(), 3u);
  EXPECT_EQ(mail_.kinds[0].cause, "too-large");
  EXPECT_EQ(mail_.kinds[0].count, 2u);
  EXPECT_EQ(mail_.kinds[0].shown[1].fields[0].second, "4");
  EXPECT_STREQ(mail_.kinds[1].type->id, "spool.damage");
  EXPECT_EQ(mail_.kinds[2].cause, "mailbox-full");
}

TEST_F(AlarmDigestTest, WhatCouldNotBeMailedComesAgainWithWhatIsNew) {
  Alarm(kNdn, "too-large");
  WaitForMail();
  Alarm(kNdn, "too-large");
  Alarm(kDamage, "");
  digest_.PutBack(mail_, clock_.Uptime());
  EXPECT_EQ(WaitForMail(), 60);
  EXPECT_EQ(mail_.count, 3u);
  ASSERT_EQ(mail_.kinds.size(), 2u);
  EXPECT_EQ(mail_.kinds[0].count, 2u);
  EXPECT_EQ(mail_.kinds[0].shown[0].fields[0].second, "1");
  // The pause was for the failure; the interval counts from the mail.
  Alarm();
  EXPECT_EQ(WaitForMail(), 3600);
}

TEST_F(AlarmDigestTest, WithNothingNewItIsTriedAgainAllTheSame) {
  Alarm();
  WaitForMail();
  digest_.PutBack(mail_, clock_.Uptime());
  EXPECT_EQ(WaitForMail(), 60);
  EXPECT_EQ(mail_.count, 1u);
}

size_t Shown(const Alarms& alarms) {
  size_t shown = 0;
  for (const AlarmKind& kind : alarms.kinds) shown += kind.shown.size();
  return shown;
}

uint64_t Counted(const Alarms& alarms) {
  uint64_t counted = alarms.of_other_kinds;
  for (const AlarmKind& kind : alarms.kinds) counted += kind.count;
  return counted;
}

TEST_F(AlarmDigestTest, MemoryIsBoundedAndWhatIsLeftOutIsCounted) {
  for (int i = 0; i < 100000; ++i) Alarm(kNdn, absl::StrCat(i % 100));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(WaitForMail(), round == 0 ? 1 : 60);
    EXPECT_EQ(mail_.count, 100000u);
    EXPECT_EQ(Counted(mail_), 100000u);
    EXPECT_EQ(mail_.of_other_kinds, 50000u);
    EXPECT_EQ(mail_.kinds.size(), kMaxAlarmKinds);
    EXPECT_LE(Shown(mail_), kMaxAlarms);
    EXPECT_GE(Shown(mail_), kMaxAlarmKinds);
    digest_.PutBack(mail_, clock_.Uptime());
  }
  for (int i = 0; i < 50000; ++i) Alarm(kNdn, absl::StrCat("new", i % 100));
  EXPECT_EQ(WaitForMail(), 60);
  EXPECT_EQ(mail_.kinds.size(), kMaxAlarmKinds);
  EXPECT_EQ(Counted(mail_), 150000u);
  EXPECT_LE(Shown(mail_), kMaxAlarms);
}

TEST_F(AlarmDigestTest, OfOneKindTheFirstAreShown) {
  for (int i = 0; i < 1000; ++i) Alarm();
  WaitForMail();
  ASSERT_EQ(mail_.kinds.size(), 1u);
  EXPECT_EQ(mail_.kinds[0].shown.size(), kMaxAlarmsOfKind);
  EXPECT_EQ(mail_.kinds[0].count, 1000u);
}

TEST_F(AlarmDigestTest, FieldsAreSafeAndBounded) {
  Event event(kNdn, clock_.Now());
  for (int i = 0; i < 100; ++i) {
    std::move(event).With("reply", std::string(10000, '\r'));
  }
  digest_.Add(event, clock_.Uptime());
  WaitForMail();
  const std::vector<std::pair<const char*, std::string>>& fields =
      mail_.kinds[0].shown[0].fields;
  ASSERT_EQ(fields.size(), kMaxAlarmFields);
  for (const auto& [key, value] : fields) {
    EXPECT_LE(value.size(), kMaxAlarmValueOctets);
    EXPECT_EQ(value.find('\r'), std::string::npos);
  }
}

}  // namespace
}  // namespace mailsec::notify
