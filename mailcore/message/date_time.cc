#include "mailcore/message/date_time.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"

namespace mailsec::message {
namespace {

// In the order of absl::Weekday.
constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu",
                                 "Fri", "Sat", "Sun"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// RFC 5322, 4.3. Those of the military say nothing: they count as UTC.
struct Zone {
  const char* name;
  int hours;
} constexpr kZones[] = {{"UT", 0},   {"GMT", 0},  {"EST", -5}, {"EDT", -4},
                        {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6},
                        {"PST", -8}, {"PDT", -7}};

// The words of `text` without its comments, and ',' and ':' as words.
std::vector<std::string> Words(absl::string_view text) {
  std::string plain;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0 && (c == ',' || c == ':')) {
      plain += {' ', c, ' '};
    } else {
      plain += depth == 0 && !absl::ascii_isspace(c) ? c : ' ';
    }
    if (c == ')' && depth > 0) --depth;
  }
  return absl::StrSplit(plain, ' ', absl::SkipEmpty());
}

// A number of `min` to `max` digits; -1 if `word` is none.
int Number(absl::string_view word, size_t min, size_t max) {
  int value = -1;
  const bool digits = word.size() >= min && word.size() <= max &&
                      std::all_of(word.begin(), word.end(), [](char c) {
                        return absl::ascii_isdigit(c);
                      });
  return digits && absl::SimpleAtoi(word, &value) ? value : -1;
}

// The place of `word` among `names`; -1 if it is none of them.
template <size_t n>
int Find(absl::string_view word, const char* const (&names)[n]) {
  for (size_t i = 0; i < n; ++i) {
    if (absl::EqualsIgnoreCase(word, names[i])) return static_cast<int>(i);
  }
  return -1;
}

// The distance to UTC. `*well_formed` becomes false unless it is a number.
// Nothing if it is neither a zone nor a word.
std::optional<absl::Duration> ReadZone(absl::string_view word,
                                       bool* well_formed) {
  if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
    const int hours = Number(word.substr(1, 2), 2, 2);
    const int minutes = Number(word.substr(3), 2, 2);
    if (hours < 0 || minutes < 0 || minutes > 59) return std::nullopt;
    const absl::Duration offset = absl::Hours(hours) + absl::Minutes(minutes);
    return word[0] == '-' ? -offset : offset;
  }
  *well_formed = false;
  for (const Zone& zone : kZones) {
    if (absl::EqualsIgnoreCase(word, zone.name)) return absl::Hours(zone.hours);
  }
  const bool letters = std::all_of(
      word.begin(), word.end(), [](char c) { return absl::ascii_isalpha(c); });
  if (!letters) return std::nullopt;
  return absl::ZeroDuration();
}

// RFC 5322, 4.3: two digits below 50 are of this century, others and three
// digits count from 1900.
int FullYear(int year, size_t digits) {
  if (digits >= 4) return year;
  return digits == 2 && year < 50 ? year + 2000 : year + 1900;
}

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

// RFC 5322, 3.3 and 4.3:
//   date        = day month year
//   time-of-day = hour ":" minute [ ":" second ]
std::optional<ParsedDateTime> ParseDateTime(absl::string_view text) {
  const std::vector<std::string> words = Words(text);
  size_t at = 0;
  int weekday = -1;
  if (words.size() > 1 && words[1] == ",") {
    weekday = Find(words[0], kDays);
    if (weekday < 0) return std::nullopt;
    at = 2;
  }
  const size_t left = words.size() - at;
  const bool has_second = left == 9;
  if ((left != 7 && !has_second) || words[at + 4] != ":" ||
      (has_second && words[at + 6] != ":")) {
    return std::nullopt;
  }
  const int day = Number(words[at], 1, 2);
  const int month = Find(words[at + 1], kMonths) + 1;
  const std::string& year_word = words[at + 2];
  const int year = Number(year_word, 2, 4);
  const int hour = Number(words[at + 3], 2, 2);
  const int minute = Number(words[at + 5], 2, 2);
  const int second = has_second ? Number(words[at + 7], 2, 2) : 0;
  ParsedDateTime out;
  out.well_formed = year_word.size() == 4;
  const std::optional<absl::Duration> offset =
      ReadZone(words.back(), &out.well_formed);
  // Second 60 is a leap second.
  if (year < 0 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60 || !offset) {
    return std::nullopt;
  }
  const absl::CivilDay date(FullYear(year, year_word.size()), month, day);
  if (date.day() != day) return std::nullopt;
  if (weekday >= 0 && static_cast<int>(absl::GetWeekday(date)) != weekday) {
    out.well_formed = false;
  }
  const absl::CivilSecond civil(date.year(), date.month(), date.day(), hour,
                                minute, second);
  out.time = absl::FromCivil(civil, absl::UTCTimeZone()) - *offset;
  return out;
}

}  // namespace mailsec::message
