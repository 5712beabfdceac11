#include "mailcore/notify/alarm_mail.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/message/header_scanner.h"
#include "mailcore/message/mime_encode.h"
#include "mailcore/server/runtime/server_events.h"
#include "mailcore/testing/manual_clock.h"

namespace mailsec::notify {
namespace {

using address::Address;
using base::Event;
using message::HeaderScanner;
using message::IsPlain7Bit;
using ::testing::HasSubstr;
using ::testing::Not;

class AlarmMailTest : public testing::Test {
 protected:
  AlarmMailTest()
      : options_({.hostname = "mx.example.org",
                  .from = *Address::Parse("postmaster@example.org"),
                  .to = {*Address::Parse("admin@example.org"),
                         *Address::Parse("deputy@example.org")}}) {}

  void Alarm(const base::EventType& type, absl::string_view cause,
             absl::string_view hop, absl::string_view reply,
             absl::string_view rule, absl::string_view otherwise) {
    digest_.Add(Event(type, clock_.Now())
                    .With("id", "3F9K2Q7M")
                    .With("sender", "<carol@example.net>")
                    .With("recipient", "<bob@example.org>")
                    .With("action", "failed")
                    .With("cause", cause)
                    .With("hop", hop)
                    .With("reply", reply)
                    .With("rule", rule)
                    .With("otherwise", otherwise),
                clock_.Uptime());
    clock_.Advance(absl::Seconds(90));
  }

  AlarmMail Write() {
    return WriteAlarmMail(digest_.Take(clock_.Uptime()), options_, clock_.Now(),
                          "3F9K2Q8A");
  }

  // What one hour of faults of all sorts is.
  void AddSamples() {
    Alarm(server::events::kContradiction, "no-such-recipient",
          "inner.example.org [192.0.2.7]",
          "550 5.1.1 <bob@example.org>: user unknown", "ndn.contradiction",
          "told if the sender were one of ours; better: let this hop and ours "
          "agree about recipients, sizes and quotas");
    Alarm(server::events::kNotified, "no-such-domain", "",
          "550 5.1.2 far.example does not exist", "ndn.told",
          "not told if the sender were null");
    for (int i = 0; i < 22; ++i) {
      digest_.Add(Event(server::events::kNotStored, clock_.Now())
                      .With("error", "No space left on device"),
                  clock_.Uptime());
    }
    digest_.Add(Event(server::events::kReloadRefused, clock_.Now())
                    .With("error", "recipients:7:1: no address"),
                clock_.Uptime());
  }

  ManualClock clock_;
  AlarmDigest digest_;
  AlarmMailOptions options_;
};

// Golden files, which a postmaster can read. To write them anew, run the test
// by hand in the root of the tree with UPDATE_GOLDEN=1.
TEST_F(AlarmMailTest, ReadsAsTheGoldenFiles) {
  for (const Language language : {Language::kEnglish, Language::kGerman}) {
    const std::string path = absl::StrCat(
        "tests/notify/golden_alarms/",
        language == Language::kEnglish ? "english" : "german", ".eml");
    clock_.SetNow(absl::FromUnixSeconds(1764064800));
    AddSamples();
    options_.language = language;
    const AlarmMail mail = Write();
    EXPECT_FALSE(mail.needs_smtputf8);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
      std::ofstream(path, std::ios::binary) << mail.content;
    }
    std::ostringstream golden;
    golden << std::ifstream(path, std::ios::binary).rdbuf();
    EXPECT_EQ(mail.content, golden.str()) << path;
  }
}

TEST_F(AlarmMailTest, HasTheFieldsOfAnAutomaticMessage) {
  Alarm(server::events::kNotified, "other", "", "", "", "");
  const std::string content = Write().content;
  const HeaderScanner header(content);
  EXPECT_EQ(header.Find("From")->Unfolded(),
            "Mail server <postmaster@example.org>");
  EXPECT_EQ(header.Find("To")->Unfolded(),
            "<admin@example.org>, <deputy@example.org>");
  EXPECT_EQ(header.Find("Message-ID")->Unfolded(),
            "<alarm-3F9K2Q8A@mx.example.org>");
  EXPECT_EQ(header.Find("Auto-Submitted")->Unfolded(), "auto-generated");
  EXPECT_TRUE(header.Has("Date"));
  EXPECT_TRUE(header.Has("MIME-Version"));
  EXPECT_EQ(header.Find("Subject")->Unfolded(),
            "Alarms of the mail server mx.example.org: 1");
}

// What peers say: line ends, forged fields and alarms, octets that are no
// UTF-8, a terminal's controls, endless words.
const std::string kHostile[] = {
    "550 x\r\n\r\nAll is well.\r\n.\r\nMAIL FROM:<evil@example.net>",
    std::string("a\0b\x1b[2Jc\x7f\xff\xfe", 11),
    std::string(100000, 'x'),
    std::string(40, 'y') + " responsible: trusted.example" +
        std::string(300, 'z'),
    "\xe2\x80\xae right to left \xe2\x80\xa8 and a line",
    "From nobody Thu Jan 1 00:00:00 1970",
    "=?utf-8?Q?=0D=0A?= \r\n-- \r\n",
};

TEST_F(AlarmMailTest, NothingThatAPeerSaidBreaksIt) {
  for (const Language language : {Language::kEnglish, Language::kGerman}) {
    options_.language = language;
    for (const std::string& text : kHostile) {
      SCOPED_TRACE(text.substr(0, 40));
      Alarm(server::events::kContradiction, text, text, text, text, text);
      const std::string content = Write().content;
      EXPECT_TRUE(IsPlain7Bit(content));
      const HeaderScanner header(content);
      EXPECT_EQ(header.fields().size(), 10u);
      EXPECT_THAT(content, Not(HasSubstr("\r\nMAIL FROM")));
      EXPECT_THAT(content, Not(HasSubstr("\r\n.\r\n")));
      EXPECT_THAT(content, Not(HasSubstr("\r\nFrom nobody")));
      for (absl::string_view line : absl::StrSplit(content, "\r\n")) {
        EXPECT_LE(line.size(), message::kMaxLineOctets);
        // A field of ours stands at column 4; what follows it further in.
        EXPECT_FALSE(absl::StartsWith(line, "    responsible: trusted"));
      }
    }
  }
}

TEST_F(AlarmMailTest, AnInternationalAddressNeedsSmtputf8) {
  options_.to[1] = *Address::Parse("gr\xc3\xbc\xc3\x9f\x65@example.org");
  Alarm(server::events::kNotified, "other", "", "", "", "");
  const AlarmMail mail = Write();
  EXPECT_TRUE(mail.needs_smtputf8);
  EXPECT_THAT(mail.content, HasSubstr("gr\xc3\xbc\xc3\x9f\x65@example.org"));
}

TEST_F(AlarmMailTest, TheLargestDigestIsOfBoundedSize) {
  for (int i = 0; i < 3000; ++i) {
    Alarm(server::events::kContradiction, absl::StrCat(i % 60), kHostile[2],
          kHostile[2], kHostile[2], kHostile[2]);
  }
  const std::string content = Write().content;
  EXPECT_TRUE(IsPlain7Bit(content));
  EXPECT_LT(content.size(), size_t{1} << 20);
  EXPECT_THAT(content, HasSubstr("of other kinds"));
}

}  // namespace
}  // namespace mailsec::notify
