#include "mailcore/message/date_time.h"

#include <string>

#include "gtest/gtest.h"

namespace mailsec {
namespace {

struct DateCase {
  const char* name;
  absl::Time time;
  const char* want;
};

const DateCase kDateCases[] = {
    {"Epoch", absl::UnixEpoch(), "Thu, 01 Jan 1970 00:00:00 +0000"},
    {"Today", absl::FromUnixSeconds(1764064800),
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"FractionsAreCut", absl::FromUnixMillis(1764064800999),
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"LeapDay", absl::FromUnixSeconds(1709251199),
     "Thu, 29 Feb 2024 23:59:59 +0000"},
    {"LastSecondOfAYear", absl::FromUnixSeconds(1767225599),
     "Wed, 31 Dec 2025 23:59:59 +0000"},
    {"BeforeTheEpoch", absl::FromUnixSeconds(-1),
     "Thu, 01 Jan 1970 00:00:00 +0000"},
    {"InfinitePast", absl::InfinitePast(), "Thu, 01 Jan 1970 00:00:00 +0000"},
    {"InfiniteFuture", absl::InfiniteFuture(),
     "Fri, 31 Dec 9999 23:59:59 +0000"},
};

class DateTimeTest : public testing::TestWithParam<DateCase> {};

TEST_P(DateTimeTest, IsWrittenAsRfc5322) {
  EXPECT_EQ(FormatDateTime(GetParam().time), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, DateTimeTest, testing::ValuesIn(kDateCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec
