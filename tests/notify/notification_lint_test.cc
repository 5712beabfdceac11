// What we write, read by our own linter and parser: no rule is broken, and
// what went in comes out.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mailcore/notify/report_linter.h"
#include "mailcore/notify/report_parser.h"
#include "tests/notify/samples.h"

namespace mailsec::notify {
namespace {

std::vector<std::string> Lint(absl::string_view content) {
  std::vector<std::string> out;
  for (const Violation& v : LintReport(content)) {
    out.push_back(absl::StrCat(v.line, ": ", v.rule, ": ", v.message));
  }
  return out;
}

class NotificationLintTest : public testing::TestWithParam<Sample> {};

TEST_P(NotificationLintTest, BreaksNoRule) {
  EXPECT_THAT(Lint(BuildSample(GetParam()).content), testing::IsEmpty());
}

TEST_P(NotificationLintTest, IsReadAsItWasMeant) {
  const DeliveryReport& meant = GetParam().request.report;
  const absl::StatusOr<ParsedReport> got =
      ParseReport(BuildSample(GetParam()).content);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->report.original_envelope_id, meant.original_envelope_id);
  EXPECT_EQ(got->report.reporting_mta.type, "dns");
  EXPECT_EQ(got->report.arrival_date, meant.arrival_date);
  ASSERT_EQ(got->report.recipients.size(), meant.recipients.size());
  for (size_t i = 0; i < meant.recipients.size(); ++i) {
    const RecipientStatus& want = meant.recipients[i];
    const RecipientStatus& read = got->report.recipients[i];
    EXPECT_EQ(read.final_recipient.value, want.final_recipient.value);
    EXPECT_EQ(read.original_recipient.value, want.original_recipient.value);
    EXPECT_EQ(read.action, want.action);
    EXPECT_FALSE(read.status.IsNone());
    EXPECT_EQ(read.remote_mta, want.remote_mta);
    EXPECT_EQ(read.diagnostic_code, want.diagnostic_code);
    EXPECT_EQ(read.last_attempt, want.last_attempt);
    EXPECT_EQ(read.will_retry_until, want.will_retry_until);
  }
  EXPECT_TRUE(absl::StrContains(got->explanation, "mx.example.org"));
}

INSTANTIATE_TEST_SUITE_P(Samples, NotificationLintTest,
                         testing::ValuesIn(Samples()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace mailsec::notify
