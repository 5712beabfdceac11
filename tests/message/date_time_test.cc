#include "mailcore/message/date_time.h"

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace mailsec::message {
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

// The time as FormatDateTime() writes it, with "!" if it was not well formed.
std::string Parsed(absl::string_view text) {
  const std::optional<ParsedDateTime> got = ParseDateTime(text);
  if (!got) return "-";
  return FormatDateTime(got->time) + (got->well_formed ? "" : "!");
}

struct ParseCase {
  const char* name;
  absl::string_view text;
  absl::string_view want;
} constexpr kParseCases[] = {
    {"Whole", "Tue, 25 Nov 2025 10:00:00 +0000",
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"EastOfUtc", "Tue, 25 Nov 2025 00:30:00 +0100",
     "Mon, 24 Nov 2025 23:30:00 +0000"},
    {"WestOfUtc", "Tue, 25 Nov 2025 23:30:00 -0330",
     "Wed, 26 Nov 2025 03:00:00 +0000"},
    {"NoDayOfTheWeek", "25 Nov 2025 10:00:00 +0000",
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"NoSeconds", "Tue, 25 Nov 2025 10:00 +0000",
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"DayOfOneDigit", "Mon, 3 Nov 2025 10:00:00 +0000",
     "Mon, 03 Nov 2025 10:00:00 +0000"},
    {"Comments", "Tue, 25 (a) Nov 2025 10:00:00 +0100 (CET (really))",
     "Tue, 25 Nov 2025 09:00:00 +0000"},
    {"AnyCaseAndBlanks", " tue,25 NOV 2025  10:00:00 +0000 ",
     "Tue, 25 Nov 2025 10:00:00 +0000"},
    {"LeapDay", "Thu, 29 Feb 2024 00:00:00 +0000",
     "Thu, 29 Feb 2024 00:00:00 +0000"},
    {"LeapSecond", "Sat, 31 Dec 2016 23:59:60 +0000",
     "Sun, 01 Jan 2017 00:00:00 +0000"},
    // Obsolete, or wrong and still clear.
    {"NamedZone", "Tue, 25 Nov 2025 10:00:00 GMT",
     "Tue, 25 Nov 2025 10:00:00 +0000!"},
    {"NamedAmericanZone", "Tue, 25 Nov 2025 10:00:00 PST",
     "Tue, 25 Nov 2025 18:00:00 +0000!"},
    {"UnknownZone", "Tue, 25 Nov 2025 10:00:00 MEZ",
     "Tue, 25 Nov 2025 10:00:00 +0000!"},
    {"YearOfTwoDigits", "25 Nov 25 10:00:00 +0000",
     "Tue, 25 Nov 2025 10:00:00 +0000!"},
    {"YearOfTheLastCentury", "Sat, 25 Nov 95 10:00:00 +0000",
     "Sat, 25 Nov 1995 10:00:00 +0000!"},
    {"AnotherDayOfTheWeek", "Mon, 25 Nov 2025 10:00:00 +0000",
     "Tue, 25 Nov 2025 10:00:00 +0000!"},
    // None.
    {"Empty", "", "-"},
    {"Words", "yesterday at noon", "-"},
    {"Iso8601", "2025-11-25T10:00:00Z", "-"},
    {"NoZone", "Tue, 25 Nov 2025 10:00:00", "-"},
    {"NoSuchDay", "31 Nov 2025 10:00:00 +0000", "-"},
    {"NoLeapDay", "29 Feb 2025 10:00:00 +0000", "-"},
    {"DayZero", "0 Nov 2025 10:00:00 +0000", "-"},
    {"Hour24", "25 Nov 2025 24:00:00 +0000", "-"},
    {"Minute60", "25 Nov 2025 10:60:00 +0000", "-"},
    {"Second61", "25 Nov 2025 10:00:61 +0000", "-"},
    {"ZoneOfSixtyMinutes", "25 Nov 2025 10:00:00 +0060", "-"},
    {"Negative", "25 Nov 2025 -1:00:00 +0000", "-"},
    {"NoMonth", "25 Foo 2025 10:00:00 +0000", "-"},
    {"NoDayName", "Foo, 25 Nov 2025 10:00:00 +0000", "-"},
    {"MoreAfterIt", "25 Nov 2025 10:00:00 +0000 now", "-"},
};

class ParseDateTimeTest : public testing::TestWithParam<ParseCase> {};

TEST_P(ParseDateTimeTest, IsRead) {
  EXPECT_EQ(Parsed(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Table, ParseDateTimeTest,
                         testing::ValuesIn(kParseCases), [](const auto& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace mailsec::message
