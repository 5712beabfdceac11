#include "mailcore/message/date_time.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

namespace mailsec {
namespace {

// In the order of absl::Weekday.
constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu",
                                 "Fri", "Sat", "Sun"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

// RFC 5322, 3.3:
//   date-time = [ day-of-week "," ] date time [CFWS]
//   date      = day month year
//   time      = time-of-day zone
std::string FormatDateTime(absl::Time time) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time last =
      absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), utc);
  const absl::CivilSecond t =
      absl::ToCivilSecond(std::clamp(time, absl::UnixEpoch(), last), utc);
  const auto day = static_cast<int>(absl::GetWeekday(t));
  return absl::StrFormat("%s, %02d %s %04d %02d:%02d:%02d +0000", kDays[day],
                         t.day(), kMonths[t.month() - 1], t.year(), t.hour(),
                         t.minute(), t.second());
}

}  // namespace mailsec
