// R20: every alarm reaches administrator and deputy, and no mail about alarms
// causes another one.

#include "mailcore/server/tell/alarm_mailer.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/spool/spool_events.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AlarmMailerTest : public testing::Test {
 protected:
  AlarmMailerTest() {
    auto store =
        std::make_unique<FailingStore>(std::make_unique<spool::MemoryStore>());
    store_ = store.get();
    spool_ = *spool::Spool::OpenStore(spool::SpoolOptions(), std::move(store),
                                      nullptr, &clock_);
    writer_ = std::make_unique<io::SpoolWriter>(spool_.get());
  }

  std::shared_ptr<const Snapshot> Alarms(const char* administrator,
                                         const char* deputy,
                                         const char* aliases = "") {
    Settings config;
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" })",
                              "/dir/F", &config)
                    .empty());
    std::vector<base::TextError> errors;
    auto table = route::AliasTable::Parse(
        aliases, {*Domain::Parse("example.org")}, &errors);
    EXPECT_TRUE(table.ok());
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->alarm_mail = notify::AlarmMailOptions{
        .hostname = "mx.example.org",
        .from = *Address::Parse("postmaster@example.org"),
        .to = {*Address::Parse(administrator), *Address::Parse(deputy)}};
    snapshot->routing = *MakeRouting(config, *std::move(table), {}, &dns_);
    snapshot->governor =
        std::make_shared<policy::Governor>(policy::Governor::Options{
            .own_domains = {*Domain::Parse("example.org")},
            .operators =
                operators_.empty() ? snapshot->alarm_mail->to : operators_,
            .alarms = alarms_});
    return snapshot;
  }

  void Start(std::shared_ptr<const Snapshot> snapshot = nullptr) {
    if (snapshot == nullptr) {
      snapshot = Alarms("admin@example.org", "deputy@example.org");
    }
    mailer_ = std::make_unique<AlarmMailer>(&log_, &clock_);
    Begin(std::move(snapshot));
  }

  void Begin(std::shared_ptr<const Snapshot> snapshot) {
    parts_.spool = spool_.get();
    parts_.writer = writer_.get();
    parts_.wake = [] {};
    current_.Set(std::move(snapshot));
    mailer_->Start(&parts_, &current_);
  }

  void Alarm(absl::string_view id = "NOSUCH",
             const base::EventType& type = events::kNotified) {
    mailer_->Record(base::Event(type, clock_.Now()).With("id", id));
  }

  // Time passes, and the mailer's thread sees that.
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    current_.Set(Alarms("admin@example.org", "deputy@example.org"));
    mailer_->Wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  template <typename Question>
  bool Eventually(Question question) {
    for (int i = 0; i < 1000; ++i) {
      if (question()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  std::vector<std::string> Recipients(const spool::Envelope& envelope) {
    std::vector<std::string> out;
    for (const spool::Recipient& recipient : envelope.recipients) {
      out.push_back(absl::StrCat(recipient.path.ToString(),
                                 recipient.local_only ? " inside" : ""));
    }
    return out;
  }

  std::string Content(spool::QueueId id) {
    auto reader = *spool_->OpenContent(id);
    const auto piece = reader->Next();
    return std::string(piece->data(), piece->size());
  }

  ManualClock clock_;
  dns::FakeResolver dns_;
  RecordingEventSink log_;
  FailingStore* store_;  // Owned by the spool.
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<io::SpoolWriter> writer_;
  Parts parts_;
  Current<Snapshot> current_;
  std::unique_ptr<AlarmMailer> mailer_;
  std::vector<Address> operators_;  // Empty: administrator and deputy.
  policy::Governor::Bound alarms_ = {.burst = 60, .interval = absl::Minutes(1)};
};

TEST_F(AlarmMailerTest, MailsTheFirstAlarmAtOnceAndTheRestLater) {
  Start();
  Alarm();
  Alarm();
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
  const spool::QueueEntry entry = spool_->List()[0];
  const spool::Envelope envelope = *spool_->ReadEnvelope(entry.id);
  EXPECT_TRUE(envelope.sender.IsNull());
  EXPECT_TRUE(envelope.sender_is_ours);
  EXPECT_TRUE(envelope.automatic);
  EXPECT_TRUE(envelope.recipients[0].parameters.notify.never);
  EXPECT_THAT(Recipients(envelope), ElementsAre("<admin@example.org> inside",
                                                "<deputy@example.org> inside"));
  EXPECT_THAT(Content(entry.id), HasSubstr("Alarms: 2."));
  EXPECT_LE(entry.next_attempt, clock_.Now());
  Alarm();
  Pass(absl::Minutes(59));
  EXPECT_EQ(spool_->List().size(), 1u);
  Pass(absl::Minutes(1));
  EXPECT_TRUE(Eventually([&] { return spool_->List().size() == 2; }));
  EXPECT_EQ(log_.Count("alarm.mailed"), 2);
  EXPECT_EQ(log_.Count("ndn.sent"), 3);  // Each event is passed on.
}

TEST_F(AlarmMailerTest, WhatIsNoAlarmIsOnlyPassedOn) {
  Start();
  Alarm("NOSUCH", events::kFailed);
  Alarm("NOSUCH", events::kNotNotified);
  Alarm("NOSUCH", events::kConfirmed);
  Pass(absl::Hours(2));
  EXPECT_TRUE(spool_->List().empty());
  EXPECT_EQ(log_.events().size(), 3u);
}

TEST_F(AlarmMailerTest, OutsideAdministratorsAreReachedOutside) {
  Start(Alarms("admin@example.net", "deputy@example.org"));
  Alarm();
  mailer_->Stop();
  ASSERT_EQ(spool_->List().size(), 1u);
  EXPECT_THAT(
      Recipients(*spool_->ReadEnvelope(spool_->List()[0].id)),
      ElementsAre("<admin@example.net>", "<deputy@example.org> inside"));
}

TEST_F(AlarmMailerTest, AliasesOfAdministratorsAreExpanded) {
  Start(Alarms("admin@example.org", "deputy@example.org",
               "admin@example.org: alice@example.org, bob@example.org\n"
               "deputy@example.org: bob@example.org\n"));
  Alarm();
  mailer_->Stop();
  ASSERT_EQ(spool_->List().size(), 1u);
  EXPECT_THAT(
      Recipients(*spool_->ReadEnvelope(spool_->List()[0].id)),
      ElementsAre("<alice@example.org> inside", "<bob@example.org> inside"));
}

// R24: alarms ask the governor as everything does that is sent automatically.
TEST_F(AlarmMailerTest, NobodyButAnOperatorIsMailed) {
  operators_ = {*Address::Parse("deputy@example.org")};
  Start();
  Alarm();
  mailer_->Stop();
  ASSERT_EQ(spool_->List().size(), 1u);
  EXPECT_THAT(Recipients(*spool_->ReadEnvelope(spool_->List()[0].id)),
              ElementsAre("<deputy@example.org> inside"));
}

TEST_F(AlarmMailerTest, AboveTheirBoundAlarmsWait) {
  alarms_ = {.burst = 1, .interval = absl::Hours(24 * 20)};
  const auto snapshot = Alarms("admin@example.org", "deputy@example.org");
  const auto pass = [&](absl::Duration time) {
    clock_.Advance(time);
    mailer_->Wake();  // The snapshot, and so the governor, stays.
  };
  Start(snapshot);
  Alarm();
  pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
  Alarm();
  pass(absl::Hours(2));
  ASSERT_TRUE(Eventually([&] { return log_.Count("alarm.not_mailed") >= 1; }));
  EXPECT_EQ(spool_->List().size(), 1u);
  pass(absl::Hours(24 * 20));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 2; }));
  EXPECT_THAT(Content(spool_->List()[1].id), HasSubstr("Alarms: 1."));
}

TEST_F(AlarmMailerTest, WhatBefallsAMailOfItsOwnCausesNoOther) {
  Start();
  Alarm();
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
  const std::string own = spool_->List()[0].id.ToString();
  Alarm(own, events::kKeptInside);
  Alarm(own, events::kUnreadable);
  Alarm(own, events::kNotStored);
  Pass(absl::Hours(2));
  EXPECT_EQ(spool_->List().size(), 1u);
  EXPECT_EQ(log_.Count("ndn.kept_inside"), 1);
}

// A spool that fails alarms by itself, each time: still one mail an interval.
TEST_F(AlarmMailerTest, WhatCannotBeStoredIsTriedAgainAndIsNoAlarmItself) {
  Start();
  store_->FailCommits(1, absl::UnavailableError("EIO"));
  Alarm();
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return log_.Count("alarm.not_mailed") == 1; }));
  Alarm("", spool::events::kWriteFailed);
  EXPECT_TRUE(spool_->List().empty());
  Pass(absl::Seconds(59));
  EXPECT_TRUE(spool_->List().empty());
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
  EXPECT_THAT(Content(spool_->List()[0].id), HasSubstr("Alarms: 2."));
  Pass(absl::Hours(2));
  EXPECT_EQ(spool_->List().size(), 1u);
}

TEST_F(AlarmMailerTest, WhatWaitsAtAStopIsStoredAndKeepsItsTime) {
  Start();
  Alarm();
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
  Alarm();
  Pass(absl::Minutes(20));
  mailer_->Stop();
  ASSERT_EQ(spool_->List().size(), 2u);
  EXPECT_EQ(spool_->List()[1].next_attempt, clock_.Now() + absl::Minutes(40));
  Alarm();  // Too late to be mailed.
  EXPECT_EQ(spool_->List().size(), 2u);
  EXPECT_EQ(log_.Count("ndn.sent"), 3);
}

TEST_F(AlarmMailerTest, AlarmsBeforeTheStartAreMailedAfterIt) {
  mailer_ = std::make_unique<AlarmMailer>(&log_, &clock_);
  Alarm("", spool::events::kDamage);
  clock_.Advance(absl::Seconds(10));
  Begin(Alarms("admin@example.org", "deputy@example.org"));
  EXPECT_TRUE(Eventually([&] { return spool_->List().size() == 1; }));
}

}  // namespace
}  // namespace mailsec::server
