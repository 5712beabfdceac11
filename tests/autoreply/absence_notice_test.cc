#include "mailcore/autoreply/absence_notice.h"

#include <string>

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

const absl::Time kNow = absl::FromUnixSeconds(1'767'261'600);

Address A(const std::string& text) { return *Address::Parse(text); }

AbsenceSettings Away() {
  return {
      .owner = A("anna@example.org"),
      .inside_texts = {{"de", "", "Innen"}},
      .outside_texts = {{"de", "", "Weg.\nBis bald."}, {"en", "Gone", "Away."}},
      .set_at = kNow};
}

absl::StatusOr<AutomaticMessage> Build(
    const std::string& original, const AbsenceSettings& settings = Away(),
    const std::string& target = "bob@example.net", bool inside = false) {
  const HeaderScanner header(original);
  return BuildAbsenceNotice({.settings = &settings,
                             .original = &header,
                             .target = A(target),
                             .sender_is_inside = inside,
                             .unique = "77"},
                            kNow);
}

std::string TextOf(const AutomaticMessage& message) {
  return message::MimeReader(message.content).root().Text();
}

std::string Field(const AutomaticMessage& message, const char* name) {
  const HeaderScanner header(message.content);
  const message::HeaderField* field = header.Find(name);
  return field == nullptr ? "" : field->Unfolded();
}

TEST(AbsenceNoticeTest, SaysWhatTheUserWroteForThisSide) {
  EXPECT_EQ(TextOf(*Build("\r\n", Away(), "bob@example.net", true)),
            "Innen\r\n");
  EXPECT_EQ(TextOf(*Build("\r\n")),
            "Weg.\r\nBis bald.\r\n\r\n----------\r\n\r\nAway.\r\n");
  const std::string english = "Accept-Language: en\r\n\r\n";
  EXPECT_EQ(TextOf(*Build(english)), "Away.\r\n");
  EXPECT_EQ(Field(*Build(english), "Content-Language"), "en");
  EXPECT_EQ(Field(*Build("\r\n"), "Content-Language"), "de, en");
  EXPECT_EQ(Field(*Build(english), "Subject"), "Gone");
  EXPECT_EQ(
      Field(*Build("Accept-Language: de\r\nSubject: x\r\n\r\n"), "Subject"),
      "Auto: x");
}

TEST(AbsenceNoticeTest, GoesToTheEnvelopeSenderAndNobodyElse) {
  const AutomaticMessage notice = *Build(
      "From: eve@example.com\r\nReply-To: eve@example.com\r\n"
      "Sender: eve@example.com\r\nReturn-Path: <eve@example.com>\r\n"
      "Errors-To: eve@example.com\r\nCc: eve@example.com\r\n"
      "Resent-From: eve@example.com\r\n\r\neve@example.com\r\n");
  EXPECT_EQ(Field(notice, "To"), "<bob@example.net>");
  EXPECT_FALSE(absl::StrContains(notice.content, "eve@"));
  EXPECT_EQ(FaultOf(notice), "");
}

TEST(AbsenceNoticeTest, IsMarkedAsAutomatic) {
  const AutomaticMessage notice = *Build("Message-ID: <1@example.net>\r\n\r\n");
  EXPECT_EQ(Field(notice, "Auto-Submitted"), "auto-replied");
  EXPECT_EQ(Field(notice, "X-Auto-Response-Suppress"), "All");
  EXPECT_EQ(Field(notice, "In-Reply-To"), "<1@example.net>");
  EXPECT_EQ(Field(notice, "References"), "<1@example.net>");
  EXPECT_EQ(Field(notice, "Message-ID"), "<absence-77@example.org>");
  EXPECT_EQ(Field(notice, "From"), "<anna@example.org>");
  EXPECT_EQ(Field(notice, "Date"), "Thu, 01 Jan 2026 10:00:00 +0000");
  EXPECT_EQ(Field(notice, "Precedence"), "");
}

TEST(AbsenceNoticeTest, IsAsciiUnlessAnAddressIsNot) {
  AbsenceSettings umlauts = Away();
  umlauts.display_name = "\xC3\x9C";
  umlauts.outside_texts = {{"de",
                            "Gr\xC3\xBC\xC3\x9F"
                            "e",
                            "\xC3\xBC\n"}};
  const AutomaticMessage plain = *Build("\r\n", umlauts);
  EXPECT_FALSE(plain.needs_smtputf8 || plain.has_8bit);
  EXPECT_EQ(FaultOf(plain), "");
  EXPECT_EQ(TextOf(plain), "\xC3\xBC\r\n");
  const AutomaticMessage global = *Build("\r\n", umlauts,
                                         "b\xC3\xB6"
                                         "b@example.net");
  EXPECT_TRUE(global.needs_smtputf8 && global.has_8bit);
  EXPECT_EQ(FaultOf(global), "");
  const AutomaticMessage label =
      *Build("\r\n", umlauts, "bob@xn--bcher-kva.example");
  EXPECT_FALSE(label.needs_smtputf8);
}

TEST(AbsenceNoticeTest, LongAndStrangeTextsAreEncoded) {
  AbsenceSettings settings = Away();
  for (const std::string& text :
       {std::string(kMaxAbsenceTextOctets, 'x'), std::string("."),
        std::string("From here\n.\n..\nx"), std::string("a\n\n\n"),
        std::string("trailing blank \nx\t\n"), std::string("=41=?x?=")}) {
    settings.outside_texts = {{"en", "", text}};
    ASSERT_TRUE(ValidateAbsence(settings).ok());
    const AutomaticMessage notice = *Build("\r\n", settings);
    EXPECT_EQ(FaultOf(notice), "") << text;
    std::string lines = TextOf(notice);
    EXPECT_FALSE(lines.empty());
  }
}

TEST(AbsenceNoticeTest, WhatCannotBeBuiltIsAnError) {
  AbsenceSettings none = Away();
  none.outside_texts.clear();
  EXPECT_TRUE(absl::IsInvalidArgument(Build("\r\n", none).status()));
  const AbsenceSettings settings = Away();
  const HeaderScanner header("\r\n");
  EXPECT_TRUE(absl::IsInvalidArgument(
      BuildAbsenceNotice({.settings = &settings,
                          .original = &header,
                          .target = A("bob@example.net")},
                         kNow)
          .status()));
}

}  // namespace
}  // namespace mailsec::autoreply
