#include "examples/reference_server/ndn_command.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kReports[] = "tests/notify/reports/";

struct Outcome {
  int result;
  std::string out;
  std::string err;
};

Outcome Mailsec(const NdnCommand& command, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  const int result = RunNdnCommand(command, in, out, err);
  return {result, out.str(), err.str()};
}

std::string Report(const std::string& name) { return kReports + name + ".eml"; }

TEST(NdnCommandTest, LintNamesFileLineSeverityRuleAndRfc) {
  const Outcome got = Mailsec({.words = {"lint", Report("exim")}});
  EXPECT_EQ(got.result, 0);  // Warnings only.
  EXPECT_EQ(got.out,
            "tests/notify/reports/exim.eml:1: warning line.lf-only: all lines "
            "end in LF: a stored form; on its way, they end in CRLF (RFC 5322, "
            "2.3)\n"
            "tests/notify/reports/exim.eml:12: warning line.long: a line "
            "should not exceed 78 characters (RFC 5322, 2.1.1)\n");
  EXPECT_EQ(got.err, "");
}

TEST(NdnCommandTest, AnErrorIsTheExitCode) {
  const Outcome got =
      Mailsec({.words = {"lint", Report("exim"), Report("unparted")}});
  EXPECT_EQ(got.result, 1);
  EXPECT_THAT(got.out, HasSubstr("unparted.eml:16: error groups.not-parted: "));
  EXPECT_THAT(got.out, HasSubstr("exim.eml:1: "));
}

TEST(NdnCommandTest, StandardInputIsAFileToo) {
  const Outcome got =
      Mailsec({.words = {"lint", "-"}}, "Subject: hi\r\n\r\nhi\r\n");
  EXPECT_EQ(got.result, 1);
  EXPECT_THAT(got.out, StartsWith("-:1: error report.none: "));
}

TEST(NdnCommandTest, LintAsJson) {
  const Outcome got = Mailsec({.words = {"lint", "-"}, .json = true},
                              "Subject: hi\r\n\r\nhi\r\n");
  EXPECT_EQ(got.result, 1);
  EXPECT_THAT(got.out, StartsWith(R"({"file":"-","line":1,"severity":"error",)"
                                  R"("rule":"report.none","message":")"));
}

TEST(NdnCommandTest, RulesAreListed) {
  const Outcome got = Mailsec({.words = {"lint"}, .rules = true});
  EXPECT_EQ(got.result, 0);
  EXPECT_THAT(got.out, HasSubstr("status.missing                 error    RFC "
                                 "3464, 2.3.4\n    Status is required"));
  EXPECT_THAT(Mailsec({.words = {"lint"}, .rules = true, .json = true}).out,
              HasSubstr(R"({"rule":"status.missing","severity":"error",)"
                        R"("rfc":"RFC 3464, 2.3.4","summary":")"));
}

TEST(NdnCommandTest, ShowPrintsWhatTheParserRead) {
  const Outcome got = Mailsec({.words = {"show", Report("sendmail")}});
  EXPECT_EQ(got.result, 0);
  EXPECT_EQ(got.out, R"(reporting_mta         dns; mail.example.net
received_from_mta     dns; client.example.com
arrival_date          Tue, 25 Nov 2025 10:00:05 +0000
original_message_id   <lunch.3@example.com>

final_recipient       rfc822; bob@example.org
action                failed
status                5.1.1
remote_mta            dns; mx.example.org
diagnostic_code       smtp; 550 5.1.1 <bob@example.org>... User unknown
last_attempt          Tue, 25 Nov 2025 10:00:10 +0000

final_recipient       rfc822; carol@example.org
original_recipient    rfc822; c@alias.example.org
action                failed
status                5.2.2
remote_mta            dns; mx.example.org
diagnostic_code       smtp; 552 5.2.2 Mailbox full
last_attempt          Tue, 25 Nov 2025 10:00:10 +0000
)");
}

TEST(NdnCommandTest, ShowKeepsTheLinesOfAReply) {
  EXPECT_THAT(
      Mailsec({.words = {"show", Report("gmail")}}).out,
      HasSubstr("errors.\n                      550 5.1.1 https://example"));
}

TEST(NdnCommandTest, ShowAsJsonIsOneLine) {
  const Outcome got =
      Mailsec({.words = {"show", Report("opensmtpd")}, .json = true});
  EXPECT_EQ(got.result, 0);
  EXPECT_THAT(
      got.out,
      StartsWith(R"({"reporting_mta":"dns; mail.example.net",)"
                 R"("original_message_id":"<lunch.7@example.com>",)"
                 R"("recipients":[{"final_recipient":"rfc822; )"
                 R"(bob@example.org","action":"failed","status":"5.1.1"}],)"
                 R"("explanation":"Something went wrong)"));
  EXPECT_THAT(got.out, HasSubstr(R"(given up for:\u000a\u000abob@)"));
}

TEST(NdnCommandTest, ShowSaysWhatIsNoReport) {
  const Outcome got = Mailsec({.words = {"show", Report("qmail")}});
  EXPECT_EQ(got.result, 1);
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(got.err,
            "tests/notify/reports/qmail.eml: not a delivery status "
            "notification\n");
}

TEST(NdnCommandTest, AFileThatCannotBeReadIsNoVerdict) {
  const Outcome got =
      Mailsec({.words = {"lint", "no/such/file", Report("unparted")}});
  EXPECT_EQ(got.result, 2);
  EXPECT_THAT(got.err, HasSubstr("no/such/file"));
  EXPECT_THAT(got.out, HasSubstr("unparted.eml:16: error"));
  EXPECT_EQ(Mailsec({.words = {"show", "no/such/file"}}).result, 2);
}

TEST(NdnCommandTest, WrongWordsAreExplained) {
  const std::vector<NdnCommand> wrong = {
      {},
      {.words = {"lint"}},
      {.words = {"show"}},
      {.words = {"show", "a", "b"}},
      {.words = {"lint", "a"}, .rules = true},
      {.words = {"build", "a"}},
  };
  for (const NdnCommand& command : wrong) {
    const Outcome got = Mailsec(command);
    EXPECT_EQ(got.result, 2);
    EXPECT_THAT(got.err, HasSubstr("lint FILE..."));
  }
}

}  // namespace
