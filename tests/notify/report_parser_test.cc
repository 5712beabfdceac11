#include "mailcore/notify/report_parser.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mailcore/message/date_time.h"

namespace mailsec::notify {
namespace {

using message::FormatDateTime;

// A report in the form that the system of this name writes.
std::string Sample(absl::string_view name) {
  std::ifstream file(absl::StrCat("tests/notify/reports/", name, ".eml"));
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Typed(const TypedValue& value) {
  return value.empty() ? "-" : absl::StrCat(value.type, ";", value.value);
}

// One line a recipient: final, original, action, status, remote, diagnostic.
std::string Describe(const DeliveryReport& report) {
  std::string out;
  for (const RecipientStatus& r : report.recipients) {
    absl::StrAppend(&out, Typed(r.final_recipient), " ",
                    Typed(r.original_recipient), " ", ActionName(r.action), " ",
                    r.status.IsNone() ? "-" : r.status.ToString(), " ",
                    Typed(r.remote_mta), " ", Typed(r.diagnostic_code), "\n");
  }
  return out;
}

struct SampleCase {
  const char* name;  // Of the file; says which system writes so.
  const char* reporting_mta;
  const char* recipients;
  const char* explanation;  // A word of it.
  const char* message_id;   // Of the original.
} constexpr kSamples[] = {
    {"postfix", "dns;mail.example.net",
     "rfc822;bob@example.org rfc822;bob@example.org failed 5.1.1 "
     "dns;mx.example.org smtp;550 5.1.1 <bob@example.org>: no mailbox "
     "here\n",
     "could not be delivered", "<lunch.1@example.com>"},
    {"postfix_smtputf8", "dns;mail.example.net",
     "utf-8;björn@example.org utf-8;björn@example.org failed 5.1.1 - "
     "smtp;550 5.1.1 <björn@example.org>: nobody\n",
     "<björn@example.org>: nobody", "<u.1@example.com>"},
    {"postfix_delayed", "dns;mail.example.net",
     "rfc822;carol@example.org - delayed 4.4.1 - x-postfix;connect to "
     "mx.example.org[192.0.2.25]:25: Connection timed out\n",
     "still waiting", ""},
    {"exim", "dns;relay.example.net",
     "rfc822;bob@example.org - failed 5.0.0 dns;mx.example.org smtp;550 "
     "Unrouteable address\n",
     "no further try", "<lunch.2@example.com>"},
    {"sendmail", "dns;mail.example.net",
     "rfc822;bob@example.org - failed 5.1.1 dns;mx.example.org smtp;550 5.1.1 "
     "<bob@example.org>... User unknown\n"
     "rfc822;carol@example.org rfc822;c@alias.example.org failed 5.2.2 "
     "dns;mx.example.org smtp;552 5.2.2 Mailbox full\n",
     "permanent errors", "<lunch.3@example.com>"},
    {"sendmail_relayed", "dns;mail.example.net",
     "rfc822;bob@example.org - relayed 2.1.5 dns;mx.example.org smtp;250 2.1.5 "
     "Ok\n",
     "passed on", "<lunch.3@example.com>"},
    {"exchange", "dns;EX01.example.org",
     "rfc822;bob@example.org rfc822;bob@example.org failed 5.1.10 - smtp;550 "
     "5.1.10 RESOLVER.ADR.RecipientNotFound; no recipient found by this "
     "address\n",
     "could not be found", "<lunch.5@example.com>"},
    {"gmail", "dns;mx.example.com",
     "rfc822;bob@example.org - failed 5.1.1 dns;mx.example.org. "
     "smtp;550-5.1.1 The account that you tried to reach does not exist. "
     "Please\n550-5.1.1 check the address for typing errors.\n550 5.1.1 "
     "https://example.org/help\n",
     "Your message wasn’t delivered", "<CAF+lunch6@mail.example.com>"},
    {"opensmtpd", "dns;mail.example.net",
     "rfc822;bob@example.org - failed 5.1.1 - -\n", "Something went wrong",
     "<lunch.7@example.com>"},
    {"courier", "dns;mail.example.net",
     "rfc822;bob@example.org - failed 5.0.0 dns;mx.example.org [192.0.2.25] "
     "smtp;550 No such local user\n",
     "a moment ago", "<lunch.8@example.com>"},
    {"zimbra", "dns;zimbra.example.net",
     "rfc822;bob@example.org rfc822;bob@example.org failed 5.2.2 "
     "dns;zimbra.example.net smtp;552 5.2.2 over quota\n",
     "over quota", "<lunch.9@example.com>"},
    // Brackets around the address, and a Status that is none.
    {"james", "dns;james.example.net",
     "rfc822;bob@example.org - failed - - x-james;550 5.1.1 no mailbox here\n",
     "could not be delivered", "<lunch.10@example.com>"},
    // Within another multipart, and encoded, which RFC 3464 forbids.
    {"mailing_list", "dns;mail.example.net",
     "rfc822;bob@example.org - failed 5.1.1 - -\n", "could not be delivered",
     ""},
    // No empty lines between the groups; an Action is missing.
    {"unparted", "dns;mail.example.net",
     "rfc822;bob@example.org - failed 5.1.1 - -\n"
     "rfc822;carol@example.org - delayed 4.4.7 - smtp;451 try later\n",
     "unzustellbar: für zwei", ""},
};

class SampleTest : public testing::TestWithParam<SampleCase> {};

TEST_P(SampleTest, SaysWhoWhatAndWhy) {
  const SampleCase& c = GetParam();
  const std::string stored = Sample(c.name);
  for (const std::string& content :
       {stored, absl::StrReplaceAll(stored, {{"\n", "\r\n"}})}) {
    const absl::StatusOr<ParsedReport> got = ParseReport(content);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(Typed(got->report.reporting_mta), c.reporting_mta);
    EXPECT_EQ(Describe(got->report), c.recipients);
    EXPECT_TRUE(absl::StrContains(got->explanation, c.explanation))
        << got->explanation;
    EXPECT_EQ(got->original_message_id, c.message_id);
    EXPECT_FALSE(absl::StrContains(got->original_headers, "At noon?"));
  }
}

INSTANTIATE_TEST_SUITE_P(Systems, SampleTest, testing::ValuesIn(kSamples),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ReportParserTest, WhatIsNoDeliveryReportIsNotFound) {
  for (const char* name : {"qmail", "disposition", "returned_bounce"}) {
    EXPECT_TRUE(absl::IsNotFound(ParseReport(Sample(name)).status())) << name;
  }
  EXPECT_TRUE(absl::IsNotFound(ParseReport("").status()));
  EXPECT_TRUE(absl::IsNotFound(ParseReport("Subject: hi\r\n\r\nhi").status()));
}

TEST(ReportParserTest, AReportAboutNobodyIsInvalid) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(ParseReport(Sample("no_recipient")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      ParseReport("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
                  "\r\ntext\r\n--b--\r\n")
          .status()));
}

TEST(ReportParserTest, TimesAndNamesOfTheMessage) {
  const DeliveryReport delayed = ParseReport(Sample("postfix_delayed"))->report;
  ASSERT_TRUE(delayed.arrival_date.has_value());
  EXPECT_EQ(FormatDateTime(*delayed.arrival_date),
            "Tue, 25 Nov 2025 10:02:05 +0000");
  ASSERT_TRUE(delayed.recipients[0].will_retry_until.has_value());
  EXPECT_EQ(FormatDateTime(*delayed.recipients[0].will_retry_until),
            "Sun, 30 Nov 2025 10:02:05 +0000");
  EXPECT_FALSE(delayed.recipients[0].last_attempt.has_value());

  const DeliveryReport relayed =
      ParseReport(Sample("sendmail_relayed"))->report;
  EXPECT_EQ(relayed.original_envelope_id, "QQ314159");
  ASSERT_TRUE(relayed.recipients[0].last_attempt.has_value());
  EXPECT_EQ(FormatDateTime(*relayed.recipients[0].last_attempt),
            "Tue, 25 Nov 2025 10:00:10 +0000");

  const DeliveryReport courier = ParseReport(Sample("courier"))->report;
  EXPECT_EQ(Typed(courier.received_from_mta), "dns;client.example.com");
}

TEST(ReportParserTest, TheHeaderOfTheOriginalComesDecoded) {
  const std::string content =
      "Content-Type: multipart/report; boundary=b\r\n\r\n"
      "--b\r\n\r\ntext\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
      "Final-Recipient: rfc822; a@example.org\r\nFinal-Log-ID: 4711\r\n"
      "--b\r\nContent-Type: text/rfc822-headers\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
      "Subject: caf=C3=A9\r\nMessage-ID:\r\n <1@exam=\r\nple.com>\r\n--b--";
  const absl::StatusOr<ParsedReport> got = ParseReport(content);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->original_headers,
            "Subject: café\r\nMessage-ID:\r\n <1@example.com>");
  EXPECT_EQ(got->original_message_id, "<1@example.com>");
  EXPECT_EQ(got->report.recipients[0].final_log_id, "4711");
}

TEST(ReportParserTest, ManyRecipientsAreBounded) {
  std::string content =
      "Content-Type: message/delivery-status\r\n\r\n"
      "Reporting-MTA: dns; a.example\r\n";
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&content, "\r\nFinal-Recipient: rfc822; ", i,
                    "@example.org\r\nStatus: 5.1.1\r\n");
  }
  const absl::StatusOr<ParsedReport> got = ParseReport(content);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->report.recipients.size(), 10000u);
}

}  // namespace
}  // namespace mailsec::notify
