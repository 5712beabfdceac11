#include "mailcore/server/receive/arriving_message.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/spool/memory_store.h"
#include "mailcore/testing/failing_store.h"

namespace mailsec::server {
namespace {

class ArrivingMessageTest : public testing::Test {
 protected:
  void SetUp() override { Begin(); }

  // MAIL, RCPT and DATA for one recipient.
  void Begin(bool with_second_recipient = false) {
    message_.emplace(
        smtp::MailFrom{.path = *address::ReversePath::Parse("<a@example.com>"),
                       .parameters = {}});
    AddRecipient("<bob@example.org>");
    if (with_second_recipient) AddRecipient("<eve@example.org>");
    SessionInfo session;
    session.client = *ip::IpAddress::Parse("192.0.2.1");
    session.client_name = "client.example";
    session.extended = true;
    message_->BeginContent(
        spool::MessageWriter(spool::QueueId(36), &store_, budget_), session,
        {.hostname = "mx.example.org",
         .removed_fields = {"X-Spam*"},
         .adds_missing_fields = is_ours_,
         .now = absl::FromUnixSeconds(1764064800)});
  }
  void AddRecipient(absl::string_view path) {
    message_->AddRecipient(
        {.path = *address::ForwardPath::Parse(path), .parameters = {}},
        "recipient.exists");
  }
  // The content as stored, without the Received field.
  static std::string Stored(const IncomingMessage& whole) {
    const std::string content(whole.content.content());
    EXPECT_EQ(content.substr(0, 9), "Received:");
    return content.substr(content.find(";"));
  }
  IncomingMessage End(bool has_8bit = false) {
    message_->EndContent(has_8bit);
    EXPECT_TRUE(message_->status().ok()) << message_->status();
    return std::move(*message_).Take(false);
  }
  // `content` in pieces of so many octets.
  void Append(absl::string_view content, size_t piece) {
    for (; !content.empty();
         content.remove_prefix(std::min(piece, content.size()))) {
      message_->Append(content.substr(0, piece));
    }
  }

  FailingStore store_{std::make_unique<spool::MemoryStore>()};
  std::shared_ptr<spool::GatherBudget> budget_ = [] {
    auto budget = std::make_shared<spool::GatherBudget>();
    budget->max_octets = 64 << 20;
    budget->max_message_octets = 2 << 20;
    return budget;
  }();
  bool is_ours_ = false;
  std::optional<ArrivingMessage> message_;
};

constexpr char kDate[] = "Date: Tue, 25 Nov 2025 10:00:00 +0000\r\n";
constexpr char kId[] = "Message-ID: <msg-10@mx.example.org>\r\n";

// RFC 6409, 8.2 and 8.3: behind our Received field, before all of the client's.
TEST_F(ArrivingMessageTest, WhatIsMissingIsAddedForOurOwnUsers) {
  const std::string from = "From: a@example.org\r\n";
  const struct {
    std::string content;
    std::string added;
    std::vector<std::string> names;
  } kCases[] = {
      {from + "\r\nbody\r\n", absl::StrCat(kDate, kId), {"Date", "Message-ID"}},
      {from + "date : x\r\n\r\n", kId, {"Message-ID"}},
      {"MESSAGE-ID: <a@b>\r\n\r\nDate: body\r\n", kDate, {"Date"}},
      {"Date: x\r\nMessage-Id: <a@b>\r\n\r\nbody", "", {}},
      {"\r\nno header\r\n", absl::StrCat(kDate, kId), {"Date", "Message-ID"}},
      {from, absl::StrCat(kDate, kId), {"Date", "Message-ID"}},
      {"", absl::StrCat(kDate, kId), {"Date", "Message-ID"}},
  };
  is_ours_ = true;
  for (const auto& c : kCases) {
    for (size_t piece = 1; piece <= c.content.size() + 1; ++piece) {
      SCOPED_TRACE(absl::StrCat(c.content, " in pieces of ", piece));
      Begin();
      Append(c.content, piece);
      const IncomingMessage whole = End();
      const std::string stored = Stored(whole);
      EXPECT_EQ(stored.substr(stored.find("\r\n") + 2), c.added + c.content);
      EXPECT_EQ(whole.added, c.names);
      EXPECT_TRUE(absl::StartsWith(whole.head, c.added));
    }
  }
}

TEST_F(ArrivingMessageTest, NothingIsAddedForStrangers) {
  message_->Append("From: a@example.com\r\n\r\nbody\r\n");
  const IncomingMessage whole = End();
  EXPECT_TRUE(
      absl::EndsWith(Stored(whole), "\r\nFrom: a@example.com\r\n\r\nbody\r\n"));
  EXPECT_TRUE(whole.added.empty());
}

TEST_F(ArrivingMessageTest, WhatContinuesNoFieldContinuesNoneThatWasAdded) {
  is_ours_ = true;
  Begin();
  message_->Append(" by mail.bank.example\r\n");
  const IncomingMessage whole = End();
  EXPECT_TRUE(absl::EndsWith(
      Stored(whole),
      absl::StrCat(kDate, kId, "\r\n by mail.bank.example\r\n")));
}

TEST_F(ArrivingMessageTest, AHeaderSectionWithoutBoundIsHeldToABound) {
  is_ours_ = true;
  Begin();
  bool may_block = false;
  for (int i = 0; i < 40; ++i) {
    message_->Append(std::string(100000, 'a'));
    may_block = may_block || message_->MayBlock(100000);
  }
  EXPECT_TRUE(may_block);
  const IncomingMessage whole = End();
  EXPECT_LE(whole.head.size(), (1u << 20) + 200000);
  EXPECT_GT(whole.content.octets(), 4000000u);
}

TEST_F(ArrivingMessageTest, ItsEnvelopeSaysWhoSentWhatToWhom) {
  message_->Append("Subject: x\r\n\r\nhello\r\n");
  const IncomingMessage whole = End();
  const spool::Envelope& envelope = whole.envelope;
  EXPECT_EQ(envelope.sender.ToString(), "<a@example.com>");
  ASSERT_EQ(envelope.recipients.size(), 1u);
  EXPECT_EQ(envelope.recipients[0].path.ToString(), "<bob@example.org>");
  EXPECT_EQ(envelope.recipients[0].belief, "recipient.exists");
  EXPECT_EQ(envelope.client.ToString(), "192.0.2.1");
  EXPECT_EQ(envelope.client_name, "client.example");
  EXPECT_EQ(envelope.protocol, "ESMTP");
  EXPECT_EQ(envelope.received, absl::FromUnixSeconds(1764064800));
  EXPECT_FALSE(whole.answers_each);
}

TEST_F(ArrivingMessageTest, AReceivedFieldStandsInFront) {
  const std::string received(End().content.content());
  for (const char* part : {"from client.example", "[192.0.2.1]",
                           "by mx.example.org", "id 10", "bob@example.org"}) {
    EXPECT_TRUE(absl::StrContains(received, part)) << received;
  }
}

// RFC 5321, 7.2: a "for" clause would tell one recipient of the other.
TEST_F(ArrivingMessageTest, WithTwoRecipientsTheReceivedFieldNamesNone) {
  Begin(true);
  EXPECT_FALSE(absl::StrContains(End().content.content(), "example.org>"));
}

TEST_F(ArrivingMessageTest, FieldsThatNobodyOutsideMayWriteAreLeftOut) {
  constexpr absl::string_view kContent =
      "X-Spam: No\r\nSubject: x\r\nX-Mailsec-Verdict: clean\r\n\r\n"
      "X-Spam: body\r\n";
  for (size_t piece = 1; piece <= kContent.size(); ++piece) {
    Begin();
    Append(kContent, piece);
    const IncomingMessage whole = End();
    EXPECT_TRUE(
        absl::EndsWith(Stored(whole), "\r\nSubject: x\r\n\r\nX-Spam: body\r\n"))
        << Stored(whole);
    EXPECT_EQ(whole.head, "Subject: x\r\n\r\n") << piece;
  }
}

// A client writes no part of our Received field, whatever it begins with.
TEST_F(ArrivingMessageTest, NoContentContinuesTheReceivedField) {
  for (const char* content :
       {" by mail.bank.example with ESMTPSA\r\nSubject: x\r\n\r\n",
        "\tby mail.bank.example\r\n", " \r\n\r\nbody\r\n",
        "\xC2\xA0 by mail.bank.example\r\n",
        "X-Spam: No\r\n by mail.bank.example\r\n by x\r\nSubject: x\r\n",
        "\r\n by mail.bank.example\r\n", "X-Spam: No\r\n\r\n by x\r\n"}) {
    const absl::string_view all(content);
    for (size_t piece = 1; piece <= all.size(); ++piece) {
      Begin();
      const std::string ours(message::HeaderScanner(End().content.content())
                                 .Find("Received")
                                 ->value);
      Begin();
      Append(all, piece);
      const IncomingMessage whole = End();
      const message::HeaderScanner header(whole.content.content());
      EXPECT_EQ(header.Find("Received")->value, ours) << content;
      if (content[0] == ' ') {
        EXPECT_EQ(whole.head, "\r\n");
        EXPECT_TRUE(absl::EndsWith(whole.content.content(),
                                   absl::StrCat("\r\n\r\n", all)));
      }
    }
  }
}

TEST_F(ArrivingMessageTest, TheHeadIsTheHeaderSectionHoweverItIsCut) {
  constexpr absl::string_view kContent = "A: b\r\nC: d\r\n\r\nbody\r\n\r\nmore";
  for (size_t piece = 1; piece <= kContent.size(); ++piece) {
    Begin();
    Append(kContent, piece);
    EXPECT_EQ(End().head, "A: b\r\nC: d\r\n\r\n") << piece;
  }
}

TEST_F(ArrivingMessageTest, AHeaderSectionWithoutAnEndIsKeptWhole) {
  message_->Append("Subject: x\r\nX-Sp");
  const IncomingMessage whole = End();
  EXPECT_EQ(whole.head, "Subject: x\r\nX-Sp");
  EXPECT_TRUE(absl::EndsWith(Stored(whole), "Subject: x\r\nX-Sp"));
}

TEST_F(ArrivingMessageTest, AHeaderSectionWithoutBoundIsNotGathered) {
  for (int i = 0; i < 40; ++i) message_->Append(std::string(100000, 'a'));
  const IncomingMessage whole = End();
  EXPECT_LE(whole.head.size(), (1u << 20) + 100000);
  EXPECT_GT(whole.content.octets(), 4000000u);
}

TEST_F(ArrivingMessageTest, KnowsWhereOctetsAbove0x7FAre) {
  message_->Append("Subject: x\r\n\r\n\xC3\xBC\r\n");
  const spool::Envelope in_body = End(true).envelope;
  EXPECT_TRUE(in_body.has_8bit);
  EXPECT_FALSE(in_body.headers_utf8);
  Begin();
  message_->Append("Subject: \xC3\xBC\r\n\r\n");
  EXPECT_TRUE(End(true).envelope.headers_utf8);
}

// RFC 5321, 6.3.
TEST_F(ArrivingMessageTest, TooManyHopsAreALoop) {
  for (const char* field :
       {"Received: x\r\n", "Delivered-To: a@x.example\r\n"}) {
    for (const int hops : {100, 101}) {
      Begin();
      for (int i = 0; i < hops; ++i) message_->Append(field);
      message_->Append("\r\n");
      message_->EndContent(false);
      EXPECT_EQ(message_->IsLooping(), hops > 100) << hops << " " << field;
    }
  }
}

TEST_F(ArrivingMessageTest, LongContentMayBlock) {
  EXPECT_FALSE(message_->MayBlock(1000));
  EXPECT_TRUE(message_->MayBlock(1 << 20));
  message_->Append(std::string(1 << 20, 'a'));
  EXPECT_TRUE(message_->MayBlock(0));
}

TEST_F(ArrivingMessageTest, TheFirstErrorStaysAndNothingIsStoredAfterIt) {
  store_.FailCall(1, absl::UnavailableError("EIO"));
  message_->Append(std::string(3 << 20, 'a'));  // Wants a file.
  EXPECT_TRUE(absl::IsUnavailable(message_->status()));
  EXPECT_FALSE(message_->MayBlock(3 << 20));
  message_->Fail(absl::ResourceExhaustedError("too much to do"));
  message_->Append("more");
  message_->EndContent(false);
  message_->Finish();
  EXPECT_TRUE(absl::IsUnavailable(message_->status())) << message_->status();
}

}  // namespace
}  // namespace mailsec::server
