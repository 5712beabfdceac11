#include "mailcore/autoreply/receipt.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mailcore/message/mime_reader.h"
#include "tests/autoreply/answer_faults.h"

namespace mailsec::autoreply {
namespace {

using address::Address;
using message::HeaderScanner;
using message::MimeReader;

const absl::Time kNow = absl::FromUnixSeconds(1'767'261'600);
constexpr char kAsk[] = "Disposition-Notification-To: bob@example.net\r\n";

Address A(const std::string& text) { return *Address::Parse(text); }

ReceiptDecision Decide(const std::string& fields, const std::string& sender,
                       bool enabled = true) {
  const ReceiptPolicy policy = *ReceiptPolicy::Create({.enabled = enabled});
  const std::string text = absl::StrCat(fields, "\r\n");
  const HeaderScanner header(text);
  const std::vector<Address> others = {A("a.smith@example.org")};
  ReceiptDecision made =
      policy.Decide({.header = &header,
                     .sender = *address::ReversePath::Parse(sender),
                     .mailbox = A("anna@example.org"),
                     .own_addresses = others});
  EXPECT_EQ(made.answer, made.decision.accepted());
  EXPECT_EQ(made.answer, !made.message_id.empty());
  EXPECT_FALSE(made.decision.rule->source.empty());
  EXPECT_FALSE(made.decision.otherwise().empty());
  return made;
}

// The rule's name without "receipt.", of a mail that is in order but for
// `fields`.
std::string RuleWith(const std::string& fields,
                     const std::string& sender = "<bob@example.net>") {
  return std::string(
      Decide(absl::StrCat(fields,
                          "From: bob@example.net\r\nTo: anna@example.org\r\n"
                          "Message-ID: <1@example.net>\r\n"),
             sender)
          .decision.rule->name.substr(8));
}

TEST(ReceiptPolicyTest, IsOffUnlessSwitchedOn) {
  const std::string mail = absl::StrCat(
      kAsk, "To: anna@example.org\r\nMessage-ID: <1@example.net>\r\n");
  EXPECT_EQ(Decide(mail, "<bob@example.net>", false).decision.rule->name,
            "receipt.off");
  const ReceiptDecision sent = Decide(mail, "<bob@example.net>");
  EXPECT_EQ(sent.decision.rule->name, "receipt.sent");
  EXPECT_EQ(sent.message_id, "<1@example.net>");
  EXPECT_FALSE(ReceiptPolicy::Options().enabled);
}

TEST(ReceiptPolicyTest, WhatNobodyAskedForHasARuleThatCallersKnow) {
  const std::string mail =
      "To: anna@example.org\r\nMessage-ID: <1@example.net>\r\n";
  EXPECT_TRUE(Decide(mail, "<bob@example.net>").decision.rule ==
              &kReceiptNotAsked);
  EXPECT_FALSE(
      Decide(absl::StrCat(kAsk, mail), "<bob@example.net>").decision.rule ==
      &kReceiptNotAsked);
}

TEST(ReceiptPolicyTest, EachLineDecides) {
  const struct {
    std::string fields;
    const char* rule;
  } kRows[] = {
      {kAsk, "sent"},
      {"", "not-asked"},
      // RFC 8098, 2.1: exactly the envelope's.
      {"Disposition-Notification-To: Bob <bob@EXAMPLE.net>\r\n", "sent"},
      {"Disposition-Notification-To: Bob@example.net\r\n", "other-address"},
      {"Disposition-Notification-To: eve@example.com\r\n", "other-address"},
      {"Disposition-Notification-To: bob@example.net, eve@example.com\r\n",
       "other-address"},
      {"Disposition-Notification-To: bob@example.net, bob@example.net\r\n",
       "other-address"},
      {"Disposition-Notification-To: bob@example.net <eve@example.com>\r\n",
       "other-address"},
      {"Disposition-Notification-To: bob@example.net;\r\n", "other-address"},
      {"Disposition-Notification-To:\r\n", "other-address"},
      {absl::StrCat(kAsk, kAsk), "other-address"},
      // RFC 3834, 2.
      {absl::StrCat(kAsk, "Auto-Submitted: auto-generated\r\n"), "automatic"},
      {absl::StrCat(kAsk, "Auto-Submitted: no\r\n"), "sent"},
      {absl::StrCat(kAsk, "List-Id: x\r\n"), "automatic"},
      {absl::StrCat(kAsk, "Precedence: bulk\r\n"), "automatic"},
      {absl::StrCat(kAsk, "Feedback-ID: x\r\n"), "automatic"},
      {absl::StrCat(kAsk, "Content-Type: multipart/report\r\n"), "automatic"},
      {absl::StrCat(kAsk, "To: x@example.com\r\n"), "automatic"},
      {absl::StrCat(kAsk, "Sender: noreply@example.net\r\n"), "system-sender"},
      {absl::StrCat(kAsk, "X-Auto-Response-Suppress: RN\r\n"), "suppressed"},
      {absl::StrCat(kAsk, "X-Auto-Response-Suppress: All\r\n"), "suppressed"},
      {absl::StrCat(kAsk, "X-Auto-Response-Suppress: OOF\r\n"), "sent"},
      // RFC 8098, 2.2.
      {absl::StrCat(kAsk, "Disposition-Notification-Options: x=required,y\r\n"),
       "required-option"},
      {absl::StrCat(kAsk,
                    "Disposition-Notification-Options: a=optional,b; "
                    "x = REQUIRED , y\r\n"),
       "required-option"},
      {absl::StrCat(kAsk, "Disposition-Notification-Options: x=whatever,y\r\n"),
       "required-option"},
      {absl::StrCat(kAsk, "Disposition-Notification-Options: x=optional,y\r\n"),
       "sent"},
      {absl::StrCat(kAsk, "Message-ID: <2@example.net>\r\n"), "no-message-id"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(RuleWith(row.fields), row.rule) << row.fields;
  }
}

TEST(ReceiptPolicyTest, TheSenderIsAPersonAndNotTheUser) {
  const auto rule = [](const std::string& sender) {
    return RuleWith(
        absl::StrCat("Disposition-Notification-To: ", sender, "\r\n"),
        absl::StrCat("<", sender, ">"));
  };
  EXPECT_EQ(RuleWith(kAsk, "<>"), "null-sender");
  EXPECT_EQ(rule("anna@example.org"), "own-address");
  EXPECT_EQ(rule("A.Smith@example.org"), "own-address");
  EXPECT_EQ(rule("list-request@example.net"), "system-sender");
}

TEST(ReceiptPolicyTest, TheMessageHasAnIdAndNamesTheUser) {
  const auto rule = [](const std::string& fields) {
    return Decide(absl::StrCat(kAsk, fields), "<bob@example.net>")
        .decision.rule->name;
  };
  EXPECT_EQ(rule("To: anna@example.org\r\n"), "receipt.no-message-id");
  EXPECT_EQ(rule("To: anna@example.org\r\nMessage-ID: x\r\n"),
            "receipt.no-message-id");
  EXPECT_EQ(rule("To: team@example.org\r\nMessage-ID: <1@x>\r\n"),
            "receipt.not-addressed");
  EXPECT_EQ(rule("Cc: a.smith@example.org\r\nMessage-ID: <1@x>\r\n"),
            "receipt.sent");
}

AutomaticMessage Build(const std::string& original,
                       const std::string& mailbox = "anna@example.org",
                       const std::string& original_recipient = "") {
  const HeaderScanner header(original);
  return *BuildReceipt({.original = &header,
                        .mailbox = A(mailbox),
                        .target = A("bob@example.net"),
                        .unique = "9",
                        .original_recipient = original_recipient},
                       kNow);
}

TEST(ReceiptTest, IsAReportOfTwoParts) {
  const AutomaticMessage receipt =
      Build("Message-ID: <1@example.net>\r\nSubject: x\r\n\r\n");
  EXPECT_EQ(FaultOf(receipt), "");
  const MimeReader reader(receipt.content);
  ASSERT_EQ(reader.parts().size(), 3u);
  EXPECT_TRUE(reader.root().type.Is("multipart/report"));
  EXPECT_EQ(*reader.root().type.Find("report-type"),
            "disposition-notification");
  EXPECT_TRUE(reader.root().is_closed);
  EXPECT_TRUE(reader.parts()[1].type.Is("text/plain"));
  EXPECT_TRUE(reader.parts()[2].type.Is("message/disposition-notification"));
  EXPECT_EQ(
      reader.parts()[2].Octets(),
      "Final-Recipient: rfc822;anna@example.org\r\n"
      "Original-Message-ID: <1@example.net>\r\n"
      "Disposition: automatic-action/MDN-sent-automatically; processed\r\n");
}

TEST(ReceiptTest, NothingOfTheOriginalBreaksIt) {
  for (const std::string& original :
       {std::string("Message-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\n"),
        std::string("Subject: =?utf-8?Q?=0D=0A--=3D_receipt-9--?=\r\n\r\n"),
        std::string("Message-ID: <--=_receipt-9--@x>\r\n\r\n"), std::string(),
        std::string("\0\xFF\r", 3)}) {
    const AutomaticMessage receipt =
        Build(original, "anna@example.org", "rfc822;a\r\nX: y\xFF");
    EXPECT_EQ(FaultOf(receipt), "") << original;
    EXPECT_EQ(MimeReader(receipt.content).parts().size(), 3u) << original;
  }
}

TEST(ReceiptTest, AnAddressThatIsNotAsciiNeedsTheGlobalForm) {
  const AutomaticMessage receipt = Build("\r\n", "\xC3\xBC@example.org");
  EXPECT_EQ(FaultOf(receipt), "");
  EXPECT_TRUE(receipt.needs_smtputf8);
  const MimeReader reader(receipt.content);
  ASSERT_EQ(reader.parts().size(), 3u);
  EXPECT_TRUE(
      reader.parts()[2].type.Is("message/global-disposition-notification"));
  EXPECT_TRUE(
      absl::StrContains(reader.parts()[2].Octets(),
                        "Final-Recipient: utf-8;\xC3\xBC@example.org\r\n"));
}

TEST(ReceiptTest, NeedsAUniqueWord) {
  const HeaderScanner header("\r\n");
  EXPECT_TRUE(
      absl::IsInvalidArgument(BuildReceipt({.original = &header,
                                            .mailbox = A("anna@example.org"),
                                            .target = A("bob@example.net")},
                                           kNow)
                                  .status()));
}

}  // namespace
}  // namespace mailsec::autoreply
