#include "mailcore/notify/report_linter.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mailsec::notify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Breaks no rule.
constexpr char kReport[] =
    R"(Return-Path: <>
Date: Tue, 25 Nov 2025 10:00:00 +0000
From: Mail Delivery System <postmaster@example.org>
To: alice@example.com
Subject: Undeliverable: hello
Message-ID: <ndn.1@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="=_b1"

--=_b1
Content-Type: text/plain; charset=utf-8

Your message could not be delivered to bob@example.net.

--=_b1
Content-Type: message/delivery-status

Original-Envelope-Id: QQ314159
Reporting-MTA: dns; mx.example.org
DSN-Gateway: dns; gw.example.org
Received-From-MTA: dns; client.example.com (198.51.100.7)
Arrival-Date: Tue, 25 Nov 2025 09:58:00 +0000

Original-Recipient: rfc822; bob@example.net
Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net (192.0.2.1)
Diagnostic-Code: smtp; 550 5.1.1 No such user
Last-Attempt-Date: Tue, 25 Nov 2025 09:59:00 +0000

--=_b1
Content-Type: text/rfc822-headers

From: alice@example.com
Subject: hello
Message-ID: <1@example.com>

--=_b1--
)";

// The same for an internationalised message (RFC 6533).
constexpr char kGlobalReport[] =
    R"(Date: Tue, 25 Nov 2025 10:00:00 +0000
From: Mail Delivery System <postmaster@example.org>
To: ægir@example.com
Message-ID: <ndn.2@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b2
Content-Transfer-Encoding: 8bit

--b2
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Your message could not be delivered to björn@example.net.

--b2
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mx.example.org

Original-Recipient: utf-8; bj\x{F6}rn@example.net
Final-Recipient: utf-8; björn@example.net
Action: failed
Status: 5.1.1
Localized-Diagnostic: de; kein Benutzer

--b2
Content-Type: message/global-headers
Content-Transfer-Encoding: 8bit

From: ægir@example.com
Subject: grüß

--b2--
)";

std::string WithCrlf(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\n", "\r\n"}});
}

// `text` with one place of it changed; "" if it is not there.
std::string Change(const std::string& text, absl::string_view from,
                   absl::string_view to) {
  const size_t at = text.find(from.data(), 0, from.size());
  if (at == std::string::npos) return "";
  return absl::StrCat(text.substr(0, at), to, text.substr(at + from.size()));
}

// "rule@line" for each violation.
std::vector<std::string> Lint(absl::string_view content) {
  std::vector<std::string> out;
  for (const Violation& v : LintReport(content)) {
    out.push_back(absl::StrCat(v.rule, "@", v.line));
  }
  return out;
}

TEST(ReportLinterTest, AReportWithoutFaultBreaksNoRule) {
  EXPECT_THAT(Lint(WithCrlf(kReport)), IsEmpty());
  EXPECT_THAT(Lint(WithCrlf(kGlobalReport)), IsEmpty());
}

// A report in which `from` is replaced by `to` breaks just this rule.
struct LintCase {
  const char* rule_at_line;
  absl::string_view from;
  absl::string_view to;
  bool global = false;
} constexpr kLintCases[] = {
    // The multipart.
    {"report.none@9",
     "multipart/report; report-type=delivery-status;\n boundary=\"=_b1\"",
     "text/plain"},
    {"report.not-top-level@9", "multipart/report; report-type=delivery-status",
     "multipart/mixed"},
    {"report-type.missing@9", " report-type=delivery-status;", ""},
    {"report-type.wrong@9", "report-type=delivery-status",
     "report-type=feedback-report"},
    {"report-type.wrong@9", "report-type=delivery-status",
     "report-type=global-delivery-status"},
    {"parts.count@9", "--=_b1--", "--=_b1\n\nA fourth part.\n--=_b1--"},
    {"part.first@13", "text/plain; charset=utf-8", "image/png"},
    {"part.first-empty@13",
     "Your message could not be delivered to bob@example.net.", " "},
    {"part.second@18", "message/delivery-status", "text/plain"},
    {"part.third@35", "text/rfc822-headers", "text/plain"},
    {"part.third@35", "text/rfc822-headers", "message/rfc822-headers"},
    {"returned.header-only@35", "text/rfc822-headers", "message/rfc822"},
    {"returned.body@35", "<1@example.com>\n", "<1@example.com>\n\nSecret\n"},
    {"returned.empty@35",
     "From: alice@example.com\nSubject: hello\nMessage-ID: <1@example.com>\n",
     ""},
    // The delivery status.
    {"status-part.encoding@19", "message/delivery-status\n",
     "message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n"},
    {"status-part.malformed@28", "Action: failed", "no field\nAction: failed"},
    {"status-part.not-utf8@20", "kein Benutzer", "kein \xFC", true},
    {"groups.not-parted@25", "+0000\n\nOriginal-Recipient",
     "+0000\nOriginal-Recipient"},
    {"groups.not-parted@33", "09:59:00 +0000\n",
     "09:59:00 +0000\nFinal-Recipient: rfc822; c@example.net\n"
     "Action: failed\nStatus: 5.0.0\n"},
    {"groups.extra-line@27", "+0000\n\nOriginal-Recipient",
     "+0000\n\n\nOriginal-Recipient"},
    {"recipients.missing@20",
     R"(
Original-Recipient: rfc822; bob@example.net
Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net (192.0.2.1)
Diagnostic-Code: smtp; 550 5.1.1 No such user
Last-Attempt-Date: Tue, 25 Nov 2025 09:59:00 +0000
)",
     ""},
    {"status-field.misplaced@30", "Status: 5.1.1\n",
     "Status: 5.1.1\nArrival-Date: Tue, 25 Nov 2025 09:58:00 +0000\n"},
    {"status-field.duplicate@30", "Status: 5.1.1\n",
     "Status: 5.1.1\nStatus: 5.1.1\n"},
    {"status-field.duplicate@22", "Reporting-MTA: dns; mx.example.org\n",
     "Reporting-MTA: dns; mx.example.org\nreporting-mta: dns; b.example\n"},
    {"original-envelope-id.empty@20", "QQ314159", ""},
    {"reporting-mta.missing@20", "Reporting-MTA: dns; mx.example.org\n", ""},
    {"reporting-mta.malformed@21", "Reporting-MTA: dns; mx", "Reporting-MTA: "},
    {"dsn-gateway.malformed@22", "dns; gw.example.org", "dns;"},
    {"received-from-mta.malformed@23", "dns; client", "client"},
    {"arrival-date.malformed@24", "09:58:00 +0000", "09:58:00 GMT"},
    {"original-recipient.malformed@26", "Original-Recipient: rfc822; bob",
     "Original-Recipient: bob"},
    {"final-recipient.missing@26", "Final-Recipient: rfc822; bob@example.net\n",
     ""},
    {"final-recipient.malformed@27", "Final-Recipient: rfc822; bob@example.net",
     "Final-Recipient: rfc822; (bob)"},
    {"action.missing@26", "Action: failed\n", ""},
    {"action.unknown@28", "Action: failed", "Action: failure"},
    {"status.missing@26", "Status: 5.1.1\n", ""},
    {"status.malformed@29", "Status: 5.1.1", "Status: 5.01.1"},
    {"status.malformed@29", "Status: 5.1.1", "Status: 3.1.1"},
    {"status.malformed@29", "Status: 5.1.1", "Status: 5.1.1 (bad) user"},
    {"status.disagrees@29", "Status: 5.1.1", "Status: 2.1.5"},
    {"remote-mta.malformed@30", "Remote-MTA: dns;", "Remote-MTA:"},
    {"diagnostic-code.malformed@31", "Diagnostic-Code: smtp; 550",
     "Diagnostic-Code: 550"},
    {"last-attempt-date.malformed@32", "Tue, 25 Nov 2025 09:59:00 +0000",
     "2025-11-25T09:59:00Z"},
    {"will-retry-until.malformed@30", "Action: failed\nStatus: 5.1.1\n",
     "Action: delayed\nStatus: 4.1.1\nWill-Retry-Until: tomorrow\n"},
    {"will-retry-until.not-delayed@33", "09:59:00 +0000\n",
     "09:59:00 +0000\nWill-Retry-Until: Sun, 30 Nov 2025 09:58:00 +0000\n"},
    {"address-type.unknown@27", "Final-Recipient: rfc822;",
     "Final-Recipient: smtp;"},
    {"mta-name-type.unknown@21", "Reporting-MTA: dns;", "Reporting-MTA: smtp;"},
    {"diagnostic-type.unknown@31", "Diagnostic-Code: smtp;",
     "Diagnostic-Code: lmtp;"},
    {"utf-8-address.malformed@26", "Original-Recipient: rfc822; bob",
     "Original-Recipient: utf-8; b\\x{ZZ}b"},
    {"utf-8-address.malformed@26", "Original-Recipient: rfc822; bob",
     "Original-Recipient: utf-8; b\\x{F}b"},
    {"utf-8-address.malformed@26", "Original-Recipient: rfc822; bob",
     "Original-Recipient: utf-8; b\\"},
    {"utf-8-address.untyped@23", "Final-Recipient: utf-8;",
     "Final-Recipient: rfc822;", true},
    // The message.
    {"auto-submitted.missing@1", "Auto-Submitted: auto-replied\n", ""},
    {"auto-submitted.no@7", "auto-replied", "No (a person)"},
    {"auto-submitted.unknown@7", "auto-replied", "yes"},
    {"return-path.not-null@1", "<>", "<postmaster@example.org>"},
    {"to.missing@1", "To: alice@example.com\n", ""},
    {"date.missing@1", "Date: Tue, 25 Nov 2025 10:00:00 +0000\n", ""},
    {"date.malformed@2", "Date: Tue, 25", "Date: Mon, 25"},
    {"date.malformed@2", "10:00:00 +0000", "10:00:00 EST"},
    {"date.malformed@2", "25 Nov 2025", "31 Nov 2025"},
    {"from.missing@1", "From: Mail Delivery System <postmaster@example.org>\n",
     ""},
    {"from.no-address@3", "<postmaster@example.org>", "<MAILER-DAEMON>"},
    {"message-id.missing@1", "Message-ID: <ndn.1@mx.example.org>\n", ""},
    {"message-id.malformed@6", "<ndn.1@mx.example.org>", "ndn.1@example.org"},
    {"field.duplicate@4", "To: alice", "from: other@example.org\nTo: alice"},
    {"header.malformed@14", "Content-Type: text/plain; charset=utf-8\n",
     "Content-Type: text/plain; charset=utf-8\nhello\n"},
    {"header.8bit@5", "hello", "h\xC3\xA9llo"},
    {"header.8bit@3", "ægir", "\xE6gir", true},
    {"line.long@15", "Your message",
     "Your message, sent on the twenty-fifth of November in two thousand and"},
    {"line.bare-cr@15", "Your message", "Your\rmessage"},
    {"octet.nul@15", "Your message", absl::string_view("Your\0message", 12)},
    // MIME.
    {"mime-version.missing@1", "MIME-Version: 1.0\n", ""},
    {"mime-version.wrong@8", "MIME-Version: 1.0", "MIME-Version: 1.1"},
    {"content-type.malformed@13", "text/plain; charset=utf-8",
     "text/plain; charset utf-8"},
    {"boundary.missing@13", "text/plain; charset=utf-8",
     "multipart/alternative"},
    {"boundary.illegal@13", "text/plain; charset=utf-8\n\n",
     "multipart/mixed; boundary=\"b!\"\n\n--b!\n\nText.\n--b!--\n"},
    {"boundary.unclosed@9", "--=_b1--\n", ""},
    {"encoding.unknown@14", "charset=utf-8\n",
     "charset=utf-8\nContent-Transfer-Encoding: 7-bit\n"},
    {"encoding.of-composite@9", "Content-Type: multipart",
     "Content-Transfer-Encoding: base64\nContent-Type: multipart"},
    {"encoding.malformed@16", "charset=utf-8\n",
     "charset=utf-8\nContent-Transfer-Encoding: base64\n"},
    {"encoding.line-too-long@17", "charset=utf-8\n\nYour message",
     "charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
     "Your long message =\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"encoding.of-outer@8", "boundary=b2\nContent-Transfer-Encoding: 8bit",
     "boundary=b2\nContent-Transfer-Encoding: 7bit", true},
    {"octets.undeclared@15", "Your message", "Your m\xC3\xA9ssage"},
    {"charset.mismatch@11", "text/plain; charset=utf-8",
     "text/plain; charset=us-ascii", true},
    {"encoded-word.malformed@5", "hello", "=?utf-8?q?two words?="},
    {"encoded-word.malformed@5", "hello", "=?utf-8?b?%%%?="},
};

class LintRuleTest : public testing::TestWithParam<LintCase> {};

TEST_P(LintRuleTest, OneFaultIsOneViolation) {
  const LintCase& c = GetParam();
  const std::string changed =
      Change(c.global ? kGlobalReport : kReport, c.from, c.to);
  ASSERT_NE(changed, "") << "not in the report: " << c.from;
  EXPECT_THAT(Lint(WithCrlf(changed)), ElementsAre(c.rule_at_line));
}

INSTANTIATE_TEST_SUITE_P(Table, LintRuleTest, testing::ValuesIn(kLintCases),
                         [](const auto& info) {
                           std::string name = absl::StrCat(
                               info.index, "_", info.param.rule_at_line);
                           for (char& c : name) {
                             if (!isalnum(static_cast<unsigned char>(c)))
                               c = '_';
                           }
                           return name;
                         });

TEST(ReportLinterTest, LinesTooLong) {
  const std::string text = WithCrlf(
      Change(kReport, "Your message", std::string(999, 'a') + " message"));
  EXPECT_THAT(Lint(text), ElementsAre("line.too-long@15"));
}

TEST(ReportLinterTest, LongLinesOfTheOriginalAreNotOurs) {
  const std::string text =
      WithCrlf(Change(kReport, "hello\nMessage-ID: <1",
                      std::string(200, 'a') + "\nMessage-ID: <1"));
  EXPECT_THAT(Lint(text), IsEmpty());
}

TEST(ReportLinterTest, AStoredReportHasLineFeedsOnly) {
  EXPECT_THAT(Lint(kReport), ElementsAre("line.lf-only@1"));
}

TEST(ReportLinterTest, OneBareLineFeedIsAFault) {
  EXPECT_THAT(Lint(Change(WithCrlf(kReport), "replied\r\n", "replied\n")),
              ElementsAre("line.bare-lf@7"));
}

TEST(ReportLinterTest, WhatIsNoReportIsOneViolation) {
  EXPECT_THAT(Lint(""), ElementsAre("report.none@1"));
  EXPECT_THAT(Lint("Hi. This is the program at example.org.\n"),
              ElementsAre("report.none@1"));
}

// Each says nothing wrong.
constexpr absl::string_view kSoundChanges[][2] = {
    {"Action: failed\nStatus: 5.1.1", "ACTION: Failed (really)\nStatus: 4.4.7"},
    {"Status: 5.1.1", "Status: 5.1.1 (no such mailbox)"},
    {"Action: failed\nStatus: 5.1.1", "Action: delayed\nStatus: 4.4.1"},
    {"Action: failed\nStatus: 5.1.1", "Action: relayed\nStatus: 2.0.0"},
    // The note in RFC 3464, 2.3.3: relayed with a loss.
    {"Action: failed\nStatus: 5.1.1", "Action: relayed\nStatus: 5.6.4"},
    {"Action: failed\nStatus: 5.1.1", "Action: delivered\nStatus: 2.1.5"},
    {"Action: failed\nStatus: 5.1.1", "Action: expanded\nStatus: 2.0.0"},
    {"Original-Recipient: rfc822; bob@example.net\n", ""},
    {"Original-Recipient: rfc822; bob@example.net",
     "Original-Recipient: x400;"},
    {"Original-Recipient: rfc822; bob", "Original-Recipient: UTF-8; b\\x{f6}b"},
    // An order that the ABNF has is no rule for those who read.
    {"Final-Recipient: rfc822; bob@example.net\nAction: failed",
     "Action: failed\nFinal-Recipient: rfc822; bob@example.net"},
    {"Diagnostic-Code: smtp;", "X-Queue-ID: 4\nDiagnostic-Code: X-Postfix;"},
    {"rfc822; bob@example.net\nFinal", "unknown; bob\nFinal"},
    {"Tue, 25 Nov 2025 10:00:00 +0000",
     "25 Nov 2025 11:00 +0100 (Central European Time)"},
    {"Return-Path: <>\n", ""},
    {"MIME-Version: 1.0", "MIME-Version: 1.0 (made here)"},
    {"<alice", "=?utf-8?q?gr=C3=BCn?= <alice"},
    {"auto-replied", "auto-generated; owner-email=\"a@example.org\""},
    {"--=_b1--\n", "--=_b1--\n\nA word after the end.\n"},
    {"\n\n--=_b1\n", "\n\nThis is a MIME message.\n--=_b1\n"},
};

TEST(ReportLinterTest, WhatTheRfcsAllowIsNoViolation) {
  for (const auto& [from, to] : kSoundChanges) {
    SCOPED_TRACE(to);
    std::string changed = Change(kReport, from, to);
    // "<alice" is there to be put into From.
    if (from == "<alice") {
      changed =
          Change(kReport, "Mail Delivery System", "=?utf-8?q?gr=C3=BCn?=");
    }
    ASSERT_NE(changed, "");
    EXPECT_THAT(Lint(WithCrlf(changed)), IsEmpty());
  }
}

// RFC 6522, 3: the type of the report is the subtype of its second part.
TEST(ReportLinterTest, AGlobalReportMaySayThatItIs) {
  EXPECT_THAT(Lint(WithCrlf(Change(kGlobalReport, "report-type=delivery",
                                   "report-type=\n global-delivery"))),
              IsEmpty());
}

TEST(ReportLinterTest, EveryRuleHasACaseAndIsExplained) {
  // Tested apart from the table.
  std::set<std::string> tested = {"line.too-long", "line.bare-lf",
                                  "line.lf-only"};
  for (const LintCase& c : kLintCases) {
    const std::string name = c.rule_at_line;
    tested.insert(name.substr(0, name.find('@')));
  }
  std::set<std::string> known;
  for (const LintRule& rule : LintRules()) {
    EXPECT_TRUE(known.emplace(rule.name).second) << rule.name;
    EXPECT_EQ(rule.rfc.substr(0, 4), "RFC ") << rule.name;
    EXPECT_FALSE(rule.summary.empty()) << rule.name;
  }
  EXPECT_EQ(tested, known);
}

TEST(ReportLinterTest, AViolationSaysAllOfIt) {
  const std::vector<Violation> found =
      LintReport(WithCrlf(Change(kReport, "Status: 5.1.1", "Status: 2\x1B.1")));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(SeverityName(found[0].severity), "error");
  EXPECT_EQ(found[0].rfc, "RFC 3464, 2.3.4");
  EXPECT_EQ(found[0].message,
            "Status is three numbers without leading zeros, the first of them "
            "2, 4 or 5: 5.1.1 (2\\x1b.1)");
}

TEST(ReportLinterTest, ARuleIsNotNamedForEver) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += std::string(100, 'a') + "\n";
  EXPECT_EQ(Lint(WithCrlf(Change(kReport, "Your", lines + "Your"))).size(),
            static_cast<size_t>(kMaxViolationsOfARule));
}

// Places in an encoded part are the part's own.
TEST(ReportLinterTest, AnEncodedStatusIsReadAsWell) {
  const std::string text =
      Change(Change(kReport, "message/delivery-status\n",
                    "message/delivery-status\n"
                    "Content-Transfer-Encoding: quoted-printable\n"),
             "Action: failed", "Ac=74ion: fail");
  EXPECT_THAT(Lint(WithCrlf(text)),
              ElementsAre("status-part.encoding@19", "action.unknown@21"));
}

}  // namespace
}  // namespace mailsec::notify
