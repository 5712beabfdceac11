// What a delivered message causes by itself, with every store and clock faked.

#include "mailcore/server/tell/automatic_sender.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/autoreply/memory_absence_store.h"
#include "mailcore/autoreply/memory_reply_memory.h"
#include "mailcore/autoreply/memory_srs_table.h"
#include "mailcore/policy/text_recipient_directory.h"
#include "mailcore/server/config/settings.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/failing_store.h"
#include "mailcore/testing/fake_resolver.h"
#include "mailcore/testing/manual_clock.h"
#include "mailcore/testing/recording_event_sink.h"

namespace mailsec::server {
namespace {

using address::Address;
using address::Domain;
using address::ForwardPath;
using address::ReversePath;
using message::ContentVerdict;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kMessage[] =
    "From: carol@example.com\r\nTo: alice@example.org\r\nSubject: x\r\n"
    "Message-ID: <1@example.com>\r\n\r\nhello\r\n";

spool::Envelope FromCarol() {
  spool::Envelope envelope;
  envelope.sender = *ReversePath::Parse("<carol@example.com>");
  envelope.verdict = ContentVerdict::kClean;
  return envelope;
}

Address At(absl::string_view text) { return *Address::Parse(text); }

class AutomaticSenderTest : public testing::Test {
 protected:
  AutomaticSenderTest() {
    auto store =
        std::make_unique<FailingStore>(std::make_unique<spool::MemoryStore>());
    store_ = store.get();
    spool_ = *spool::Spool::OpenStore(spool::SpoolOptions(), std::move(store),
                                      nullptr, &clock_);
    writer_ = std::make_unique<io::SpoolWriter>(spool_.get());
    absences_ = *Absences::Create(&absence_store_, &memory_);
    EXPECT_TRUE(ParseSettings(R"(
        hostname: "mx.example.org" administrator: "a@example.org"
        deputy: "b@example.org" listen { address: "127.0.0.1" }
        local_domain { name: "example.org" recipients_file: "r"
                       maildir_root: "mail" alias: "example.net" })",
                              "/F", &config_)
                    .empty());
  }

  void Make(const char* forwards = "", const char* aliases = "") {
    const Domain main = *Domain::Parse("example.org");
    const Domain other = *Domain::Parse("example.net");
    std::vector<base::TextError> errors;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->settings = config_;
    snapshot->settings.automatic.off = off_;
    snapshot->settings.automatic.receipts = receipts_;
    auto srs = autoreply::Srs::Create(
        {.domain = main, .secrets = {std::string(32, 's')}}, &srs_table_);
    auto routing = MakeRouting(
        config_,
        *route::AliasTable::Parse(aliases, {main, other}, &errors,
                                  {{other, main}}),
        {}, &dns_, std::make_shared<const autoreply::Srs>(*std::move(srs)),
        mailboxes_);
    snapshot->routing = *std::move(routing);
    snapshot->forwards =
        *route::ForwardTable::Parse(forwards, {main, other}, &errors);
    snapshot->own_addresses =
        OwnAddresses(snapshot->routing->aliases, {{other, main}});
    snapshot->governor = std::make_shared<policy::Governor>(governor_);
    snapshot->responder = *autoreply::Autoresponder::Create({});
    snapshot->receipts =
        *autoreply::ReceiptPolicy::Create({.enabled = receipts_});
    current_.Set(std::move(snapshot));
    parts_ = {.clock = &clock_,
              .events = &events_,
              .stats = &stats_,
              .spool = spool_.get(),
              .writer = writer_.get(),
              .resolver = &dns_,
              .hostname = "mx.example.org",
              .wake = [this] { ++woken_; }};
    sender_ = std::make_unique<AutomaticSender>(&parts_, &current_,
                                                absences_.get(), &memory_);
  }

  void GoAway(absl::string_view owner) {
    ASSERT_TRUE(
        absences_
            ->Set({.owner = At(owner),
                   .inside_texts = {{.language = "en", .text = "Inside."}},
                   .outside_texts = {{.language = "en", .text = "Outside."}},
                   .set_at = clock_.Now()})
            .ok());
  }

  // A message that came from `sender` into the mailbox of `recipient`.
  spool::QueueId Arrive(absl::string_view recipient = "<alice@example.org>",
                        absl::string_view content = kMessage) {
    spool::MessageWriter writer = spool_->NewMessage();
    EXPECT_TRUE(writer.Append(content).ok());
    spool::Envelope envelope = envelope_;
    envelope.received = clock_.Now();
    envelope.recipients = {{.path = *ForwardPath::Parse(recipient),
                            .parameters = {},
                            .last_reply = "",
                            .local_only = local_only_}};
    std::vector<spool::Submission> batch;
    batch.push_back({.envelope = envelope, .content = std::move(writer)});
    const spool::QueueId id = *spool_->Commit(std::move(batch), {})[0];
    const spool::Envelope stored = *spool_->ReadEnvelope(id);
    const ArrivedMail mail = {
        .id = id,
        .envelope = &stored,
        .recipients = {0},
        .content = nullptr,
        .progress = {.id = id,
                     .changes = {{.recipient = 0,
                                  .state = spool::RecipientState::kDelivered,
                                  .last_reply = "250 2.0.0 Delivered"}}}};
    concerned_ = sender_->Concerns(stored, mail.recipients);
    if (concerned_) sender_->Send(mail);
    arrived_.push_back(id);
    return id;
  }

  // What was sent: "<sender> -> <recipient>".
  std::vector<std::string> Sent() {
    std::vector<std::string> sent;
    for (const spool::QueueEntry& entry : spool_->List()) {
      if (std::find(arrived_.begin(), arrived_.end(), entry.id) !=
          arrived_.end()) {
        continue;
      }
      const spool::Envelope envelope = *spool_->ReadEnvelope(entry.id);
      EXPECT_TRUE(envelope.automatic);
      for (const spool::Recipient& to : envelope.recipients) {
        EXPECT_TRUE(to.parameters.notify.never);
        sent.push_back(absl::StrCat(
            absl::StartsWith(envelope.sender.ToString(), "<SRS")
                ? "<SRS>"
                : envelope.sender.ToString(),
            " -> ", to.path.ToString(), to.local_only ? " inside" : ""));
      }
    }
    return sent;
  }

  std::vector<std::string> Refusals() {
    std::vector<std::string> rules;
    for (const base::Event& event : events_.events()) {
      if (event.type().id == std::string("automatic.not_sent")) {
        rules.emplace_back(event.Get("rule"));
      }
    }
    return rules;
  }

  ManualClock clock_;
  dns::FakeResolver dns_;
  RecordingEventSink events_;
  Stats stats_;
  FailingStore* store_;  // Owned by the spool.
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<io::SpoolWriter> writer_;
  autoreply::MemoryAbsenceStore absence_store_;
  autoreply::MemoryReplyMemory memory_;
  autoreply::MemorySrsTable srs_table_;
  std::unique_ptr<Absences> absences_;
  Settings config_;
  std::shared_ptr<policy::RecipientDirectory> mailboxes_;  // Null: any name.
  policy::Governor::Options governor_ = {
      .own_domains = {*Domain::Parse("example.org"),
                      *Domain::Parse("example.net")}};
  Parts parts_;
  Current<Snapshot> current_;
  std::unique_ptr<AutomaticSender> sender_;
  std::vector<spool::QueueId> arrived_;
  spool::Envelope envelope_ = FromCarol();
  bool local_only_ = false;
  bool off_ = false;
  bool receipts_ = false;
  bool concerned_ = false;
  int woken_ = 0;
};

TEST_F(AutomaticSenderTest, NothingSetNothingSent) {
  Make();
  Arrive();
  EXPECT_FALSE(concerned_);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(AutomaticSenderTest, AnAbsenceIsAnsweredOnceASender) {
  GoAway("alice@example.org");
  Make();
  Arrive();
  Arrive();
  EXPECT_THAT(Sent(), ElementsAre("<> -> <carol@example.com>"));
  EXPECT_THAT(Refusals(), ElementsAre("automatic.answered-already"));
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(stats_.automatic, 1u);
}

// RFC 5230, 4.5: an alias of hers alone is her own name, a group's is not.
TEST_F(AutomaticSenderTest, HerOtherNamesAreHers) {
  GoAway("alice@example.org");
  Make("",
       "sales@example.org: alice@example.org\n"
       "team@example.org: alice@example.org, bob@example.org\n");
  struct Case {
    const char* to;
    bool answered;
  };
  const Case kCases[] = {{"ALICE@example.net", true},
                         {"sales@example.org", true},
                         {"sales@example.net", true},
                         {"team@example.org", false},
                         {"alice@example.com", false}};
  int senders = 0;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.to);
    envelope_.sender =
        *ReversePath::Parse(absl::StrCat("<carol", ++senders, "@example.com>"));
    const size_t before = Sent().size();
    Arrive("<alice@example.org>",
           absl::StrCat("From: c@example.com\r\nTo: ", c.to, "\r\n\r\nx\r\n"));
    EXPECT_EQ(Sent().size(), before + (c.answered ? 1 : 0));
  }
}

// RFC 5233: an address with a detail is hers, and so is what is delivered to it.
TEST_F(AutomaticSenderTest, AnAddressWithADetailIsHers) {
  mailboxes_ = std::make_shared<policy::TextRecipientDirectory>(
      *policy::TextRecipientDirectory::Parse("alice@example.org\n"));
  GoAway("alice@example.org");
  Make("alice@example.org: a@elsewhere.example\n");
  Arrive("<alice+shop@example.org>",
         "From: c@example.com\r\nTo: alice+shop@example.org\r\n\r\nx\r\n");
  EXPECT_THAT(Sent(), ElementsAre("<SRS> -> <a@elsewhere.example>",
                                  "<> -> <carol@example.com>"));
  Arrive("<alice+news@example.org>",
         "From: c@example.com\r\nTo: news@example.org\r\n\r\nx\r\n");
  EXPECT_THAT(Refusals(), ElementsAre("absence.not-addressed"));
}

TEST_F(AutomaticSenderTest, InsideIsWhoSendsFromInsideUnderANameOfOurs) {
  GoAway("alice@example.org");
  Make();
  const struct {
    const char* sender;
    bool ours;
    const char* text;
  } kCases[] = {{"<bob@example.org>", true, "Inside."},
                {"<eve@example.org>", false, "Outside."},  // Forged, perhaps.
                {"<dave@example.com>", true, "Outside."}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.sender);
    envelope_.sender = *ReversePath::Parse(c.sender);
    envelope_.sender_is_ours = c.ours;
    Arrive();
    auto reader = *spool_->OpenContent(spool_->List().back().id);
    EXPECT_TRUE(absl::StrContains(*reader->Next(), c.text));
  }
}

// The rows of R22 that only the verdict decides.
TEST_F(AutomaticSenderTest, OnlyCleanMailCausesAnything) {
  GoAway("alice@example.org");
  Make("alice@example.org: alice@elsewhere.example\n");
  for (const ContentVerdict verdict :
       {ContentVerdict::kUnknown, ContentVerdict::kSpam,
        ContentVerdict::kMalware}) {
    envelope_.verdict = verdict;
    Arrive();
  }
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_THAT(Refusals(),
              ElementsAre("automatic.no-verdict", "automatic.no-verdict",
                          "automatic.spam", "automatic.spam", "automatic.spam",
                          "automatic.spam"));
}

TEST_F(AutomaticSenderTest, AForwardIsFromOurNameAndTellsTheDelivery) {
  Make("alice@example.org: a@elsewhere.example, bob@example.org\n");
  const spool::QueueId id = Arrive();
  EXPECT_THAT(Sent(), ElementsAre("<SRS> -> <a@elsewhere.example>",
                                  "<SRS> -> <bob@example.org>"));
  // Became durable together with it: a crash now forwards nothing twice.
  EXPECT_EQ(spool_->ReadEnvelope(id)->recipients[0].state,
            spool::RecipientState::kDelivered);
  auto reader = *spool_->OpenContent(spool_->List().back().id);
  std::string content;
  for (auto piece = reader->Next(); piece.ok() && !piece->empty();
       piece = reader->Next()) {
    content.append(piece->data(), piece->size());
  }
  EXPECT_EQ(content,
            absl::StrCat("Delivered-To: alice@example.org\r\n", kMessage));
}

TEST_F(AutomaticSenderTest, LocalMailIsForwardedInsideOnly) {
  Make("alice@example.org: a@elsewhere.example, bob@example.org\n");
  envelope_.sender = *ReversePath::Parse("<dave@example.org>");
  envelope_.sender_is_ours = true;
  local_only_ = true;
  Arrive();
  EXPECT_THAT(Refusals(), ElementsAre("forward.local-only"));
  EXPECT_THAT(Sent(), ElementsAre("<dave@example.org> -> <bob@example.org> "
                                  "inside"));
}

TEST_F(AutomaticSenderTest, WhatWasInTheMailboxBeforeIsNotForwardedAgain) {
  Make("alice@example.org: a@elsewhere.example\n");
  Arrive("<alice@example.org>",
         absl::StrCat("Delivered-To: ALICE@example.org\r\n", kMessage));
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_THAT(Refusals(), ElementsAre("forward.loop"));
}

TEST_F(AutomaticSenderTest, TheBoundsHold) {
  governor_.per_domain = {.burst = 2, .interval = absl::Hours(1)};
  GoAway("alice@example.org");
  Make();
  for (int i = 0; i < 5; ++i) {
    envelope_.sender =
        *ReversePath::Parse(absl::StrCat("<s", i, "@flood.example>"));
    Arrive();
  }
  EXPECT_EQ(Sent().size(), 2u);
  EXPECT_THAT(Refusals(), ElementsAre("automatic.bound", "automatic.bound",
                                      "automatic.bound"));
}

// AUTO-10: what cannot be sent is given back, and may be sent later.
TEST_F(AutomaticSenderTest, WhatCouldNotBeStoredWasNotSent) {
  governor_.per_address = {.burst = 1, .interval = absl::Hours(1)};
  GoAway("alice@example.org");
  Make("alice@example.org: a@elsewhere.example\n");
  store_->FailCommits(3, absl::UnavailableError("EIO"));
  const auto arrive_unstored = [&] {
    // The commit of the message itself is the first that fails, so make one.
    store_->FailCommits(0, absl::OkStatus());
    spool::MessageWriter writer = spool_->NewMessage();
    EXPECT_TRUE(writer.Append(kMessage).ok());
    spool::Envelope envelope = envelope_;
    envelope.recipients = {{.path = *ForwardPath::Parse("<alice@example.org>"),
                            .parameters = {},
                            .last_reply = ""}};
    std::vector<spool::Submission> batch;
    batch.push_back({.envelope = envelope, .content = std::move(writer)});
    arrived_.push_back(*spool_->Commit(std::move(batch), {})[0]);
    store_->FailCommits(2, absl::UnavailableError("EIO"));
    sender_->Send({.id = arrived_.back(),
                   .envelope = &envelope,
                   .recipients = {0},
                   .content = nullptr,
                   .progress = {}});
  };
  arrive_unstored();
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(events_.Count("automatic.fault"), 2);
  EXPECT_EQ(*memory_.Count(), 0u);
  store_->FailCommits(0, absl::OkStatus());
  Arrive();
  EXPECT_THAT(Sent(), ElementsAre("<SRS> -> <a@elsewhere.example>",
                                  "<> -> <carol@example.com>"));
}

TEST_F(AutomaticSenderTest, ReceiptsAreOneAMessage) {
  receipts_ = true;
  Make();
  const std::string asks = absl::StrCat(
      "Disposition-Notification-To: carol@example.com\r\n", kMessage);
  Arrive("<alice@example.org>", asks);
  Arrive("<alice@example.org>", asks);
  Arrive();  // Does not ask.
  EXPECT_THAT(Sent(), ElementsAre("<> -> <carol@example.com>"));
  EXPECT_THAT(Refusals(), ElementsAre("automatic.answered-already"));
}

TEST_F(AutomaticSenderTest, OffIsOff) {
  GoAway("alice@example.org");
  off_ = true;
  Make("alice@example.org: a@elsewhere.example\n");
  Arrive();
  EXPECT_FALSE(concerned_);
}

}  // namespace
}  // namespace mailsec::server
